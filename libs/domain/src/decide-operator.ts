import { type Agent } from './agent';
import { type Decision, note } from './command';
import { beginLoss } from './decide-presence';
import { type Policy } from './policy';

/** An operator cancels a loss: the agent stays signed in. Does nothing when there is none to cancel. */
export function decideOperatorCancel(agent: Agent, by: string, now: number): Decision {
  const { phase } = agent;
  if (phase.name !== 'grace' && phase.name !== 'held') return { agent, commands: [] };
  const sentence = `Cancelled by ${by}: the agent stays signed in.`;
  return {
    agent: { ...agent, phase: { name: 'settled', outcome: 'cancelledByOperator', at: now } },
    commands: [
      { type: 'disarmWakeUp', epoch: agent.epoch },
      note({ what: 'outcome', loss: phase.loss.epoch, outcome: 'cancelledByOperator', sentence }),
    ],
  };
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
      return beginLoss(agent, 'operator', null, now, policy, `Logout ordered by ${by}.`);
    case 'present':
    case 'issuing':
      return { agent, commands: [] };
  }
}
