import { type Agent, type Loss, type Outcome, type Phase } from './agent';
import { alarm, type Decision, note } from './command';
import { hold } from './decide-gates';
import { becomePresent, seconds } from './decide-presence';
import { type RequestResult } from './event';
import { dueAtOf, type Policy } from './policy';

type Issuing = Extract<Phase, { name: 'issuing' }>;

/**
 * What came of a request. A desktop that opened meanwhile has waited for this (rule GATE): the agent is present then,
 * and `signedIn` tells the desktop whether to sign in again.
 */
export function decideOutcome(agent: Agent, result: RequestResult, now: number, policy: Policy): Decision {
  const { phase } = agent;
  if (phase.name !== 'issuing') return { agent, commands: [] };
  switch (result.kind) {
    case 'confirmed':
      return result.became === 'loggedOut'
        ? signedOut(agent, phase.loss, result.othersActed ? 'raced' : 'loggedOut', result.evidence, now)
        : madeNotReady(agent, phase, result, now, policy);
    case 'alreadySignedOut':
      return signedOut(agent, phase.loss, 'alreadySignedOut', result.evidence, now);
    case 'rejected':
      return rejected(agent, phase, result, now, policy);
    case 'notSent':
      return notSent(agent, phase, result.evidence, now, policy);
    case 'inDoubt':
      return inDoubt(agent, phase, result.evidence, now, policy);
  }
}

/** The agent is out. `raced`: somebody else acted on the agent between commit and effect; an operator should know. */
function signedOut(agent: Agent, loss: Loss, outcome: Outcome, evidence: string, now: number): Decision {
  const waiting = isWaited(agent);
  const sentence = waiting ? `${evidence} The agent came back meanwhile and must sign in again.` : evidence;
  const commands = [
    note({ what: 'outcome', loss: loss.epoch, outcome, sentence }),
    ...(outcome === 'raced'
      ? alarm(
          loss.epoch,
          `Agent ${agent.key.agentId} was signed out while somebody else acted on the agent. ${evidence}`,
        )
      : []),
  ];
  const out: Agent = { ...agent, signedIn: 'no' };
  if (waiting) return becomePresent(out, now, false, commands);
  return { agent: { ...out, phase: { name: 'settled', outcome, at: now } }, commands };
}

/** Not Ready: by a Not Ready stage, or because that is what a forced logout becomes under LOAD 0. */
function madeNotReady(
  agent: Agent,
  phase: Issuing,
  result: Extract<RequestResult, { kind: 'confirmed' }>,
  now: number,
  policy: Policy,
): Decision {
  const loss: Loss = {
    ...phase.loss,
    attempts: 0,
    stage: phase.loss.stage + 1,
    wasReady: phase.loss.wasReady || result.wasReady,
  };
  const settledEntry = note({ what: 'outcome', loss: loss.epoch, outcome: 'notReady', sentence: result.evidence });
  if (isWaited(agent)) return becomePresent(agent, now, loss.wasReady && policy.restoreOnReturn, [settledEntry]);
  const isLastStage = phase.action === 'logout' || policy.stages[loss.stage] === undefined;
  if (isLastStage)
    return { agent: { ...agent, phase: { name: 'settled', outcome: 'notReady', at: now } }, commands: [settledEntry] };
  const dueAt = Math.max(now, dueAtOf(policy, loss.cause, loss.stage, loss.lostAt));
  const sentence = `${result.evidence} The next stage is due in ${seconds(dueAt - now)}.`;
  return {
    agent: { ...agent, phase: { name: 'grace', loss, dueAt } },
    commands: [
      { type: 'armWakeUp', epoch: agent.epoch, at: dueAt },
      note({ what: 'stageDone', loss: loss.epoch, nextDueAt: dueAt, sentence }),
    ],
  };
}

/** Refused: because of a call (wait for its end), or for another reason (again with back-off, then an alarm). */
function rejected(
  agent: Agent,
  phase: Issuing,
  result: Extract<RequestResult, { kind: 'rejected' }>,
  now: number,
  policy: Policy,
): Decision {
  const { loss } = phase;
  if (isWaited(agent)) return returned(agent, loss, result.evidence, now);
  const waiting = { name: 'grace', loss, dueAt: phase.dueAt } as const;
  if (result.onCall) return hold(agent, waiting, ['call'], result.evidence, now, policy);
  if (loss.attempts >= policy.attemptsMax) {
    const sentence = `Given up after ${String(loss.attempts)} requests. ${result.evidence}`;
    return {
      agent: { ...agent, phase: { name: 'settled', outcome: 'failed', at: now } },
      commands: [
        note({ what: 'outcome', loss: loss.epoch, outcome: 'failed', sentence }),
        ...alarm(loss.epoch, `Agent ${agent.key.agentId} is still signed in. ${sentence}`),
      ],
    };
  }
  const backOffMs = policy.retryMs * 2 ** (loss.attempts - 1);
  return hold(agent, { ...waiting, dueAt: now + backOffMs }, ['rejected'], result.evidence, now, {
    ...policy,
    heldLookMs: backOffMs,
  });
}

/** Nothing left the worker, so nothing is in doubt and the attempt does not count. */
function notSent(agent: Agent, phase: Issuing, evidence: string, now: number, policy: Policy): Decision {
  const loss = { ...phase.loss, attempts: phase.loss.attempts - 1 };
  if (isWaited(agent)) return returned(agent, loss, evidence, now);
  const waiting = { name: 'grace', loss, dueAt: phase.dueAt } as const;
  return hold(agent, waiting, ['outage'], evidence, now, { ...policy, heldLookMs: policy.retryMs });
}

function returned(agent: Agent, loss: Loss, evidence: string, now: number): Decision {
  const sentence = `Back while a request was on its way, which had no effect. ${evidence}`;
  return becomePresent(agent, now, false, [note({ what: 'outcome', loss: loss.epoch, outcome: 'returned', sentence })]);
}

/** Sent, and no outcome seen: nobody is acknowledged and nothing is sent again until the CTI server was asked. */
function inDoubt(agent: Agent, phase: Issuing, evidence: string, now: number, policy: Policy): Decision {
  const deadline = now + policy.retryMs;
  const alarmNow = !phase.alarmed && now - phase.since > policy.heldMsMax;
  const { epoch } = phase.loss;
  return {
    agent: { ...agent, phase: { ...phase, deadline, alarmed: phase.alarmed || alarmNow } },
    commands: [
      { type: 'armWakeUp', epoch: agent.epoch, at: deadline },
      note({ what: 'inDoubt', loss: epoch, sentence: `In doubt: ${evidence} The CTI server is asked.` }),
      ...(alarmNow
        ? alarm(
            epoch,
            `A request for agent ${agent.key.agentId} has been in doubt for ${seconds(now - phase.since)}. ${evidence}`,
          )
        : []),
    ],
  };
}

function isWaited(agent: Agent): boolean {
  return Object.keys(agent.desktops).length > 0;
}
