import { type JournalLine } from '#store/journal-line';
import { type Observation } from './oracle-log';
import { type OracleRules, type Violation } from './oracle-rules';

/** From the commit of issuing to the last request that may follow from it: Not Ready, its proof, then the sign-out. */
const requestMsMax = 45_000;
/** A desktop that is acknowledged has ended the loss before; the clocks of log and journal differ by a way. */
const outcomeMsMax = 5_000;

/**
 * I7: every decision is in the journal. Each request that the CTI server received has its line `issuing` before it, and
 * each loss whose beginning is told, and that is over by the desktops' log, has its line `outcome`. A loss that a return
 * ended may be left out as a whole (agent-lines.ts). It tells of no sign-in that was none.
 *
 * @param epochMs what the clock of the observations is to be added to for the journal's times
 */
export function judgeJournal(
  observations: readonly Observation[],
  journal: readonly JournalLine[],
  rules: OracleRules,
  epochMs: number,
): Violation[] {
  const lines = new Map<string, JournalLine[]>();
  for (const line of journal) {
    const own = lines.get(line.agentId);
    if (own === undefined) lines.set(line.agentId, [line]);
    else own.push(line);
  }
  const found: Violation[] = [];
  for (const observation of observations) {
    if (observation.what !== 'requested') continue;
    const { at, agentId, request } = observation;
    const isTold = (lines.get(agentId) ?? []).some(
      (line) =>
        line.entry.what === 'issuing' &&
        line.at - epochMs <= at + rules.wayMsMax &&
        line.at - epochMs >= at - requestMsMax,
    );
    if (!isTold && !isLost(observations, at - requestMsMax, at))
      found.push({ invariant: 'I7', at, agentId, sentence: `request ${String(request)} is not in the journal` });
  }
  return [
    ...found,
    ...lossesWithoutEnd(observations, lines, epochMs),
    ...signInsThatWereNone(observations, lines, { epochMs, wayMsMax: rules.wayMsMax }),
  ];
}

/** Whether the store forgot something of that time. */
function isLost(observations: readonly Observation[], from: number, until: number): boolean {
  return observations.some(
    (observation) => observation.what === 'writesLost' && observation.at <= until && observation.until >= from,
  );
}

function lossesWithoutEnd(
  observations: readonly Observation[],
  lines: ReadonlyMap<string, readonly JournalLine[]>,
  epochMs: number,
): Violation[] {
  const found: Violation[] = [];
  const acknowledged = acknowledgedOf(observations);
  for (const [agentId, own] of lines) {
    const ended = new Set(own.flatMap(({ entry }) => (entry.what === 'outcome' ? [entry.loss] : [])));
    for (const { entry, at: toldAt } of own) {
      if (entry.what !== 'lossBegan' || ended.has(entry.loss)) continue;
      const at = toldAt - epochMs;
      const back = acknowledged.get(agentId)?.find((observation) => observation.at > at + outcomeMsMax);
      if (back === undefined || isLost(observations, at, back.at + outcomeMsMax)) continue;
      const sentence = `loss ${agentId}@${String(entry.loss)} began at ${String(at)} ms, a desktop was acknowledged at ${String(Math.round(back.at))} ms, and the journal tells no outcome`;
      found.push({ invariant: 'I7', at: back.at, agentId, sentence });
    }
  }
  return found;
}

/**
 * A record that was told of a sign-out is told of a sign-in after it, when there was one. The sign-out is written after it
 * happened, so between that line and the one of the sign-in the agent must have signed in.
 */
function signInsThatWereNone(
  observations: readonly Observation[],
  lines: ReadonlyMap<string, readonly JournalLine[]>,
  { epochMs, wayMsMax }: { readonly epochMs: number; readonly wayMsMax: number },
): Violation[] {
  const found: Violation[] = [];
  const changes = signChangesOf(observations);
  for (const [agentId, own] of lines) {
    let isOutSince: number | null = null;
    for (const { entry, at: toldAt } of own) {
      const at = toldAt - epochMs;
      if (saysOut(entry)) isOutSince = at;
      if (!saysIn(entry) || isOutSince === null) continue;
      const last = changes.get(agentId)?.findLast((change) => change.at <= at + wayMsMax);
      if (last?.isIn === false && last.at + wayMsMax < isOutSince) {
        const sentence = `the journal tells of a sign-in at ${String(at)} ms; the agent has been signed out since ${String(Math.round(last.at))} ms, and the record knew it`;
        found.push({ invariant: 'I7', at, agentId, sentence });
      }
      isOutSince = null;
    }
  }
  return found;
}

function saysIn(entry: JournalLine['entry']): boolean {
  return entry.what === 'signedIn' || (entry.what === 'lossBegan' && entry.cause === 'withoutDesktop');
}

function saysOut(entry: JournalLine['entry']): boolean {
  return entry.what === 'signedOut' || (entry.what === 'outcome' && outOutcomes.has(entry.outcome));
}

const outOutcomes: ReadonlySet<string> = new Set(['loggedOut', 'raced', 'alreadySignedOut', 'signedOutByAgent']);

interface SignChange {
  readonly at: number;
  readonly isIn: boolean;
}

/** When each agent signed in and out, in the order of time. */
function signChangesOf(observations: readonly Observation[]): Map<string, SignChange[]> {
  const found = new Map<string, SignChange[]>();
  for (const observation of observations) {
    const isIn = observation.what === 'signedIn';
    const isOut =
      observation.what === 'signedOut' || (observation.what === 'took' && observation.became === 'loggedOut');
    if (!isIn && !isOut) continue;
    const own = found.get(observation.agentId);
    if (own === undefined) found.set(observation.agentId, [{ at: observation.at, isIn }]);
    else own.push({ at: observation.at, isIn });
  }
  return found;
}

/** Of each agent, in the order of time. */
function acknowledgedOf(observations: readonly Observation[]): Map<string, Observation[]> {
  const found = new Map<string, Observation[]>();
  for (const observation of observations) {
    if (observation.what !== 'acknowledged') continue;
    const own = found.get(observation.agentId);
    if (own === undefined) found.set(observation.agentId, [observation]);
    else own.push(observation);
  }
  return found;
}
