import { type Agent } from './agent';
import { type Command, type Decision } from './command';
import { decideFacts, decideIssuingRefused, decideLastLook, decideWakeUp } from './decide-gates';
import { decideOperatorCancel, decideOperatorLogout, decideOperatorRelease } from './decide-operator';
import { decideOutcome } from './decide-outcome';
import { decideClosed, decideOpened, decideServerLost, decideSourceReturned } from './decide-presence';
import { decideRestored, decideSignedIn, decideSignedOut, decideSignInAsked } from './decide-sign-in';
import { type AgentEvent } from './event';
import { type Policy } from './policy';

/**
 * The one place where it is decided whether an agent is signed out. Pure: no clock, no I/O, no randomness.
 *
 * `now` is Redis time in epoch ms. The answer holds the new record and the commands that follow from it; nothing has
 * happened until the engine has committed the record by version. An event of another epoch, or of another attempt, is
 * stale and does nothing: that is the first thing looked at (rule EPOCH).
 */
export function decide(agent: Agent, event: AgentEvent, now: number, policy: Policy): Decision {
  if (isStale(agent, event)) return unchanged(agent);
  switch (event.type) {
    case 'desktopOpened':
      return decideOpened(agent, event.desktop, now, policy);
    case 'desktopClosed':
      return decideClosed(agent, event, now, policy);
    case 'serverLost':
      return decideServerLost(agent, event.serverId, now, policy);
    case 'wokenUp':
      return decideWakeUp(agent, now, policy);
    case 'factsFound':
      return decideFacts(agent, event.facts, now, policy);
    case 'lastLookAnswered':
      return decideLastLook(agent, event.facts, event.look, now, policy);
    case 'issuingRefused':
      return decideIssuingRefused(agent, event, now, policy);
    case 'outcomeSeen':
      return decideOutcome(agent, event.result, now, policy);
    case 'restored':
      return decideRestored(agent, event, now, policy);
    case 'signedOut':
      return decideSignedOut(agent, event.evidence, now);
    case 'signedIn':
      return decideSignedIn(agent, event, now, policy);
    case 'signInAsked':
      return decideSignInAsked(agent, event.evidence, now, policy);
    case 'sourceReturned':
      return decideSourceReturned(agent, event, now, policy);
    case 'operatorCancelled':
      return decideOperatorCancel(agent, event.by, now);
    case 'operatorReleased':
      return decideOperatorRelease(agent, event.by);
    case 'operatorOrderedLogout':
      return decideOperatorLogout(agent, event.by, now, policy);
  }
}

/** An event that names an epoch is about that epoch only; an outcome is about one attempt only. */
function isStale(agent: Agent, event: AgentEvent): boolean {
  switch (event.type) {
    case 'wokenUp':
    case 'factsFound':
    case 'lastLookAnswered':
    case 'issuingRefused':
    case 'restored':
      return event.epoch !== agent.epoch;
    case 'outcomeSeen':
      return (
        event.epoch !== agent.epoch || agent.phase.name !== 'issuing' || agent.phase.loss.attempts !== event.attempts
      );
    case 'desktopOpened':
    case 'desktopClosed':
    case 'serverLost':
    case 'signedOut':
    case 'signedIn':
    case 'signInAsked':
    case 'sourceReturned':
    case 'operatorCancelled':
    case 'operatorReleased':
    case 'operatorOrderedLogout':
      return false;
  }
}

function unchanged(agent: Agent, ...commands: Command[]): Decision {
  return { agent, commands };
}
