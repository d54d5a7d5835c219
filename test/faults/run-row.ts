import { judge } from '../sim/oracle';
import { type Sight } from '../sim/oracle-log';
import { type Violation } from '../sim/oracle-rules';
import { Random } from '../kit/random';
import { rulesOf } from './fault-times';
import { latenessOf } from './lateness';
import { type Row, variantOf } from './row';
import { pause } from '../kit/wait';
import { type Stage } from './stage';

/** What one run of one row came to. */
export interface RunResult {
  readonly row: number;
  readonly run: number;
  readonly seed: number;
  readonly variant: string | undefined;
  readonly agents: number;
  /** Agents who were to be signed out, and who were not to be. */
  readonly ghosts: number;
  readonly survivors: number;
  /** Agents who were signed out, or set Not Ready, against I1, I2 or I5. */
  readonly wrongLogouts: number;
  /** Ghosts against I3. */
  readonly ghostsLate: number;
  /** Null without a ghost that was signed out. */
  readonly worstLateMs: number | null;
  readonly tookMs: number;
  /** Sentences: the oracle's, and the row's own. */
  readonly violations: readonly string[];
}

const pollMs = 250;
/** With thousands of agents a look is work for the CTI server: it is not to have less than so many times as long without one. */
const restsPerLook = 5;
/** The limit of a minute may hold the last ones up. */
const minuteMs = 60_000;
/** A moment for what is on its way, after the last grace that may be running is over. */
const quietMarginMs = 700;

/** Plays a row once on that stage and judges it. Rejects when the row could not be played. */
export async function runRow(row: Row, stage: Stage, seed: number, run: number): Promise<RunResult> {
  const startedAt = Date.now();
  const own = [...((await row.play(stage, new Random(seed, row.number * 1_000_003 + run), run)) ?? [])];
  const wanted = new Set(
    stage.seats.filter(({ isWanted, isFedBy }) => isWanted || isFedBy === 'available').map(({ agentId }) => agentId),
  );
  const agentIds = new Set(stage.seats.map(({ agentId }) => agentId));
  const ghosts = [...agentIds].filter((agentId) => !wanted.has(agentId));
  await stage.untilAcknowledged(stage.seats).catch((error: unknown) => own.push((error as Error).message));
  const left = await untilOut(stage, ghosts);
  await pause(stage.times.graceMs + quietMarginMs);
  const endsAt = Date.now();
  const sights = await sightsOf(stage, startedAt, agentIds);
  const violations = await judged(stage, sights, startedAt, endsAt, agentIds);
  const of = (...invariants: Violation['invariant'][]): Set<string> =>
    new Set(violations.filter(({ invariant }) => invariants.includes(invariant)).map(({ agentId }) => agentId));
  const late = new Set([...of('I3'), ...left]);
  const lateness = latenessOf(sights, stage.times).map(({ lateMs }) => lateMs);
  return {
    ...{ row: row.number, run, seed, variant: variantOf(row, run), agents: agentIds.size },
    ...{ ghosts: ghosts.length, survivors: wanted.size },
    wrongLogouts: of('I1', 'I2', 'I5').size,
    ghostsLate: late.size,
    worstLateMs: lateness.length === 0 ? null : Math.max(...lateness),
    tookMs: endsAt - startedAt,
    violations: [
      ...violations.map(
        ({ invariant, at, agentId, sentence }) => `${invariant} at ${String(at)} ms, agent ${agentId}: ${sentence}`,
      ),
      ...left.filter((id) => !of('I3').has(id)).map((agentId) => `agent ${agentId} is still signed in`),
      ...own,
    ],
  };
}

/** Those who are still signed in when the latest time is over that any rule gives. */
export async function untilOut(stage: Stage, ghosts: readonly string[]): Promise<string[]> {
  const giveUpAt = Date.now() + latestMs(stage, ghosts.length);
  for (;;) {
    const askedAt = Date.now();
    const signedIn = await stage.signedIn();
    const left = ghosts.filter((agentId) => signedIn.has(agentId));
    if (left.length === 0 || Date.now() > giveUpAt) return left;
    await pause(Math.max(pollMs, restsPerLook * (Date.now() - askedAt)));
  }
}

function latestMs({ times, needs }: Stage, ghosts: number): number {
  const { graceMs, graceServerLostMs, detectionMs, leaseMs, sweepMs, massLoss } = times;
  const plain = Math.max(graceMs + detectionMs, graceServerLostMs + leaseMs) + 2 * sweepMs;
  const rules = rulesOf(times, false);
  const protection = needs.protectsSides
    ? massLoss.holdMsMax + (ghosts / massLoss.slowPerSecondMax) * 1_000 + minuteMs
    : 0;
  return plain + protection + rules.epsilonFaultMs + rules.epsilonMs;
}

/** The desktops' own log and the CTI server's, on one clock that begins with the run. */
export async function sightsOf(stage: Stage, startedAt: number, agentIds: ReadonlySet<string>): Promise<Sight[]> {
  const requests = await stage.requests(startedAt);
  const seen = requests.flatMap((request): Sight[] => {
    const { id, at, outcomeAt, agentId, stateName, effective, outcome } = request;
    if (!agentIds.has(agentId) || (stateName !== 'LOGOUT' && stateName !== 'NOT_READY')) return [];
    const asked = stateName === 'LOGOUT' ? 'logout' : 'notReady';
    const requested: Sight = { at, what: 'requested', request: id, agentId, asked };
    if (!effective) return [requested];
    const became = outcome === 'loggedOut' ? 'loggedOut' : 'notReady';
    return [requested, { at: outcomeAt, what: 'took', request: id, agentId, became }];
  });
  return [...stage.sights, ...seen].map((sight) => onClock(sight, startedAt)).sort((one, other) => one.at - other.at);
}

function onClock(sight: Sight, startedAt: number): Sight {
  const at = sight.at - startedAt;
  if (sight.what === 'ended') return { ...sight, at, heardAt: sight.heardAt - startedAt };
  if (sight.what === 'disturbed' || sight.what === 'writesLost' || sight.what === 'sourceAway')
    return { ...sight, at, until: sight.until - startedAt };
  return { ...sight, at };
}

async function judged(
  stage: Stage,
  sights: readonly Sight[],
  startedAt: number,
  endsAt: number,
  agentIds: ReadonlySet<string>,
): Promise<Violation[]> {
  const lines = stage.isBaseline ? [] : await stage.journalSince(startedAt);
  const journal = lines.filter(({ agentId }) => agentIds.has(agentId));
  const rules = rulesOf(stage.times, stage.needs.protectsSides);
  const found = judge(sights, journal, { rules, endsAt: endsAt - startedAt, journalEpochMs: startedAt });
  // The baseline keeps no journal, and nobody expects it to.
  return stage.isBaseline ? found.filter(({ invariant }) => invariant !== 'I7') : found;
}
