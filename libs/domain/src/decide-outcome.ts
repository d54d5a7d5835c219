import { type Agent, type Loss, type Outcome, type PendingState, type Phase, type Restore } from './agent';
import { alarm, type Decision, note } from './command';
import { type RequestResult } from './event';
import { dueAtOf, type Policy, restoreMsMax, retryWaitMs, stageAfter } from './policy';
import { becomePresent, hasDesktop, hold, seconds, settle } from './transitions';

type Issuing = Extract<Phase, { name: 'issuing' }>;
type Result<Kind extends RequestResult['kind']> = Extract<RequestResult, { kind: Kind }>;

/**
 * What came of a request. A desktop that opened meanwhile has waited for this (rule GATE): the agent is present then,
 * and `signedIn` tells the desktop whether to sign in again. Nobody is present while something of ours is pending.
 */
export function decideOutcome(agent: Agent, result: RequestResult, now: number, policy: Policy): Decision {
  if (agent.phase.name !== 'issuing') return { agent, commands: [] };
  const phase = withNotReady(agent.phase, result);
  switch (result.kind) {
    case 'confirmed':
      return result.became === 'loggedOut'
        ? signedOut(agent, phase.loss, result.othersActed ? 'raced' : 'loggedOut', result.evidence, now)
        : madeNotReady(agent, phase, result, now, policy);
    case 'alreadySignedOut':
      return signedOut(agent, phase.loss, 'alreadySignedOut', result.evidence, now);
    case 'unknownAgent':
      return unknownAgent(agent, phase, result.evidence, now, policy);
    case 'pending':
      return pending(agent, phase, result, now, policy);
    case 'withdrawn':
      return withdrawn(agent, phase, result.evidence, now, policy);
    case 'rejected':
      return rejected(agent, phase, result, now, policy);
    case 'notSent':
      return notSent(agent, phase, result.evidence, now, policy);
    case 'inDoubt':
      return inDoubt(agent, phase, result.evidence, now, policy);
  }
}

/** A Not Ready of ours that took effect is remembered, whatever came of what was asked for after it. */
function withNotReady(phase: Issuing, result: RequestResult): Issuing {
  const code = 'notReadyCode' in result ? result.notReadyCode : null;
  return code === null ? phase : { ...phase, loss: { ...phase.loss, notReadyCode: code } };
}

/** The agent is out. `raced`: somebody else acted on the agent between commit and effect; an operator should know. */
export function signedOut(agent: Agent, loss: Loss, outcome: Outcome, evidence: string, now: number): Decision {
  const out: Agent = { ...agent, signedIn: 'no' };
  const isBack = hasDesktop(agent);
  const sentence = isBack ? `${evidence} The agent came back meanwhile and must sign in again.` : evidence;
  const raced = `Agent ${agent.key.agentId} was signed out while somebody else acted on the agent. ${evidence}`;
  const { agent: settled, commands } = settle(out, { loss, outcome, sentence }, now);
  const all = outcome === 'raced' ? [...commands, ...alarm(loss.epoch, raced)] : commands;
  return isBack ? becomePresent(out, null, all) : { agent: settled, commands: all };
}

/** Not Ready: by a Not Ready stage, or because that is what a forced logout becomes under LOAD 0. */
function madeNotReady(
  agent: Agent,
  phase: Issuing,
  result: Result<'confirmed'>,
  now: number,
  policy: Policy,
): Decision {
  const loss: Loss = { ...phase.loss, attempts: 0, notReadyCode: result.reasonCode };
  const settled = { loss, outcome: 'notReady', sentence: result.evidence } as const;
  if (hasDesktop(agent)) {
    const entry = note({ what: 'outcome', loss: loss.epoch, outcome: 'notReady', sentence: result.evidence });
    return becomePresent(agent, restoreOf(loss, now, policy), [entry]);
  }
  const next = stageAfter(policy, loss.stage);
  if (next === undefined) return settle(agent, settled, now);
  const dueAt = Math.max(now, dueAtOf(policy, loss.cause, next, loss.lostAt));
  const sentence = `${result.evidence} The next stage is due in ${seconds(dueAt - now)}.`;
  return {
    agent: { ...agent, phase: { name: 'grace', loss: { ...loss, stage: next }, dueAt } },
    commands: [
      { type: 'armWakeUp', epoch: agent.epoch, at: dueAt },
      note({ what: 'stageDone', loss: loss.epoch, nextDueAt: dueAt, sentence }),
    ],
  };
}

/** What is to be given back to an agent who returns from that loss; null: nothing. */
export function restoreOf({ wasReady, notReadyCode }: Loss, now: number, policy: Policy): Restore | null {
  if (!policy.restoreOnReturn || !wasReady || notReadyCode === null) return null;
  return { reasonCode: notReadyCode, until: now + restoreMsMax };
}

/**
 * The CTI server keeps a state until the call ends, so nothing is settled: nobody is acknowledged before it has taken
 * effect or was replaced. Without a desktop the end of the call is waited for.
 */
function pending(agent: Agent, phase: Issuing, result: Result<'pending'>, now: number, policy: Policy): Decision {
  const { state, evidence } = result;
  const known = phase.pending;
  const isNews = known?.state !== state;
  const kept: PendingState = { state, since: known?.since ?? now };
  const waitMs = hasDesktop(agent) ? 0 : policy.heldLookMs;
  const alarmNow = !phase.loss.alarmed && now - kept.since > policy.heldMsMax;
  const loss: Loss = { ...phase.loss, alarmed: phase.loss.alarmed || alarmNow };
  const { epoch } = agent;
  const what = state === 'logout' ? 'the logout' : 'Not Ready';
  const sentence = `The CTI server keeps ${what} until the call ends. ${evidence}`;
  const held = `Agent ${agent.key.agentId} is on a call; ${what} has been pending for ${seconds(now - kept.since)}.`;
  return {
    agent: { ...agent, phase: { ...phase, loss, pending: kept, deadline: now + waitMs } },
    commands: [
      ...(waitMs === 0 ? [] : [{ type: 'armWakeUp', epoch, at: now + waitMs } as const]),
      ...(isNews ? [note({ what: 'pending', loss: loss.epoch, state, sentence })] : []),
      ...(alarmNow ? alarm(loss.epoch, held) : []),
      ...(waitMs === 0 ? [{ type: 'wakeNow', epoch } as const] : []),
    ],
  };
}

/** Nothing of ours is pending any more. Whoever it was withdrawn for may be gone again: then the loss goes on. */
function withdrawn(agent: Agent, phase: Issuing, evidence: string, now: number, policy: Policy): Decision {
  const { dueAt } = phase;
  const loss: Loss = { ...phase.loss, attempts: 0 };
  if (hasDesktop(agent)) return returned(agent, loss, null, `It was pending and has been withdrawn. ${evidence}`);
  return hold(agent, { loss, dueAt, reasons: ['call'], evidence, lookAt: null }, now, policy);
}

/** Refused: because of a call (wait for its end), or for another reason (again and again, further and further apart). */
function rejected(agent: Agent, phase: Issuing, result: Result<'rejected'>, now: number, policy: Policy): Decision {
  const { dueAt } = phase;
  const { evidence } = result;
  if (hasDesktop(agent))
    return returned(agent, phase.loss, restoreOf(phase.loss, now, policy), `It had no effect. ${evidence}`);
  if (result.onCall)
    return hold(agent, { loss: phase.loss, dueAt, reasons: ['call'], evidence, lookAt: null }, now, policy);
  const { attempts, alarmed } = phase.loss;
  const waitMs = retryWaitMs(policy, attempts);
  const alarmNow = attempts >= policy.attemptsMax && !alarmed;
  const loss: Loss = { ...phase.loss, alarmed: alarmed || alarmNow };
  const held = hold(agent, { loss, dueAt, reasons: ['rejected'], evidence, lookAt: now + waitMs }, now, policy);
  const sentence = `Agent ${agent.key.agentId} is still signed in after ${String(attempts)} requests. ${evidence} It is tried again every ${seconds(waitMs)}, and when the link or the agent changes.`;
  return alarmNow ? { ...held, commands: [...held.commands, ...alarm(loss.epoch, sentence)] } : held;
}

/** Nothing left the worker, so nothing is in doubt and the attempt does not count. */
function notSent(agent: Agent, phase: Issuing, evidence: string, now: number, policy: Policy): Decision {
  const loss = { ...phase.loss, attempts: phase.loss.attempts - 1 };
  if (hasDesktop(agent)) return returned(agent, loss, restoreOf(loss, now, policy), evidence);
  const lookAt = now + policy.retryMs;
  return hold(agent, { loss, dueAt: phase.dueAt, reasons: ['outage'], evidence, lookAt }, now, policy);
}

/** It proves no sign-out, and no request that had no effect either: a desktop that waits goes on waiting. */
function unknownAgent(agent: Agent, phase: Issuing, evidence: string, now: number, policy: Policy): Decision {
  const { loss, dueAt } = phase;
  if (hasDesktop(agent)) return inDoubt(agent, phase, evidence, now, policy);
  return hold(agent, { loss, dueAt, reasons: ['unknownAgent'], evidence, lookAt: null }, now, policy);
}

function returned(agent: Agent, loss: Loss, restore: Restore | null, evidence: string): Decision {
  const sentence = `Back while a request was on its way. ${evidence}`;
  return becomePresent(agent, restore, [note({ what: 'outcome', loss: loss.epoch, outcome: 'returned', sentence })]);
}

/** Sent, and no outcome seen: nobody is acknowledged and nothing is sent again until the CTI server was asked. */
function inDoubt(agent: Agent, phase: Issuing, evidence: string, now: number, policy: Policy): Decision {
  const deadline = now + policy.retryMs;
  const alarmNow = !phase.loss.alarmed && now - phase.since > policy.heldMsMax;
  const loss: Loss = { ...phase.loss, alarmed: phase.loss.alarmed || alarmNow };
  const doubt = `A request for agent ${agent.key.agentId} has been in doubt for ${seconds(now - phase.since)}. ${evidence}`;
  return {
    agent: { ...agent, phase: { ...phase, loss, deadline } },
    commands: [
      { type: 'armWakeUp', epoch: agent.epoch, at: deadline },
      note({ what: 'inDoubt', loss: loss.epoch, sentence: `In doubt: ${evidence} The CTI server is asked.` }),
      ...(alarmNow ? alarm(loss.epoch, doubt) : []),
    ],
  };
}
