import { type Agent, type Phase } from './agent';
import { type Command, type Decision, note } from './command';
import { signedOut } from './decide-outcome';
import { type AgentEvent } from './event';
import { dueAtOf, type Policy } from './policy';
import { becomePresent, beginLoss, hasDesktop, settle } from './transitions';

/** The CTI server says that the agent is signed out, by hand or by somebody else: there is nothing left to do. */
export function decideSignedOut(agent: Agent, evidence: string, now: number): Decision {
  const { phase } = agent;
  const out: Agent = { ...agent, signedIn: 'no' };
  switch (phase.name) {
    case 'present':
      return {
        agent: { ...out, phase: { name: 'settled', outcome: 'signedOutByAgent', at: now } },
        commands: [note({ what: 'signedOut', loss: null, sentence: `Signed out with a desktop open. ${evidence}` })],
      };
    case 'grace':
    case 'held': {
      const sentence = `Signed out before the request was due. ${evidence}`;
      const { agent: after, commands } = settle(out, { loss: phase.loss, outcome: 'alreadySignedOut', sentence }, now);
      return { agent: after, commands: [{ type: 'disarmWakeUp', epoch: agent.epoch }, ...commands] };
    }
    case 'issuing': {
      // The outcome of a request says what happened; whoever sent it sees this event too. With a logout pending nobody does.
      if (phase.pending?.state !== 'logout') return { agent, commands: [] };
      const sentence = `The pending logout took effect. ${evidence}`;
      return signedOut(agent, phase.loss, 'loggedOut', sentence, now);
    }
    case 'unseen':
      return { agent, commands: [] };
    case 'settled':
      return { agent: agent.signedIn === 'no' ? agent : out, commands: [] };
  }
}

/**
 * The CTI server shows the agent signed in. It is a new sign-in when the agent was known to be out. An agent without a
 * desktop whose last loss is over is a ghost, however it came to be signed in.
 */
export function decideSignedIn(
  agent: Agent,
  event: Extract<AgentEvent, { type: 'signedIn' }>,
  now: number,
  policy: Policy,
): Decision {
  const { phase } = agent;
  const isNew = agent.signedIn === 'no';
  const back: Agent = agent.signedIn === 'yes' ? agent : { ...agent, signedIn: 'yes' };
  const entry = note({ what: 'signedIn', loss: null, sentence: `Signed in. ${event.evidence}` });
  switch (phase.name) {
    case 'unseen':
      return policy.withoutDesktop === 'leave'
        ? { agent, commands: [] }
        : loseWithoutDesktop(back, event.evidence, now, policy);
    case 'present':
      if (!isNew) return { agent: back, commands: [] };
      return {
        agent: { ...back, epoch: agent.epoch + 1, phase: { name: 'present', restore: null } },
        commands: [entry],
      };
    case 'settled':
      if (hasDesktop(agent)) return becomePresent(back, null, isNew ? [entry] : []);
      if (!isNew && maySignedInStay(phase, event.isReady)) return { agent: back, commands: [] };
      return loseWithoutDesktop(back, event.evidence, now, policy);
    case 'grace':
    case 'held':
      return isNew ? graceAnew(back, phase, dueAnew(phase, now, policy), entry) : { agent: back, commands: [] };
    case 'issuing':
      return { agent: back, commands: isNew ? [entry] : [] };
  }
}

/** What a settled loss has left signed in on purpose: by an operator's word, after a warning, or as Not Ready by LOAD 0. */
function maySignedInStay({ outcome }: Extract<Phase, { name: 'settled' }>, isReady: boolean): boolean {
  return outcome === 'cancelledByOperator' || outcome === 'warned' || (outcome === 'notReady' && !isReady);
}

/** An agent who never had a desktop may work with a telephone alone: that is for the policy to say. */
function loseWithoutDesktop(agent: Agent, evidence: string, now: number, policy: Policy): Decision {
  const rule = agent.hadDesktop ? 'logout' : policy.withoutDesktop;
  if (rule === 'leave') return { agent, commands: [] };
  const sentence = `Signed in without any desktop. ${evidence}`;
  return beginLoss(agent, { cause: 'withoutDesktop', desktop: null, sentence, isWarned: rule === 'warn' }, now, policy);
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

/** Ready was given back, is not to be, or could not be tried: then it is tried again until its time is over. */
export function decideRestored(
  agent: Agent,
  event: Extract<AgentEvent, { type: 'restored' }>,
  now: number,
  policy: Policy,
): Decision {
  const { phase, epoch } = agent;
  if (phase.name !== 'present' || phase.restore === null) return { agent, commands: [] };
  if (!event.isOver && now < phase.restore.until)
    return { agent, commands: [{ type: 'armWakeUp', epoch, at: now + policy.retryMs }] };
  return {
    agent: { ...agent, phase: { name: 'present', restore: null } },
    commands: [note({ what: 'restored', loss: null, sentence: event.evidence })],
  };
}
