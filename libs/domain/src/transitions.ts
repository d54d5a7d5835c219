/**
 * The transitions of an agent's record, each written once: a loss begins, is held, and is settled; the agent becomes
 * present. The other files of `decide` say when; nobody else builds a phase that waits for something.
 */
import {
  type Agent,
  type Cause,
  type Desktop,
  type HoldReason,
  type Loss,
  lossId,
  type Outcome,
  type Restore,
} from './agent';
import { alarm, type Command, type Decision, note } from './command';
import { dueAtOf, firstStage, type Policy } from './policy';

/** Names of the conditions as an operator reads them in the journal. */
const reasonSentences: Readonly<Record<HoldReason, string>> = {
  outage: 'a link or side is out of service',
  call: 'the agent is on a call',
  massLoss: 'the side lost too many desktops at once and is protected',
  operator: 'an operator holds the side',
  generation: 'Redis changed and not every server has re-asserted its desktops',
  replicas: 'the store could not reach all replicas',
  clock: "the store's clock jumped",
  serverSilent: 'a live server did not answer the presence check',
  rate: 'the limit of requests is reached',
  rejected: 'the CTI server rejected the request',
  unknownAgent: 'the CTI server does not know the agent',
};

/** How soon a loss is looked at again when it is not for `heldLookMs` to say. */
const lookAgainMs: Readonly<Partial<Record<HoldReason, number>>> = {
  serverSilent: 5_000,
  rate: 1_000,
  generation: 1_000,
  replicas: 1_000,
  clock: 1_000,
};

/** An agent that the CTI server does not know for so long is an alarm: its id may be wrong. */
export const unknownAgentMsMax = 60_000;

/** A loss that begins. */
export interface Beginning {
  readonly cause: Cause;
  /** The last desktop; null when the agent had none. */
  readonly desktop: Desktop | null;
  /** What happened, as a sentence for the journal. */
  readonly sentence: string;
  /** Nothing but an alarm is wanted. */
  readonly isWarned?: boolean;
}

/** Grace begins, under a new epoch, with a wake-up at its end. */
export function beginLoss(agent: Agent, beginning: Beginning, now: number, policy: Policy): Decision {
  const { cause, desktop, sentence, isWarned = false } = beginning;
  const epoch = agent.epoch + 1;
  const stage = firstStage(policy, isWarned);
  const loss: Loss = {
    epoch,
    cause,
    lostAt: now,
    desktop,
    stage,
    attempts: 0,
    heldSince: null,
    alarmed: false,
    released: cause === 'operator',
    wasReady: false,
    reasonBefore: null,
    notReadyCode: null,
  };
  const dueAt = dueAtOf(policy, cause, stage, now);
  const due = `Loss ${lossId(agent.key.agentId, epoch)} is due in ${seconds(dueAt - now)}.`;
  return {
    agent: { ...agent, epoch, phase: { name: 'grace', loss, dueAt } },
    commands: [
      { type: 'armWakeUp', epoch, at: dueAt },
      note({ what: 'lossBegan', loss: epoch, cause, desktop, lostAt: now, dueAt, sentence: `${sentence} ${due}` }),
    ],
  };
}

/** A loss that is due and must wait. */
export interface Hold {
  readonly loss: Loss;
  readonly dueAt: number;
  readonly reasons: readonly HoldReason[];
  readonly evidence: string;
  /** When to look again (epoch ms); null: as the reasons and the policy say. */
  readonly lookAt: number | null;
}

/** It keeps its first `heldSince`. The same reasons again are not written again, only looked at again later. */
export function hold(agent: Agent, held: Hold, now: number, policy: Policy): Decision {
  const { dueAt, reasons, evidence } = held;
  const { phase } = agent;
  const since = held.loss.heldSince ?? now;
  const alarmNow = !held.loss.alarmed && now - since > alarmAfterMs(reasons, policy);
  const lookInMs = Math.min(...reasons.map((reason) => lookAgainMs[reason] ?? policy.heldLookMs));
  const arm: Command = { type: 'armWakeUp', epoch: agent.epoch, at: held.lookAt ?? now + lookInMs };
  const isSame =
    phase.name === 'held' &&
    phase.loss === held.loss &&
    phase.dueAt === dueAt &&
    phase.reasons.join() === reasons.join();
  if (isSame && !alarmNow) return { agent, commands: [arm] };
  const loss: Loss = { ...held.loss, heldSince: since, alarmed: held.loss.alarmed || alarmNow };
  const why = reasons.map((reason) => reasonSentences[reason]).join('; ');
  const id = lossId(agent.key.agentId, loss.epoch);
  const sentence = `Held: ${why}. ${evidence}`.trim();
  return {
    agent: { ...agent, phase: { name: 'held', loss, dueAt, reasons } },
    commands: [
      arm,
      ...(isSame ? [] : [note({ what: 'held', loss: loss.epoch, reasons, sentence })]),
      ...(alarmNow ? alarm(loss.epoch, `Loss ${id} has been held for ${seconds(now - since)}: ${why}.`) : []),
    ],
  };
}

function alarmAfterMs(reasons: readonly HoldReason[], { heldMsMax }: Policy): number {
  return reasons.includes('unknownAgent') ? Math.min(unknownAgentMsMax, heldMsMax) : heldMsMax;
}

/** Presence begins a new epoch, so whatever was under way for the old one is stale. */
export function becomePresent(agent: Agent, restore: Restore | null, commands: readonly Command[]): Decision {
  const epoch = agent.epoch + 1;
  return {
    agent: { ...agent, epoch, hadDesktop: true, phase: { name: 'present', restore } },
    // After the commit: a wake-up that is due at once could come before it, and would find nothing to do.
    commands: restore === null ? commands : [...commands, { type: 'wakeNow', epoch }],
  };
}

/** How a loss ended, with the sentence that proves it. */
export interface Ending {
  readonly loss: Loss;
  readonly outcome: Outcome;
  readonly sentence: string;
}

/** The loss is over and the agent has no desktop. */
export function settle(agent: Agent, { loss, outcome, sentence }: Ending, now: number): Decision {
  return {
    agent: { ...agent, phase: { name: 'settled', outcome, at: now } },
    commands: [note({ what: 'outcome', loss: loss.epoch, outcome, sentence })],
  };
}

export function hasDesktop(agent: Agent): boolean {
  return Object.keys(agent.desktops).length > 0;
}

/** Milliseconds as an operator reads them: `4.2 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
