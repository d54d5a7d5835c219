import { ReasonCode } from '#cti-protocol/enumerations';
import { type JournalLine } from '#store/journal-line';
import { Random } from '../kit/random';
import { type CtiRequest } from '../kit/site/site';
import { pause } from '../kit/wait';
import { judge } from '../sim/oracle';
import { type Observation } from '../sim/oracle-log';
import { type Violation } from '../sim/oracle-rules';
import { type Experiment } from './experiment';
import { rulesOf } from './fault-times';
import { latenessOf } from './lateness';
import { type Row, variantOf } from './row';

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
  /** How long the latest of them is out after its latest time, or still signed in, in ms; 0 without any. */
  readonly overdueMs: number;
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

/** Plays a row once on that experiment and judges it. Rejects when the row could not be played. */
export async function runRow(row: Row, experiment: Experiment, seed: number, run: number): Promise<RunResult> {
  const startedAt = Date.now();
  const own = [...((await row.play(experiment, new Random(seed, row.number * 1_000_003 + run), run)) ?? [])];
  const wanted = new Set(
    experiment.desktops
      .filter(({ isWanted, isFedBy }) => isWanted || isFedBy === 'available')
      .map(({ agentId }) => agentId),
  );
  const agentIds = new Set(experiment.desktops.map(({ agentId }) => agentId));
  const ghosts = [...agentIds].filter((agentId) => !wanted.has(agentId));
  await experiment.untilAcknowledged(experiment.desktops).catch((error: unknown) => own.push((error as Error).message));
  const left = await untilOut(experiment, ghosts);
  await pause(experiment.times.graceMs + quietMarginMs);
  const endsAt = Date.now();
  const observations = await observationsOf(experiment, startedAt, agentIds);
  const violations = await judged(experiment, observations, startedAt, endsAt, agentIds);
  const of = (...invariants: Violation['invariant'][]): Set<string> =>
    new Set(violations.filter(({ invariant }) => invariants.includes(invariant)).map(({ agentId }) => agentId));
  const late = new Set([...of('I3'), ...left]);
  const lateness = latenessOf(observations, experiment.times).map(({ lateMs }) => lateMs);
  return {
    ...{ row: row.number, run, seed, variant: variantOf(row, run), agents: agentIds.size },
    ...{ ghosts: ghosts.length, survivors: wanted.size },
    wrongLogouts: of('I1', 'I2', 'I5').size,
    ghostsLate: late.size,
    overdueMs: Math.max(0, ...violations.map(({ lateMs }) => lateMs ?? 0)),
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
export async function untilOut(experiment: Experiment, ghosts: readonly string[]): Promise<string[]> {
  const giveUpAt = Date.now() + latestMs(experiment, ghosts.length);
  for (;;) {
    const askedAt = Date.now();
    const signedIn = await experiment.site.notForcedOut();
    const left = ghosts.filter((agentId) => signedIn.has(agentId));
    if (left.length === 0 || Date.now() > giveUpAt) return left;
    await pause(Math.max(pollMs, restsPerLook * (Date.now() - askedAt)));
  }
}

function latestMs({ times, needs }: Experiment, ghosts: number): number {
  const { graceMs, graceServerLostMs, detectionMs, leaseMs, sweepMs, massLoss } = times;
  const plain = Math.max(graceMs + detectionMs, graceServerLostMs + leaseMs) + 2 * sweepMs;
  const rules = rulesOf(times, false);
  const protection = needs.protectsSides
    ? massLoss.holdMsMax + (ghosts / massLoss.slowPerSecondMax) * 1_000 + minuteMs
    : 0;
  return plain + protection + rules.epsilonFaultMs + rules.epsilonMs;
}

/** The desktops' own log and the CTI server's, on one clock that begins with the run. */
export async function observationsOf(
  experiment: Experiment,
  startedAt: number,
  agentIds: ReadonlySet<string>,
): Promise<Observation[]> {
  const requests = await experiment.site.requestsSince(startedAt);
  const seen = requests.flatMap((request): Observation[] => {
    const { id, at, outcomeAt, agentId, stateName, effective, outcome } = request;
    if (!agentIds.has(agentId) || (stateName !== 'LOGOUT' && stateName !== 'NOT_READY')) return [];
    if (isWithdrawal(request, requests)) return [];
    const asked = stateName === 'LOGOUT' ? 'logout' : 'notReady';
    const requested: Observation = { at, what: 'requested', request: id, agentId, asked };
    if (!effective) return [requested];
    const became = outcome === 'loggedOut' ? 'loggedOut' : 'notReady';
    return [requested, { at: outcomeAt, what: 'took', request: id, agentId, became }];
  });
  return [...experiment.observations, ...seen]
    .map((observation) => onClock(observation, startedAt))
    .sort((one, other) => one.at - other.at);
}

/**
 * A Not Ready that takes the place of a pending logout and asks for the very state in which a request of ours had left the
 * agent, with its reason: nothing is forced by it. With any other reason it is judged as what it is.
 */
export function isWithdrawal(request: CtiRequest, all: readonly CtiRequest[]): boolean {
  const { id, at, agentId, stateName } = request;
  if (stateName !== 'NOT_READY') return false;
  const earlier = all.filter((other) => other.agentId === agentId && other.id < id);
  const replaces = earlier.some(
    (other) => other.stateName === 'LOGOUT' && other.outcome === 'replaced' && other.outcomeAt >= at,
  );
  const standing = earlier.findLast((other) => other.effective);
  return replaces && standing?.stateName === 'NOT_READY' && reasonOf(standing) === reasonOf(request);
}

/** Of an agent's state after that request; UCCE gives a reason of its own to what a supervisor orders. */
function reasonOf({ bySupervisor, reasonCode }: CtiRequest): number {
  return bySupervisor ? ReasonCode.SUPERVISOR_FORCED : reasonCode;
}

function onClock(observation: Observation, startedAt: number): Observation {
  const at = observation.at - startedAt;
  if (observation.what === 'ended') return { ...observation, at, heardAt: observation.heardAt - startedAt };
  if (observation.what === 'disturbed' || observation.what === 'writesLost' || observation.what === 'sourceAway')
    return { ...observation, at, until: observation.until - startedAt };
  return { ...observation, at };
}

/**
 * Lines carry the time of the Redis host's clock. After a step ahead that is corrected, they are put back by it. After a
 * step back there is nothing to add: Redis keeps to the time of its latest line.
 */
function withoutSteps(lines: readonly JournalLine[]): JournalLine[] {
  let shiftMs = 0;
  return lines.map((line) => {
    if (line.entry.what === 'clockCorrected') shiftMs += Math.min(0, line.entry.shiftMs);
    return { ...line, at: line.at + shiftMs };
  });
}

async function judged(
  experiment: Experiment,
  observations: readonly Observation[],
  startedAt: number,
  endsAt: number,
  agentIds: ReadonlySet<string>,
): Promise<Violation[]> {
  const lines = experiment.isBaseline ? [] : await experiment.site.journal(startedAt);
  const journal = withoutSteps(lines).filter(({ agentId }) => agentIds.has(agentId));
  const rules = rulesOf(experiment.times, experiment.needs.protectsSides);
  const found = judge(observations, journal, { rules, endsAt: endsAt - startedAt, journalEpochMs: startedAt });
  // The baseline keeps no journal, and nobody expects it to.
  return experiment.isBaseline ? found.filter(({ invariant }) => invariant !== 'I7') : found;
}
