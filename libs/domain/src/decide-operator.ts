import { type Agent } from './agent';
import { type Decision, note } from './command';
import { type Policy } from './policy';
import { beginLoss, settle } from './transitions';

/** An operator cancels a loss: the agent stays signed in. Does nothing when there is none to cancel. */
export function decideOperatorCancel(agent: Agent, by: string, now: number): Decision {
  const { phase } = agent;
  if (phase.name !== 'grace' && phase.name !== 'held') return { agent, commands: [] };
  const sentence = `Cancelled by ${by}: the agent stays signed in.`;
  const ending = { loss: phase.loss, outcome: 'cancelledByOperator', sentence } as const;
  const { agent: after, commands } = settle(agent, ending, now);
  return { agent: after, commands: [{ type: 'disarmWakeUp', epoch: agent.epoch }, ...commands] };
}

/** An operator lets a held loss go: mass loss and side hold no longer keep it; calls, outages and the last look do. */
export function decideOperatorRelease(agent: Agent, by: string): Decision {
  const { phase } = agent;
  if (phase.name !== 'held') return { agent, commands: [] };
  const loss = { ...phase.loss, released: true };
  return {
    agent: { ...agent, phase: { ...phase, loss } },
    commands: [
      note({ what: 'released', loss: loss.epoch, by, sentence: `Released by ${by}.` }),
      { type: 'wakeNow', epoch: agent.epoch },
    ],
  };
}

/**
 * An operator orders the logout of a ghost now. Grace ends, the gates stay. An agent with an open desktop is not a
 * ghost: nothing happens, whoever asks.
 */
export function decideOperatorLogout(agent: Agent, by: string, now: number, policy: Policy): Decision {
  const { phase, epoch } = agent;
  if (Object.keys(agent.desktops).length > 0) return { agent, commands: [] };
  switch (phase.name) {
    case 'grace':
    case 'held': {
      const loss = { ...phase.loss, released: true };
      const dueAt = Math.min(phase.dueAt, now);
      return {
        agent: { ...agent, phase: { ...phase, loss, dueAt } },
        commands: [
          note({ what: 'released', loss: loss.epoch, by, sentence: `Logout ordered by ${by}: due now.` }),
          { type: 'wakeNow', epoch },
        ],
      };
    }
    case 'unseen':
    case 'settled':
      return beginLoss(agent, { cause: 'operator', desktop: null, sentence: `Logout ordered by ${by}.` }, now, policy);
    case 'present':
    case 'issuing':
      return { agent, commands: [] };
  }
}
