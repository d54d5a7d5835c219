import { AgentState, nameOf } from '#cti-protocol/enumerations';
import { type DoubtSettled, type PendingState, type RequestOutcome } from '#cti-client/request-outcome';
import { stateWords } from './agent-words';
import { ExitCode } from './exit-codes';

/** What became of a forced logout, by one word for programs, and in a sentence for people. */
export interface LogoutReport {
  readonly outcome: 'loggedOut' | 'notReady' | 'alreadySignedOut' | 'unknownAgent' | 'rejected' | 'inDoubt' | 'notSent';
  readonly exitCode: ExitCode;
  readonly sentence: string;
}

export function reportOf(agentId: string, outcome: RequestOutcome): LogoutReport {
  switch (outcome.kind) {
    case 'confirmed': {
      const was = `it was ${nameOf(AgentState, outcome.previousState)}`;
      return outcome.became === 'loggedOut'
        ? loggedOut(`Agent ${agentId} is signed out: ${stateWords(AgentState.LOGOUT, outcome.reasonCode)}; ${was}.`)
        : notReady(
            `Agent ${agentId} is Not Ready and still signed in: ${stateWords(AgentState.NOT_READY, outcome.reasonCode)}; ${was}. ` +
              'This is what LOAD 0 makes of a forced logout.',
          );
    }
    case 'alreadySignedOut':
      return {
        outcome: 'alreadySignedOut',
        exitCode: ExitCode.done,
        sentence: `Agent ${agentId} is signed out already; the logout was not needed.`,
      };
    case 'rejected': {
      const onCall = outcome.onCall ? '; the agent is on a call' : '';
      const sentence = `The CTI server rejected the logout of agent ${agentId}: ${outcome.code}${onCall}.`;
      return { outcome: 'rejected', exitCode: ExitCode.rejected, sentence };
    }
    case 'pending':
      return pending(agentId, outcome.state);
    case 'inDoubt':
      return inDoubt(`Agent ${agentId}: in doubt, ${outcome.why}.`);
    case 'notSent':
      return notSent(`Agent ${agentId}: nothing was sent, ${outcome.why}.`);
  }
}

/** What a question after a doubt has shown. */
export function reportOfDoubt(agentId: string, settled: DoubtSettled): LogoutReport {
  switch (settled.kind) {
    case 'loggedOut':
      return loggedOut(`Asked again: agent ${agentId} is signed out.`);
    case 'notReady':
      return notReady(`Asked again: agent ${agentId} is ${stateWords(AgentState.NOT_READY, settled.reasonCode)}.`);
    case 'signedIn':
      return inDoubt(
        `Asked again: agent ${agentId} is signed in, ${nameOf(AgentState, settled.state)}; the logout may still take effect.`,
      );
    case 'pending':
      return settled.isTold
        ? pending(agentId, settled.state)
        : inDoubt(`Asked again: agent ${agentId} is on a call; the logout may take effect when it ends.`);
    case 'unknownAgent':
      return { ...inDoubt(`Asked again: the CTI server knows no agent ${agentId}.`), outcome: 'unknownAgent' };
    case 'unavailable':
      return inDoubt(`Asked again, without an answer: ${settled.why}.`);
  }
}

const pending = (agentId: string, state: PendingState): LogoutReport => {
  const what = state === 'loggedOut' ? 'the logout' : 'Not Ready';
  return inDoubt(`Agent ${agentId} is on a call: the CTI server keeps ${what} until it ends.`);
};
const loggedOut = (sentence: string): LogoutReport => ({ outcome: 'loggedOut', exitCode: ExitCode.done, sentence });
const notReady = (sentence: string): LogoutReport => ({ outcome: 'notReady', exitCode: ExitCode.notReady, sentence });
const inDoubt = (sentence: string): LogoutReport => ({ outcome: 'inDoubt', exitCode: ExitCode.inDoubt, sentence });
export const notSent = (sentence: string): LogoutReport => ({
  outcome: 'notSent',
  exitCode: ExitCode.notSent,
  sentence,
});
