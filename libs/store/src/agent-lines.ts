import { type Entry } from '#domain/command';

/**
 * How many lines of the journal are about one agent. An agent whose presence flaps would push the history of all others
 * out: so of the lines that repeat with its presence only so many are written per interval. What is left out is counted,
 * and one line per agent and interval says how much that was.
 *
 * - Lines that repeat are the beginning of a loss, its end by a return, events that are not acted upon, and sign-ins and
 *   sign-outs at the CTI server that are no outcome of a loss. Every other line (a request, an outcome, a hold, an
 *   operator's act …) is always written.
 * - A loss is told whole or not at all. Its beginning is kept back until its end is known: with a return both are left
 *   out; before any other line about the agent the beginning is written first.
 *
 * `AgentLines` is this rule for a store in memory; agent-lines.lua.ts is the same inside the commit.
 */

/** Lines that repeat, of one agent and interval: a page that is reloaded ten times a minute is still told whole. */
export const repeatingLinesMax = 20;

/** The interval, and how long lines are left out before the sweep tells how many. */
export const leftOutMs = 60_000;

/** Agents whose left-out lines are told by one call of the script. */
export const agentsToldMax = 100;

/** What a line is to the rule; `null`: it is always written. */
export type Repeating =
  | { readonly kind: 'lossBegan'; readonly loss: number }
  | { readonly kind: 'returned'; readonly loss: number }
  | { readonly kind: 'suppressed' | 'signIn' };

export function repeatingOf(entry: Entry): Repeating | null {
  switch (entry.what) {
    case 'lossBegan':
      return entry.cause === 'operator' ? null : { kind: 'lossBegan', loss: entry.loss };
    case 'outcome':
      return entry.outcome === 'returned' ? { kind: 'returned', loss: entry.loss } : null;
    case 'suppressed':
      return { kind: 'suppressed' };
    case 'signedIn':
    case 'signedOut':
      return { kind: 'signIn' };
    case 'held':
    case 'graceRenewed':
    case 'released':
    case 'issuing':
    case 'inDoubt':
    case 'pending':
    case 'stageDone':
    case 'alarm':
    case 'operatorActed':
    case 'sideProtected':
    case 'dataLost':
    case 'clockCorrected':
    case 'linesLeftOut':
    case 'restored':
      return null;
  }
}

/** What was left out about one agent. */
export interface LeftOut {
  readonly agentId: string;
  /** Losses that a return ended, two lines each. */
  readonly losses: number;
  /** Events that were not acted upon. */
  readonly suppressed: number;
  /** Sign-ins and sign-outs. */
  readonly signIns: number;
}

export function linesLeftOutOf({ losses, suppressed, signIns }: Omit<LeftOut, 'agentId'>): number {
  return 2 * losses + suppressed + signIns;
}

/** The same sentence as in agent-lines.lua.ts. */
export function leftOutEntry(since: number, until: number, leftOut: LeftOut): Entry {
  const { losses, suppressed, signIns } = leftOut;
  const lines = String(linesLeftOutOf(leftOut));
  const sentence = `${lines} lines about this agent were left out within ${String(Math.max(0, Math.floor((until - since) / 1000)))} s: ${String(losses)} losses that ended with a return (2 lines each), ${String(suppressed)} events that were not acted upon, ${String(signIns)} sign-ins and sign-outs.`;
  return { what: 'linesLeftOut', loss: null, since, until, losses, suppressed, signIns, sentence };
}

interface WrittenLine {
  readonly epoch: number;
  readonly entry: Entry;
}

interface KeptBack extends WrittenLine {
  readonly loss: number;
}

interface State {
  /** When the interval began, and how many repeating lines were written in it. */
  since: number;
  written: number;
  /** Since when lines are left out or kept back; null: none are. */
  leftOutSince: number | null;
  losses: number;
  suppressed: number;
  signIns: number;
  /** Of the latest line that was left out. */
  epoch: number;
  keptBack: KeptBack | null;
}

/** The rule for all agents of a store. */
export class AgentLines {
  private constructor(private readonly states: Map<string, State>) {}

  static empty(): AgentLines {
    return new AgentLines(new Map());
  }

  copy(): AgentLines {
    return new AgentLines(new Map([...this.states].map(([agentId, state]) => [agentId, { ...state }])));
  }

  /** What is to be written now for one line of a commit, in order. `now`: epoch ms of the store's host. */
  write(agentId: string, line: WrittenLine, now: number): readonly WrittenLine[] {
    const repeating = repeatingOf(line.entry);
    const state = this.states.get(agentId) ?? fresh(now);
    if (repeating === null) {
      if (state.keptBack === null) return [line];
      return [...this.giveOut(state), line];
    }
    this.states.set(agentId, state);
    if (now < state.since || now - state.since >= leftOutMs) Object.assign(state, { since: now, written: 0 });
    if (repeating.kind === 'returned') {
      if (state.keptBack?.loss !== repeating.loss) return this.count(state, line);
      state.keptBack = null;
      state.losses += 1;
      return [];
    }
    const before = repeating.kind === 'lossBegan' ? this.giveOut(state) : [];
    if (state.written < repeatingLinesMax) return [...before, ...this.count(state, line)];
    state.leftOutSince ??= now;
    state.epoch = line.epoch;
    if (repeating.kind === 'lossBegan') state.keptBack = { ...line, loss: repeating.loss };
    else if (repeating.kind === 'suppressed') state.suppressed += 1;
    else state.signIns += 1;
    return before;
  }

  /** What is due to be told by now, with the lines to write. */
  takeDue(now: number): readonly { readonly leftOut: LeftOut; readonly lines: readonly WrittenLine[] }[] {
    const taken = [];
    for (const [agentId, state] of this.states) {
      const { leftOutSince, losses, suppressed, signIns, epoch } = state;
      if (leftOutSince === null) {
        if (now < state.since || now - state.since >= leftOutMs) this.states.delete(agentId);
        continue;
      }
      if (now >= leftOutSince && now - leftOutSince < leftOutMs) continue;
      const leftOut: LeftOut = { agentId, losses, suppressed, signIns };
      const kept = this.giveOut(state);
      const told = linesLeftOutOf(leftOut) > 0 ? [{ epoch, entry: leftOutEntry(leftOutSince, now, leftOut) }] : [];
      Object.assign(state, { leftOutSince: null, losses: 0, suppressed: 0, signIns: 0 });
      taken.push({ leftOut, lines: [...kept, ...told] });
    }
    return taken;
  }

  private count(state: State, line: WrittenLine): readonly WrittenLine[] {
    state.written += 1;
    return [line];
  }

  private giveOut(state: State): readonly WrittenLine[] {
    const { keptBack } = state;
    state.keptBack = null;
    return keptBack === null ? [] : this.count(state, keptBack);
  }
}

function fresh(now: number): State {
  return { since: now, written: 0, leftOutSince: null, losses: 0, suppressed: 0, signIns: 0, epoch: 0, keptBack: null };
}
