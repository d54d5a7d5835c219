import { type Agent, type HoldReason, lossId, type Phase } from './agent';
import { alarm, type Command, type Decision, note } from './command';
import { becomePresent, seconds } from './decide-presence';
import { type AgentEvent, type Facts, type LastLook } from './event';
import { type Policy } from './policy';

type Waiting = Extract<Phase, { name: 'grace' | 'held' }>;
type Verdict =
  | { readonly gate: 'open' }
  | { readonly gate: 'signedOut'; readonly state: string }
  | { readonly gate: 'closed'; readonly reasons: readonly HoldReason[]; readonly evidence: string };

/** Names of the conditions as an operator reads them in the journal. */
const reasonSentences: Readonly<Record<HoldReason, string>> = {
  outage: 'a link or side is out of service',
  call: 'the agent is on a call',
  massLoss: 'the side lost too many desktops at once and is protected',
  operator: 'an operator holds the side',
  generation: 'the store changed and not every server has re-asserted its desktops',
  replicas: 'the store could not reach all replicas',
  serverSilent: 'a live server did not answer the last look',
  rate: 'the limit of requests per second is reached',
  rejected: 'the CTI server rejected the request',
};

/** How soon a loss is looked at again when it is not for `heldLookMs` to say. */
const lookAgainMs: Readonly<Partial<Record<HoldReason, number>>> = {
  serverSilent: 5_000,
  rate: 1_000,
  generation: 1_000,
  replicas: 1_000,
};

/** A wake-up decides nothing: it may come early, late, twice or for another epoch. It only makes us look. */
export function decideWakeUp(agent: Agent, now: number): Decision {
  const { phase, epoch } = agent;
  switch (phase.name) {
    case 'present':
      return { agent, commands: phase.restoreDue ? [{ type: 'restoreReady', epoch }] : [] };
    case 'grace':
    case 'held':
      if (now < phase.dueAt) return { agent, commands: [{ type: 'armWakeUp', epoch, at: phase.dueAt }] };
      return { agent, commands: [{ type: 'findFacts', epoch }] };
    case 'issuing':
      // Somebody may still be at it. After the deadline nobody can be, and the request is in doubt: ask, never assume.
      if (now < phase.deadline) return { agent, commands: [{ type: 'armWakeUp', epoch, at: phase.deadline }] };
      return { agent, commands: [{ type: 'settleDoubt', epoch, attempts: phase.loss.attempts, action: phase.action }] };
    case 'unseen':
    case 'settled':
      return { agent, commands: [] };
  }
}

/** Gates 1 to 5. When all are open, the servers are asked for the last look. */
export function decideFacts(agent: Agent, facts: Facts, now: number, policy: Policy): Decision {
  const { phase } = agent;
  if (!isWaiting(phase) || now < phase.dueAt) return { agent, commands: [] };
  const verdict = passGates(facts, phase.loss.released);
  switch (verdict.gate) {
    case 'open':
      return { agent, commands: [{ type: 'askLastLook', epoch: agent.epoch }] };
    case 'signedOut':
      return settleSignedOut(agent, phase, verdict.state, now);
    case 'closed':
      return hold(agent, phase, verdict.reasons, verdict.evidence, now, policy);
  }
}

/** Gate 6, with the facts as they are after the question: a call may have begun while the servers were asked. */
export function decideLastLook(agent: Agent, facts: Facts, look: LastLook, now: number, policy: Policy): Decision {
  const { phase } = agent;
  if (!isWaiting(phase) || now < phase.dueAt) return { agent, commands: [] };
  const verdict = passGates(facts, phase.loss.released);
  if (verdict.gate === 'signedOut') return settleSignedOut(agent, phase, verdict.state, now);
  if (verdict.gate === 'closed') return hold(agent, phase, verdict.reasons, verdict.evidence, now, policy);
  switch (look.answer) {
    case 'silent':
      return hold(agent, phase, ['serverSilent'], `Server ${look.serverId} did not answer.`, now, policy);
    case 'unknown': {
      const evidence = `Server ${look.serverId} cannot tell: ${look.why}.`;
      return hold(agent, phase, ['outage'], evidence, now, policy);
    }
    case 'holds':
      return presentAfterAll(agent, phase, look, now);
    case 'none':
      return issue(
        agent,
        phase,
        `${facts.link === 'inService' ? facts.state : ''}; asked ${look.asked.join(', ') || 'no live server'}: none holds a desktop`,
        now,
        policy,
      );
  }
}

/** The store refused to commit `issuing`, or could not reach its replicas: no request goes out. */
export function decideIssuingRefused(
  agent: Agent,
  { reason, nextAt }: Extract<AgentEvent, { type: 'issuingRefused' }>,
  now: number,
  policy: Policy,
): Decision {
  const { phase } = agent;
  if (isWaiting(phase)) return hold(agent, phase, [reason], '', now, policy, nextAt ?? 0);
  if (phase.name !== 'issuing') return { agent, commands: [] };
  const { loss, dueAt } = phase;
  if (Object.keys(agent.desktops).length > 0) return returnedUnissued(agent, loss.epoch, now);
  return hold(agent, { name: 'grace', loss, dueAt }, [reason], '', now, policy, nextAt ?? 0);
}

function returnedUnissued(agent: Agent, loss: number, now: number): Decision {
  const sentence = 'Back while a request was being prepared; none was sent.';
  return becomePresent(agent, now, false, [note({ what: 'outcome', loss, outcome: 'returned', sentence })]);
}

function isWaiting(phase: Phase): phase is Waiting {
  return phase.name === 'grace' || phase.name === 'held';
}

function passGates(facts: Facts, released: boolean): Verdict {
  if (facts.link === 'outOfService') return { gate: 'closed', reasons: ['outage'], evidence: facts.why };
  if (facts.signedOut) return { gate: 'signedOut', state: facts.state };
  const reasons: HoldReason[] = [];
  if (facts.onCall) reasons.push('call');
  if (facts.sideOutage) reasons.push('outage');
  if (facts.heldByOperator && !released) reasons.push('operator');
  if (facts.massLoss && !released) reasons.push('massLoss');
  return reasons.length === 0
    ? { gate: 'open' }
    : { gate: 'closed', reasons, evidence: `State at the CTI server: ${facts.state}.` };
}

/** Held keeps its first `since`; the same reasons again are not written again, only looked at again later. */
export function hold(
  agent: Agent,
  phase: Waiting,
  reasons: readonly HoldReason[],
  evidence: string,
  now: number,
  policy: Policy,
  notBefore = 0,
): Decision {
  const { loss, dueAt } = phase;
  const since = phase.name === 'held' ? phase.since : now;
  const wasAlarmed = phase.name === 'held' && phase.alarmed;
  const alarmNow = !wasAlarmed && now - since > policy.heldMsMax;
  const lookInMs = Math.min(...reasons.map((reason) => lookAgainMs[reason] ?? policy.heldLookMs));
  const arm: Command = { type: 'armWakeUp', epoch: agent.epoch, at: Math.max(now + lookInMs, notBefore) };
  const same = phase.name === 'held' && phase.reasons.join() === reasons.join();
  if (same && !alarmNow) return { agent, commands: [arm] };
  const why = reasons.map((reason) => reasonSentences[reason]).join('; ');
  const id = lossId(agent.key.agentId, loss.epoch);
  return {
    agent: { ...agent, phase: { name: 'held', loss, dueAt, reasons, since, alarmed: wasAlarmed || alarmNow } },
    commands: [
      arm,
      ...(same
        ? []
        : [note({ what: 'held', loss: loss.epoch, reasons, sentence: `Held: ${why}. ${evidence}`.trim() })]),
      ...(alarmNow ? alarm(loss.epoch, `Loss ${id} has been held for ${seconds(now - since)}: ${why}.`) : []),
    ],
  };
}

function settleSignedOut(agent: Agent, phase: Waiting, state: string, now: number): Decision {
  const sentence = `The CTI server says ${state}: already signed out, nothing is sent.`;
  return {
    agent: { ...agent, signedIn: 'no', phase: { name: 'settled', outcome: 'alreadySignedOut', at: now } },
    commands: [note({ what: 'outcome', loss: phase.loss.epoch, outcome: 'alreadySignedOut', sentence })],
  };
}

function presentAfterAll(
  agent: Agent,
  phase: Waiting,
  look: Extract<LastLook, { answer: 'holds' }>,
  now: number,
): Decision {
  const { desktop } = look;
  const sentence = `Last look: server ${desktop.serverId} holds desktop ${desktop.desktopId}; the record was wrong and is repaired.`;
  const desktops = { ...agent.desktops, [desktop.connection]: desktop };
  return becomePresent({ ...agent, desktops }, now, false, [
    note({ what: 'outcome', loss: phase.loss.epoch, outcome: 'presentAfterAll', sentence }),
  ]);
}

function issue(agent: Agent, phase: Waiting, evidence: string, now: number, policy: Policy): Decision {
  const { action, reasonCode } = policy.stages[phase.loss.stage] ?? policy.stages[0];
  const { epoch } = agent;
  const loss = { ...phase.loss, attempts: phase.loss.attempts + 1 };
  const deadline = now + policy.issuingMsMax;
  const sentence = `Request ${String(loss.attempts)}: ${action} with reason ${String(reasonCode)}. ${evidence}.`;
  return {
    agent: {
      ...agent,
      phase: { name: 'issuing', loss, dueAt: phase.dueAt, action, since: now, deadline, alarmed: false },
    },
    commands: [
      { type: 'armWakeUp', epoch, at: deadline },
      note({ what: 'issuing', loss: loss.epoch, action, reasonCode, attempt: loss.attempts, sentence }),
      { type: 'request', epoch, attempts: loss.attempts, action, reasonCode },
    ],
  };
}
