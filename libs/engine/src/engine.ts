import { type Agent, type AgentKey, lossOf } from '#domain/agent';
import { type Command, type Decision, type Entry } from '#domain/command';
import { decide } from '#domain/decide';
import { type AgentEvent } from '#domain/event';
import { type Policy } from '#domain/policy';
import {
  type AgentStore,
  type CommitAnswer,
  type CtiDesk,
  type IssuingRefusal,
  type Observer,
  type WakeUps,
  type Witnesses,
} from './ports';

/** Commits of one event that may fail because somebody else was first; more than this is a fault, not a race. */
export const conflictsMax = 20;

/** Follow-up events of one event: wake-up, facts, last look, request, outcome and a refusal. */
export const followUpsMax = 8;

/** A request that has not left within this time of its commit is not sent: its worker was frozen. Monotonic clock. */
export const sendWindowMs = 2_000;

export interface EngineParts {
  readonly store: AgentStore;
  readonly wakeUps: WakeUps;
  readonly witnesses: Witnesses;
  readonly desk: CtiDesk;
  readonly observer: Observer;
  readonly policyOf: (key: AgentKey) => Policy;
  /** Milliseconds that never jump; only differences count. */
  readonly monotonicMs: () => number;
}

export interface Handled {
  readonly agent: Agent;
  /** True when the event changed the record. */
  readonly changed: boolean;
}

/** One committed step, and when its commit was begun on the monotonic clock. */
interface Step extends Handled {
  /** True when nothing was decided: the record had no longer the version that the event is about. */
  readonly isOutdated: boolean;
  readonly commands: readonly Command[];
  readonly now: number;
  readonly begunMs: number;
  readonly refused: IssuingRefusal | 'early' | null;
}

/** Thrown when an event could not be committed against ever newer versions of its record. */
export class ConflictsExhausted extends Error {
  readonly code = 'CONFLICTS_EXHAUSTED';
  constructor(key: AgentKey, event: AgentEvent) {
    super(`Agent ${key.agentId}: ${event.type} met ${String(conflictsMax)} conflicting commits in a row; try again.`);
  }
}

/**
 * The only loop: load, decide, commit by version, run the commands. Wake-ups are armed before the commit, since an
 * orphan wake-up is harmless and a missing one is not; everything else happens after it, since what was not committed
 * did not happen. A wake-up that was due before the commit was done has found nothing to do, and is made again.
 */
export class Engine {
  constructor(private readonly parts: EngineParts) {}

  /** Handles one event and all that follows from it. Rejects with the store's error when it cannot be reached. */
  async handle(key: AgentKey, event: AgentEvent): Promise<Handled> {
    return this.finish(await this.commitOne(key, event, null));
  }

  /** As `handle`, but only while the record has the version that was loaded; null when it has changed since. */
  async handleAsOf(key: AgentKey, event: AgentEvent, version: string): Promise<Handled | null> {
    const step = await this.commitOne(key, event, version);
    const handled = await this.finish(step);
    return step.isOutdated ? null : handled;
  }

  /** Handles what follows from the first step. */
  private async finish(first: Step): Promise<Handled> {
    let step = first;
    let { changed } = first;
    for (let followUps = 0; ; followUps++) {
      const next = await this.followUp(step);
      if (next === null || followUps === followUpsMax) return { agent: step.agent, changed };
      step = await this.commitOne(first.agent.key, next, null);
      changed ||= step.changed;
    }
  }

  /** @param asOf the version that the event is about; null: whatever the record is */
  private async commitOne(key: AgentKey, event: AgentEvent, asOf: string | null): Promise<Step> {
    const { store, policyOf, observer, monotonicMs } = this.parts;
    const armedInVain: number[] = [];
    for (let conflicts = 0; conflicts < conflictsMax; conflicts++) {
      const loadedMs = monotonicMs();
      const { agent: before, version, now } = await store.load(key);
      if (asOf !== null && version !== asOf) {
        const commands = orphansOf(armedInVain, before);
        return { agent: before, commands, changed: false, isOutdated: true, now, begunMs: loadedMs, refused: null };
      }
      const decision = decide(before, event, now, policyOf(key));
      await this.arm(key, decision, now);
      const begunMs = monotonicMs();
      const answer = await this.commit(before, version, decision);
      if (answer === 'conflict') {
        observer.conflicted(key, event);
        armedInVain.push(...armedEpochsOf(decision));
        continue;
      }
      const wrote = answer === 'committed' || (answer !== 'early' && answer.wrote);
      const changed = wrote && decision.agent !== before;
      if (wrote) observer.committed(before, decision.agent, event, entriesOf(decision), now);
      const refused = answer === 'committed' ? null : answer;
      const agent = wrote ? decision.agent : before;
      const follows = (): Command[] => [
        ...wokenTooSoon(decision, now + monotonicMs() - loadedMs),
        ...orphansOf(armedInVain, agent),
      ];
      return {
        agent,
        commands: answer === 'committed' ? [...decision.commands, ...follows()] : [],
        changed,
        isOutdated: false,
        now,
        begunMs,
        refused,
      };
    }
    throw new ConflictsExhausted(key, event);
  }

  private async arm(key: AgentKey, decision: Decision, now: number): Promise<void> {
    for (const command of decision.commands) {
      if (command.type === 'armWakeUp') await this.parts.wakeUps.arm(key, command.epoch, command.at, now);
    }
  }

  private async commit(before: Agent, expectedVersion: string, decision: Decision): Promise<CommitAnswer> {
    const entries = entriesOf(decision);
    if (decision.agent === before && entries.length === 0) return 'committed';
    const { phase } = decision.agent;
    const issuing = phase.name === 'issuing' && before.phase.name !== 'issuing' ? { notBefore: phase.dueAt } : null;
    return this.parts.store.commit({ before, agent: decision.agent, expectedVersion, entries, issuing });
  }

  /** Runs what is left to do after a commit; at most one command of a decision has an event to answer with. */
  private async followUp(step: Step): Promise<AgentEvent | null> {
    const { epoch } = step.agent;
    // The store's clock went back since the load: look again, and the due time is met by a new wake-up.
    if (step.refused === 'early') return { type: 'wokenUp', epoch };
    if (step.refused !== null) {
      const { refused: reason, nextAt, isTurn, evidence } = step.refused;
      return { type: 'issuingRefused', epoch, reason, nextAt, isTurn, evidence };
    }
    let answer: AgentEvent | null = null;
    for (const command of step.commands) answer = (await this.run(step, command)) ?? answer;
    return answer;
  }

  private async run(step: Step, command: Command): Promise<AgentEvent | null> {
    const { agent } = step;
    const { wakeUps, witnesses, desk, observer } = this.parts;
    switch (command.type) {
      case 'armWakeUp':
      case 'note':
        return null;
      case 'disarmWakeUp':
        await wakeUps.disarm(agent.key, command.epoch);
        return null;
      case 'wakeNow':
        await wakeUps.wakeNow(agent.key, command.epoch);
        return null;
      case 'alarm':
        observer.raised(agent, command.sentence);
        return null;
      case 'findFacts':
        return { type: 'factsFound', epoch: command.epoch, facts: await witnesses.findFacts(agent, step.now) };
      case 'askLastLook': {
        const look = await witnesses.askLastLook(agent);
        return {
          type: 'lastLookAnswered',
          epoch: command.epoch,
          look,
          facts: await witnesses.findFacts(agent, step.now),
        };
      }
      case 'request': {
        const result = await desk.request(agent, command, this.sendGuard(step));
        observer.requested(command, result);
        return { type: 'outcomeSeen', epoch: command.epoch, attempts: command.attempts, result };
      }
      case 'settleDoubt': {
        const result = await desk.settleDoubt(agent, command);
        return { type: 'outcomeSeen', epoch: command.epoch, attempts: command.attempts, result };
      }
      case 'withdraw': {
        const result = await desk.withdraw(agent, command, this.sendGuard(step));
        return { type: 'outcomeSeen', epoch: command.epoch, attempts: command.attempts, result };
      }
      case 'restoreReady': {
        const result = await desk.restoreReady(agent, command, this.sendGuard(step));
        return { type: 'restored', epoch: command.epoch, ...result };
      }
    }
  }

  /** Whatever changes an agent's state leaves soon after the commit it rests on, or not at all. */
  private sendGuard({ begunMs }: Step): () => boolean {
    return () => this.parts.monotonicMs() - begunMs < sendWindowMs;
  }
}

function armedEpochsOf(decision: Decision): number[] {
  return decision.commands.flatMap((command) => (command.type === 'armWakeUp' ? [command.epoch] : []));
}

/**
 * Wake-ups that were armed for commits which somebody else was ahead of, and that are nobody's now: without this an agent
 * who flaps between two servers would have several jobs at a time. Epochs only grow, so a wake-up of an epoch that is
 * over, or of one in which the agent is not absent, is not wanted by anybody else either.
 */
function orphansOf(armedInVain: readonly number[], { epoch, phase }: Agent): Command[] {
  const isOver = (armed: number): boolean => armed < epoch || (armed === epoch && !waitsForAnything(phase));
  return [...new Set(armedInVain)].filter(isOver).map((armed) => ({ type: 'disarmWakeUp', epoch: armed }));
}

/** Wake-ups of that decision that were due before it was committed, which was at `committedAt` (epoch ms, store time) at the latest. */
function wokenTooSoon({ commands }: Decision, committedAt: number): Command[] {
  return commands.flatMap((command) =>
    command.type === 'armWakeUp' && command.at <= committedAt ? [{ type: 'wakeNow', epoch: command.epoch }] : [],
  );
}

function waitsForAnything(phase: Agent['phase']): boolean {
  return lossOf(phase) !== undefined || (phase.name === 'present' && phase.restore !== null);
}

function entriesOf(decision: Decision): readonly Entry[] {
  return decision.commands.flatMap((command) => (command.type === 'note' ? [command.entry] : []));
}
