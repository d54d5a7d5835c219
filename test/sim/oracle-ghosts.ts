import { type Side } from '#domain/agent';
import { type ClockError } from './oracle-clock';
import { type Observation } from './oracle-log';
import { PolicyLog } from './oracle-policies';
import { type OracleRules, seconds, type Violation } from './oracle-rules';

/** `rules`: with the times of the most patient policy that anybody had. */
export interface GhostRules {
  readonly rules: OracleRules;
  readonly endsAt: number;
  readonly clockError: ClockError;
}

/**
 * I3: a ghost is out within detection + grace + ε. A ghost is an agent who is signed in, had a desktop (unless every
 * worker's policy signs out those who never had one), and has none that is open or being opened. The wait begins when the last one ended by its own view, and is longer
 *
 * - for the end of a lease and the next sweep, where the desktop's server died, was stopped or could vouch for nobody;
 * - until 2 s after the end of a call;
 * - until 15 s after the end of every fault that lies in it;
 * - by a whole grace from when the store is back, where it forgot the loss: it knows then who is missing, not since when;
 * - the same from when a source of presence is back that was going away, or was away, when the desktop ended;
 * - in a mass loss by 15 min and a second for each ghost (the longest hold, and the slow pace after it);
 * - by what the clock of the store's host makes of the time, once it has stepped;
 * - by the minutes in which the others of its crowd are let out (rule M4).
 */
export function judgeGhosts(
  observations: readonly Observation[],
  policies: PolicyLog,
  { rules, endsAt, clockError }: GhostRules,
): Violation[] {
  const ghosts = ghostsOf(observations, policies, endsAt);
  const faults = observations.flatMap((observation) =>
    observation.what === 'disturbed' ? [{ from: observation.at, until: observation.until }] : [],
  );
  const lapses = lapsesOf(observations, faults);
  const crowds = crowdsOf(ghosts);
  return ghosts.flatMap((ghost) => {
    const usual = deadlineOf(ghost, faults, crowdOf(ghost, crowds, rules), rules);
    const settled = Math.max(usual, ...lapses.map((lapse) => deadlineAfter(lapse, ghost, rules)));
    const deadline = settled + clockError(settled, settled - ghost.since);
    if (ghost.until <= deadline) return [];
    const end = ghost.until === endsAt ? 'is still signed in' : 'was signed out';
    const sentence = `without a desktop since ${String(Math.round(ghost.since))} ms, ${end} ${seconds(ghost.until - deadline)} after the latest time`;
    return [{ invariant: 'I3', at: ghost.until, agentId: ghost.agentId, sentence, lateMs: ghost.until - deadline }];
  });
}

/** Whether there is a ghost now: then a simulation is not at its end, whatever the product believes. */
export function hasGhost(observations: readonly Observation[], rules: OracleRules): boolean {
  const now = Number.POSITIVE_INFINITY;
  return ghostsOf(observations, new PolicyLog(observations, rules), now).some(({ until }) => until === now);
}

interface Fault {
  readonly from: number;
  readonly until: number;
}

/** What happened between these two is not known to the store, or to our servers; `backAt`: from when on they know again. */
interface Lapse extends Fault {
  readonly backAt: number;
}

function lapsesOf(observations: readonly Observation[], faults: readonly Fault[]): Lapse[] {
  return observations.flatMap((observation) => {
    if (observation.what === 'sourceAway')
      return [{ from: observation.at, until: observation.until, backAt: observation.until }];
    if (observation.what !== 'writesLost') return [];
    const around = faults.filter(({ from, until }) => from <= observation.until && observation.until <= until);
    return [
      {
        from: observation.at,
        until: observation.until,
        backAt: Math.max(observation.until, ...around.map(({ until }) => until)),
      },
    ];
  });
}

/** A loss is written when it is seen, so up to the time of detection later. */
function deadlineAfter(lapse: Lapse, { since }: Ghost, rules: OracleRules): number {
  const isForgotten = lapse.from <= since + rules.detectionMs && since <= lapse.until;
  return isForgotten ? lapse.backAt + longestGraceMs(rules) + rules.epsilonFaultMs + rules.sweepMs : since;
}

function longestGraceMs(rules: OracleRules): number {
  return Math.max(rules.graceMs + rules.detectionMs, rules.graceServerLostMs + rules.leaseMs + rules.sweepMs);
}

/** How many became ghosts around the time of each of them, in the order of time. */
function crowdsOf(ghosts: readonly Ghost[]): Crowd[] {
  const times = ghosts.map(({ since }) => since).sort((one, other) => one - other);
  let from = 0;
  let until = 0;
  return times.map((at) => {
    while ((times[from] ?? at) <= at - crowdMs) from += 1;
    while (until < times.length && (times[until] ?? at) < at + crowdMs) until += 1;
    return { size: until - from, at };
  });
}

/** The largest crowd that this ghost may have to wait with: one that came a while before is still held or let go slowly. */
function crowdOf({ since }: Ghost, crowds: readonly Crowd[], { massLoss }: OracleRules): Crowd {
  let largest: Crowd = { size: 0, at: since };
  for (const crowd of crowds) {
    if (crowd.at > since + crowdMs) break;
    if (crowd.at < since - massLoss.holdMsMax - crowdMs) continue;
    if (crowd.size > largest.size || (crowd.size === largest.size && crowd.at > largest.at)) largest = crowd;
  }
  return largest;
}

interface Crowd {
  readonly size: number;
  readonly at: number;
}

/** Losses within so much time of each other may hold each other up. */
const crowdMs = 150_000;

interface Ghost {
  readonly agentId: string;
  readonly since: number;
  readonly until: number;
  readonly calls: readonly { readonly from: number; readonly until: number }[];
}

interface Life {
  isIn: boolean;
  hadDesktop: boolean;
  /** When the first desktop that the store can know of was acknowledged. */
  recordedAt: number;
  /** The store forgot the agent while a desktop was open, and until then; null: it has been told of a desktop since. */
  forgottenUntil: number | null;
  /** What a logout became is dealt with, until the agent signs in again. */
  isDealtWith: boolean;
  /** Not Ready by a forced logout (LOAD 0): another one changes nothing, and is the end of the matter all the same. */
  isAsForced: boolean;
  readonly open: Map<string, Side>;
  ghostSince: number | null;
  readonly calls: Map<number, number>;
  callsDone: { from: number; until: number }[];
}

function ghostsOf(observations: readonly Observation[], policies: PolicyLog, endsAt: number): Ghost[] {
  const workers = new Set<string>();
  const lives = new Map<string, Life>();
  const asked = new Map<number, string>();
  const ghosts: Ghost[] = [];
  const of = (agentId: string): Life => {
    const known = lives.get(agentId);
    if (known !== undefined) return known;
    const fresh: Life = {
      isIn: false,
      hadDesktop: false,
      recordedAt: Number.POSITIVE_INFINITY,
      forgottenUntil: null,
      isDealtWith: false,
      isAsForced: false,
      open: new Map(),
      ghostSince: null,
      calls: new Map(),
      callsDone: [],
    };
    lives.set(agentId, fresh);
    return fresh;
  };
  const close = (agentId: string, life: Life, until: number): void => {
    if (life.ghostSince === null) return;
    const open = [...life.calls.values()].map((from) => ({ from, until }));
    ghosts.push({ agentId, since: life.ghostSince, until, calls: [...life.callsDone, ...open] });
    life.ghostSince = null;
  };
  const look = (agentId: string, life: Life, at: number): void => {
    const counts = life.hadDesktop || policies.signsOutPhones(at, workers);
    const isGhost = life.isIn && counts && !life.isDealtWith && life.open.size === 0;
    if (isGhost) life.ghostSince ??= at;
    else close(agentId, life, at);
  };
  for (const observation of observations) {
    if (observation.what === 'policy' || observation.what === 'workerDied') {
      if (observation.what === 'workerDied') workers.delete(observation.process);
      else if (observation.isWorker) workers.add(observation.process);
      for (const [agentId, life] of lives) look(agentId, life, observation.at);
    }
    if (observation.what === 'writesLost') for (const life of lives.values()) forget(life, observation);
    if (!('agentId' in observation)) continue;
    const life = of(observation.agentId);
    switch (observation.what) {
      case 'tried':
      case 'acknowledged':
        life.open.set(observation.desktop, observation.side);
        if (observation.what === 'acknowledged') {
          life.hadDesktop = true;
          life.recordedAt = Math.min(life.recordedAt, observation.at);
          life.forgottenUntil = null;
          life.isDealtWith = false;
        }
        break;
      case 'ended':
        life.open.delete(observation.desktop);
        endUnreported(life, observation);
        break;
      case 'signedIn':
        life.isIn = true;
        life.isDealtWith = false;
        // Somebody who signs in is about to open a desktop: grace begins again.
        close(observation.agentId, life, observation.at);
        break;
      case 'signedOut':
        life.isIn = false;
        life.isAsForced = false;
        break;
      case 'becameReady':
      case 'becameNotReady':
        life.isAsForced = false;
        break;
      case 'callBegan':
        life.isAsForced = false;
        life.calls.set(observation.callId, observation.at);
        break;
      case 'callEnded':
        life.callsDone.push({ from: life.calls.get(observation.callId) ?? observation.at, until: observation.at });
        life.calls.delete(observation.callId);
        break;
      case 'toldGone':
        break;
      case 'requested':
        asked.set(observation.request, observation.asked);
        if (observation.asked === 'logout' && life.isAsForced) life.isDealtWith = true;
        break;
      case 'took':
        // What a forced logout becomes is for LOAD to say: either way this ghost is dealt with.
        if (asked.get(observation.request) === 'logout') {
          life.isIn = observation.became !== 'loggedOut';
          life.isDealtWith = true;
          life.isAsForced = observation.became === 'notReady';
        }
    }
    look(observation.agentId, life, observation.at);
  }
  for (const [agentId, life] of lives) close(agentId, life, endsAt);
  return ghosts;
}

/**
 * The store forgot all that it knew of an agent whose first desktop it was told of since then. A desktop that is open is told
 * of again; without one, by all that is left, it is somebody who never had a desktop.
 */
function forget(life: Life, { at: from, until }: { readonly at: number; readonly until: number }): void {
  if (life.recordedAt < from) return;
  if (life.open.size > 0) life.forgottenUntil = until;
  else loseRecord(life);
}

/** The desktop last heard of its server before the store had forgotten it: that server stood still, and has not told of it again. */
function endUnreported(life: Life, { how, heardAt }: Extract<Observation, { what: 'ended' }>): void {
  const { forgottenUntil, open } = life;
  if (how === 'silent' && open.size === 0 && forgottenUntil !== null && heardAt <= forgottenUntil) loseRecord(life);
}

function loseRecord(life: Life): void {
  life.hadDesktop = false;
  life.recordedAt = Number.POSITIVE_INFINITY;
  life.forgottenUntil = null;
  life.ghostSince = null;
}

/** Each minute lets out a share of those who are signed in when it begins; the crowd may be all of them. The first begins at once. */
function minutesOf(ghosts: number, { lossesMin, share }: OracleRules['massLoss']): number {
  let minutes = 0;
  for (let left = ghosts; left > 0; minutes++) left -= Math.max(lossesMin, Math.floor(share * left));
  return minutes;
}

function deadlineOf(ghost: Ghost, faults: readonly Fault[], crowd: Crowd, rules: OracleRules): number {
  const { massLoss } = rules;
  let deadline = ghost.since + longestGraceMs(rules) + rules.epsilonMs;
  if (crowd.size >= massLoss.lossesMin) {
    const paceMs = (crowd.size * 1_000) / massLoss.slowPerSecondMax + (minutesOf(crowd.size, massLoss) - 1) * 60_000;
    deadline = Math.max(deadline, crowd.at, ghost.since) + massLoss.holdMsMax + paceMs;
  }
  const waits = [
    ...ghost.calls.map(({ from, until }) => ({ from, until: until + rules.epsilonMs })),
    ...faults.map(({ from, until }) => ({ from, until: until + rules.epsilonFaultMs + rules.sweepMs })),
  ].sort((one, other) => one.from - other.from);
  for (const { from, until } of waits)
    if (until > ghost.since && from <= deadline) deadline = Math.max(deadline, until);
  return deadline;
}
