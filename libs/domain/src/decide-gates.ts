import { type Agent, type HoldReason, type Loss, lossId, type Phase, type Restore } from './agent';
import { alarm, type Decision, note } from './command';
import { type AgentEvent, type Facts, type LastLook } from './event';
import { type Action, type Policy } from './policy';
import { becomePresent, hasDesktop, hold, seconds, settle } from './transitions';

type Waiting = Extract<Phase, { name: 'grace' | 'held' }>;
type Issuing = Extract<Phase, { name: 'issuing' }>;
type Verdict =
  | { readonly gate: 'open' }
  | { readonly gate: 'signedOut'; readonly state: string }
  | { readonly gate: 'closed'; readonly reasons: readonly HoldReason[]; readonly evidence: string };

/** A wake-up decides nothing: it may come early, late, twice or for another epoch. It only makes us look. */
export function decideWakeUp(agent: Agent, now: number, policy: Policy): Decision {
  const { phase, epoch } = agent;
  switch (phase.name) {
    case 'present':
      return phase.restore === null ? { agent, commands: [] } : wakeToRestore(agent, phase.restore, now);
    case 'grace':
    case 'held':
      if (now < phase.dueAt) return { agent, commands: [{ type: 'armWakeUp', epoch, at: phase.dueAt }] };
      return { agent, commands: [{ type: 'findFacts', epoch }] };
    case 'issuing':
      return wakeWhileIssuing(agent, phase, now, policy);
    case 'unseen':
    case 'settled':
      return { agent, commands: [] };
  }
}

/** Ready that was not given back in time is not given back any more: the agent has gone on without it. */
function wakeToRestore(agent: Agent, { reasonCode, until }: Restore, now: number): Decision {
  if (now < until) return { agent, commands: [{ type: 'restoreReady', epoch: agent.epoch, reasonCode }] };
  const sentence = 'Ready could not be given back in time.';
  return {
    agent: { ...agent, phase: { name: 'present', restore: null } },
    commands: [note({ what: 'restored', loss: null, sentence })],
  };
}

/** Somebody may still be at it. After the deadline nobody can be, and the request is in doubt: ask, never assume. */
function wakeWhileIssuing(agent: Agent, phase: Issuing, now: number, policy: Policy): Decision {
  const { epoch } = agent;
  const { loss, deadline, pending } = phase;
  if (now < deadline) return { agent, commands: [{ type: 'armWakeUp', epoch, at: deadline }] };
  const { attempts, stage } = loss;
  if (pending !== null && hasDesktop(agent)) {
    const next = now + policy.issuingMsMax;
    const [to, reasonCode] = stateWithoutUs(loss, policy);
    const logoutReasonCode = stage.action === 'logout' ? stage.reasonCode : null;
    return {
      agent: { ...agent, phase: { ...phase, deadline: next } },
      commands: [
        { type: 'armWakeUp', epoch, at: next },
        { type: 'withdraw', epoch, attempts, to, reasonCode, logoutReasonCode },
      ],
    };
  }
  return { agent, commands: [{ type: 'settleDoubt', epoch, attempts, action: actionOf(stage.action) }] };
}

/**
 * What replaces a pending state: Ready where the agent was, unless our Not Ready took effect and is not to be given back;
 * else Not Ready for the reason that stands, ours or the agent's own.
 */
function stateWithoutUs(
  { wasReady, notReadyCode, reasonBefore }: Loss,
  policy: Policy,
): ['ready' | 'notReady', number] {
  const staysNotReady = !wasReady || (notReadyCode !== null && !policy.restoreOnReturn);
  return staysNotReady ? ['notReady', notReadyCode ?? reasonBefore ?? 0] : ['ready', 0];
}

/** Gates 1 to 5. When all are open, the servers are asked for the presence check. */
export function decideFacts(agent: Agent, facts: Facts, now: number, policy: Policy): Decision {
  const { phase } = agent;
  if (!isWaiting(phase) || now < phase.dueAt) return { agent, commands: [] };
  return (
    atClosedGate(agent, phase, facts, now, policy) ?? { agent, commands: [{ type: 'askLastLook', epoch: agent.epoch }] }
  );
}

/** Gate 6, with the facts as they are after the question: a call may have begun while the servers were asked. */
export function decideLastLook(agent: Agent, facts: Facts, look: LastLook, now: number, policy: Policy): Decision {
  const { phase } = agent;
  if (!isWaiting(phase) || now < phase.dueAt) return { agent, commands: [] };
  const closed = atClosedGate(agent, phase, facts, now, policy);
  if (closed !== undefined) return closed;
  const waiting = { loss: phase.loss, dueAt: phase.dueAt, lookAt: null };
  switch (look.answer) {
    case 'silent': {
      const evidence = `Server ${look.serverId} did not answer.`;
      return hold(agent, { ...waiting, reasons: ['serverSilent'], evidence }, now, policy);
    }
    case 'unknown': {
      const evidence = `Server ${look.serverId} cannot tell: ${look.why}.`;
      return hold(agent, { ...waiting, reasons: ['outage'], evidence }, now, policy);
    }
    case 'holds':
      return presentAfterAll(agent, phase, look);
    case 'none': {
      const asked = look.asked.join(', ') || 'no live server';
      const state = facts.link === 'inService' ? facts.state : '';
      const isReady = facts.link === 'inService' && facts.isReady;
      const notReadyReason = facts.link === 'inService' ? facts.notReadyReason : null;
      const evidence = `${state}; asked ${asked}: none holds a desktop`;
      return act(agent, phase, { evidence, isReady, notReadyReason }, now, policy);
    }
  }
}

/** The store refused to commit `issuing`, or could not reach its replicas: no request goes out. */
export function decideIssuingRefused(
  agent: Agent,
  { reason, nextAt, isTurn, evidence: why }: Extract<AgentEvent, { type: 'issuingRefused' }>,
  now: number,
  policy: Policy,
): Decision {
  const { phase } = agent;
  const turn = isTurn ? 'Its turn is expected in' : 'It has no turn yet, and asks for one again in';
  const again = reason === 'rate' ? turn : 'It is looked at again in';
  const expected = nextAt === null ? '' : `${again} ${seconds(nextAt - now)}.`;
  const evidence = [why, expected].filter((text) => text !== '').join(' ');
  const refused = { reasons: [reason], evidence, lookAt: nextAt } as const;
  if (isWaiting(phase)) return hold(agent, { loss: phase.loss, dueAt: phase.dueAt, ...refused }, now, policy);
  if (phase.name !== 'issuing') return { agent, commands: [] };
  if (hasDesktop(agent)) {
    const sentence = 'Back while a request was being prepared; none was sent.';
    return becomePresent(agent, null, [
      note({ what: 'outcome', loss: phase.loss.epoch, outcome: 'returned', sentence }),
    ]);
  }
  // It was committed and nothing was sent: it was no attempt.
  const loss = { ...phase.loss, attempts: phase.loss.attempts - 1 };
  return hold(agent, { loss, dueAt: phase.dueAt, ...refused }, now, policy);
}

function isWaiting(phase: Phase): phase is Waiting {
  return phase.name === 'grace' || phase.name === 'held';
}

/** What follows from these facts alone; undefined when all gates are open. */
function atClosedGate(agent: Agent, phase: Waiting, facts: Facts, now: number, policy: Policy): Decision | undefined {
  const { loss, dueAt } = phase;
  const verdict = passGates(facts, loss.released, now);
  switch (verdict.gate) {
    case 'open':
      return undefined;
    case 'signedOut': {
      const sentence = `The CTI server says ${verdict.state}: already signed out, nothing is sent.`;
      return settle({ ...agent, signedIn: 'no' }, { loss, outcome: 'alreadySignedOut', sentence }, now);
    }
    case 'closed': {
      const { reasons, evidence } = verdict;
      const endsAt = facts.link === 'inService' ? facts.sideOutageUntil : null;
      const lookAt = endsAt === null ? null : Math.min(endsAt, now + policy.heldLookMs);
      return hold(agent, { loss, dueAt, reasons, evidence, lookAt }, now, policy);
    }
  }
}

function passGates(facts: Facts, released: boolean, now: number): Verdict {
  if (facts.link === 'outOfService') return { gate: 'closed', reasons: ['outage'], evidence: facts.why };
  if (facts.clock !== null) return { gate: 'closed', reasons: ['clock'], evidence: facts.clock };
  if (!facts.isKnown) return { gate: 'closed', reasons: ['unknownAgent'], evidence: 'Is its id spelled as there?' };
  if (facts.signedOut) return { gate: 'signedOut', state: facts.state };
  const reasons: HoldReason[] = [];
  if (facts.onCall) reasons.push('call');
  if (facts.sideOutageUntil !== null) reasons.push('outage');
  if (facts.heldByOperator && !released) reasons.push('operator');
  const massLossUntil = released ? null : facts.massLossUntil;
  if (massLossUntil !== null) reasons.push('massLoss');
  if (reasons.length === 0) return { gate: 'open' };
  const state = `State at the CTI server: ${facts.state}.`;
  return {
    gate: 'closed',
    reasons,
    evidence: massLossUntil === null ? state : `${state} ${endOfProtection(massLossUntil, now)}`,
  };
}

/** When losses of a protected side are signed out at the latest: then each has its turn. */
function endOfProtection(until: number, now: number): string {
  return `The protection ends when most are back or an operator releases them, at the latest in ${seconds(Math.max(0, until - now))}; then the absent have their turns.`;
}

function presentAfterAll(agent: Agent, phase: Waiting, look: Extract<LastLook, { answer: 'holds' }>): Decision {
  const { desktop } = look;
  const sentence = `Presence check: server ${desktop.serverId} holds desktop ${desktop.desktopId}; the record was wrong and is repaired.`;
  const desktops = { ...agent.desktops, [desktop.connection]: desktop };
  return becomePresent({ ...agent, desktops }, null, [
    note({ what: 'outcome', loss: phase.loss.epoch, outcome: 'presentAfterAll', sentence }),
  ]);
}

/** What the gates found of the agent. */
interface Found {
  readonly evidence: string;
  readonly isReady: boolean;
  readonly notReadyReason: number | null;
}

/** All gates are open: the stage is carried out. */
function act(
  agent: Agent,
  phase: Waiting,
  { evidence, isReady, notReadyReason }: Found,
  now: number,
  policy: Policy,
): Decision {
  const { stage } = phase.loss;
  if (stage.action === 'warn') return warn(agent, phase.loss, evidence, now);
  const { action, reasonCode } = stage;
  const { epoch } = agent;
  const loss: Loss = {
    ...phase.loss,
    attempts: phase.loss.attempts + 1,
    wasReady: phase.loss.wasReady || isReady,
    reasonBefore: notReadyReason === phase.loss.notReadyCode ? null : notReadyReason,
  };
  const deadline = now + policy.issuingMsMax;
  const sentence = `Request ${String(loss.attempts)}: ${action} with reason ${String(reasonCode)}. ${evidence}.`;
  return {
    agent: { ...agent, phase: { name: 'issuing', loss, dueAt: phase.dueAt, since: now, deadline, pending: null } },
    commands: [
      { type: 'armWakeUp', epoch, at: deadline },
      note({ what: 'issuing', loss: loss.epoch, action, reasonCode, attempt: loss.attempts, sentence }),
      { type: 'request', epoch, attempts: loss.attempts, action, reasonCode },
    ],
  };
}

function warn(agent: Agent, loss: Loss, evidence: string, now: number): Decision {
  const sentence = `Signed in without a desktop; the policy asks for nothing but this alarm. ${evidence}.`;
  const { agent: after, commands } = settle(agent, { loss, outcome: 'warned', sentence }, now);
  const id = lossId(agent.key.agentId, loss.epoch);
  return { agent: after, commands: [...commands, ...alarm(loss.epoch, `Loss ${id}: ${sentence}`)] };
}

/** A stage that only warns issues nothing, so no doubt can be about it. */
function actionOf(action: Action | 'warn'): Action {
  return action === 'warn' ? 'logout' : action;
}
