import { type Agent, type Phase } from './agent';
import { type Command, type Decision, note } from './command';
import { becomePresent } from './decide-presence';
import { dueAtOf, type Policy } from './policy';

/** The CTI server says that the agent is signed out, by hand or by somebody else: there is nothing left to do. */
export function decideSignedOut(agent: Agent, evidence: string, now: number): Decision {
  const out: Agent = { ...agent, signedIn: 'no' };
  switch (agent.phase.name) {
    case 'present':
      return {
        agent: { ...out, phase: { name: 'settled', outcome: 'signedOutByAgent', at: now } },
        commands: [note({ what: 'signedOut', loss: null, sentence: `Signed out with a desktop open. ${evidence}` })],
      };
    case 'grace':
    case 'held': {
      const { loss } = agent.phase;
      return {
        agent: { ...out, phase: { name: 'settled', outcome: 'alreadySignedOut', at: now } },
        commands: [
          { type: 'disarmWakeUp', epoch: agent.epoch },
          note({
            what: 'outcome',
            loss: loss.epoch,
            outcome: 'alreadySignedOut',
            sentence: `Signed out before the request was due. ${evidence}`,
          }),
        ],
      };
    }
    case 'issuing':
      // The outcome of the request says what happened; the desk that asked for it sees this event too.
      return { agent, commands: [] };
    case 'unseen':
      return { agent, commands: [] };
    case 'settled':
      return { agent: agent.signedIn === 'no' ? agent : out, commands: [] };
  }
}

/**
 * The CTI server says that the agent is signed in. It is a new sign-in when the agent was known to be out; told of an
 * agent of whom it was not known, it is only remembered. Nothing is kept of agents who never had a desktop.
 */
export function decideSignedIn(agent: Agent, evidence: string, now: number, policy: Policy): Decision {
  if (agent.signedIn === 'yes' || agent.phase.name === 'unseen') return { agent, commands: [] };
  const back: Agent = { ...agent, signedIn: 'yes' };
  if (agent.signedIn === 'unknown') return { agent: back, commands: [] };
  const entry = note({ what: 'signedIn', loss: null, sentence: `Signed in. ${evidence}` });
  switch (agent.phase.name) {
    case 'present':
      return {
        agent: { ...back, epoch: agent.epoch + 1, phase: { name: 'present', restoreDue: false } },
        commands: [entry],
      };
    case 'settled':
      return Object.keys(agent.desktops).length > 0
        ? becomePresent(back, now, false, [entry])
        : { agent: { ...back, epoch: agent.epoch + 1 }, commands: [entry] };
    case 'grace':
    case 'held':
      return graceAnew(back, agent.phase, dueAnew(agent.phase, now, policy), entry);
    case 'issuing':
      return { agent: back, commands: [entry] };
  }
}

/**
 * The agent asks to be signed in through us. Whoever does is about to open a desktop: grace begins again under a new
 * epoch, so that no logout that was being prepared for the old one can still go out. While a request is being issued
 * nothing changes, and whoever asks waits for its outcome (rule GATE).
 */
export function decideSignInAsked(agent: Agent, evidence: string, now: number, policy: Policy): Decision {
  const { phase } = agent;
  if (phase.name !== 'grace' && phase.name !== 'held') return { agent, commands: [] };
  const dueAt = dueAnew(phase, now, policy);
  const sentence = `Asks to be signed in: grace begins again. ${evidence}`;
  return graceAnew(agent, phase, dueAt, note({ what: 'graceRenewed', loss: phase.loss.epoch, dueAt, sentence }));
}

type Waiting = Extract<Phase, { name: 'grace' | 'held' }>;

function dueAnew(phase: Waiting, now: number, policy: Policy): number {
  return Math.max(phase.dueAt, dueAtOf(policy, 'lost', phase.loss.stage, now));
}

/** Somebody who has just signed in, or asks to be, is about to open a desktop. The loss keeps its name. */
function graceAnew(agent: Agent, phase: Waiting, dueAt: number, entry: Command): Decision {
  const epoch = agent.epoch + 1;
  return {
    agent: { ...agent, epoch, phase: { name: 'grace', loss: phase.loss, dueAt } },
    commands: [{ type: 'armWakeUp', epoch, at: dueAt }, { type: 'disarmWakeUp', epoch: agent.epoch }, entry],
  };
}

/** A Ready state that a Not Ready stage took was given back, or could not be. */
export function decideRestored(agent: Agent, evidence: string): Decision {
  if (agent.phase.name !== 'present' || !agent.phase.restoreDue) return { agent, commands: [] };
  return {
    agent: { ...agent, phase: { name: 'present', restoreDue: false } },
    commands: [note({ what: 'restored', loss: null, sentence: evidence })],
  };
}
