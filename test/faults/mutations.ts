import { type Invariant } from '../sim/oracle-rules';
import { type FaultTimes, scaledTimes } from './fault-times';
import {
  callsBeginUnseen,
  lateSweep,
  serverDiesAfterLosses,
  sideHeldByOperator,
  signedOutByHand,
} from './mutations/gate-variants';
import { returnBeforeCommit, returnWhileIssuing, workerFreezesForLong } from './mutations/race-variants';
import { masterAloneDies, writesLostOfACutOffSide } from './mutations/store-variants';
import { type Disturbance, type SwitchedOff } from './mutations/switched-off';
import { type Row } from './row';
import { clocksDiffer, redisClockGoesAhead } from './rows/clock-rows';
import { everythingDown } from './rows/crowd-rows';
import { callEndsAtReturn } from './rows/cti-rows';
import { holdEndsWithOutage } from './rows/held-rows';
import { queueObliterated } from './rows/odd-rows';
import { changePending } from './rows/pending-rows';
import { serverDies } from './rows/process-rows';
import { splitBrain } from './rows/split-rows';

/** What must be found: an invariant of the oracle, or a sentence of the row's own. */
export type Finding = Invariant | 'own';

/**
 * What each rule and each gate is for: with it taken out of the real processes the row turns red, and with it in force, in
 * the same setting, the row is green.
 */
export interface Mutation {
  readonly name: string;
  /** What is taken out, in words. */
  readonly without: string;
  readonly off: SwitchedOff;
  /** Done to the processes with the rule in force as well. */
  readonly disturbed?: Disturbance;
  readonly row: Row;
  /** True for a row that is not the fault table's own, but was made of it for this. */
  readonly isVariant: boolean;
  readonly breaks: Finding;
  /** The row is played so often at the most until it is red. */
  readonly runsMax: number;
  readonly times: FaultTimes;
}

/** As tests name it. */
export function titleOfMutation({ name }: Mutation): string {
  return `without it a row is red, and with it green: ${name}`;
}

const plain = { isVariant: false, runsMax: 3, times: scaledTimes } as const;
const variant = { ...plain, isVariant: true } as const;

/** A copy of the append-only folder must be older than a lease, and whoever believes in one must do so for a while. */
const longLease: FaultTimes = { ...scaledTimes, leaseMs: 6_000 };
/** The lease of the server that died is over before the losses are due, and the grace of a lost server well beyond. */
const longServerGrace: FaultTimes = { ...scaledTimes, graceMs: 5_500, graceServerLostMs: 12_000 };
/** Whoever is signed out at the end of the grace is signed out well before the shortest hold is over. */
const longHold: FaultTimes = {
  ...scaledTimes,
  massLoss: { ...scaledTimes.massLoss, holdMsMin: 7_000, holdMsMax: 10_000 },
};
/** A server compares its desktops with the records at each renewal, every second; this grace is over before. */
const shortGrace: FaultTimes = { ...scaledTimes, graceMs: 400 };

export const mutations: readonly Mutation[] = [
  {
    ...variant,
    name: 'EPOCH',
    without: 'the comparison of versions in the script that commits issuing',
    off: 'EPOCH',
    disturbed: 'late commit of issuing',
    row: returnBeforeCommit,
    breaks: 'I1',
  },
  {
    ...variant,
    name: 'GATE',
    without: 'the wait of an opening for the outcome of a request',
    off: 'GATE',
    row: returnWhileIssuing,
    breaks: 'I1',
  },
  {
    ...variant,
    name: 'GEN',
    without: 'the look at the generation of the store in the script that commits issuing',
    off: 'GEN',
    row: writesLostOfACutOffSide,
    breaks: 'I1',
    times: longLease,
  },
  {
    ...plain,
    name: 'SWEEP, of what is overdue',
    without: 'the sweep',
    off: 'SWEEP',
    row: queueObliterated,
    breaks: 'I3',
  },
  {
    ...plain,
    name: 'SWEEP, of lost servers',
    without: 'the sweep',
    off: 'SWEEP',
    row: { ...serverDies, agents: 40 },
    breaks: 'I3',
  },
  {
    ...variant,
    name: 'WAIT',
    without: 'the wait for replicas of a commit of issuing',
    off: 'WAIT',
    row: masterAloneDies,
    breaks: 'I1',
  },
  {
    ...plain,
    name: 'MASTER',
    without: 'the question to the Sentinels whether this node is the master',
    off: 'MASTER',
    row: splitBrain,
    breaks: 'I1',
  },
  {
    ...plain,
    name: 'PENDING',
    without: 'the reading of the next state, and the rule that a request is not settled during a call',
    off: 'PENDING',
    row: changePending,
    breaks: 'I1',
  },
  {
    ...plain,
    name: 'end of a hold',
    without: 'the waking of held losses when an outage ends',
    off: 'held waker',
    row: holdEndsWithOutage,
    breaks: 'I3',
  },
  {
    ...variant,
    name: 'gate 1: link in service',
    without: 'the look whether the link is in service, and the forgetting of what was told before a gap',
    off: 'link gate',
    row: callsBeginUnseen,
    breaks: 'I5',
  },
  {
    ...variant,
    name: 'gate 2: already signed out',
    without: 'what the mirror says of agents who are signed out',
    off: 'signed-out gate',
    row: signedOutByHand,
    breaks: 'I4',
  },
  {
    ...plain,
    name: 'gate 3: on a call',
    without: 'what the mirror says of calls',
    off: 'call gate',
    row: callEndsAtReturn,
    breaks: 'I5',
  },
  {
    ...variant,
    name: 'gate 4: outage of the side',
    without: 'the look whether the server that reported a loss is live',
    off: 'side-outage gate',
    row: serverDiesAfterLosses,
    breaks: 'I2',
    times: longServerGrace,
  },
  {
    ...variant,
    name: 'gate 4: hold by an operator',
    without: 'the look whether somebody holds the side',
    off: 'operator gate',
    row: sideHeldByOperator,
    breaks: 'own',
  },
  {
    ...plain,
    name: 'gate 5: mass loss',
    without: 'the look whether the side is protected',
    off: 'mass-loss gate',
    row: { ...everythingDown, agents: 40 },
    breaks: 'I6',
    times: longHold,
  },
  {
    ...variant,
    name: 'gate 6: last look',
    without: 'the question to all servers',
    off: 'last look',
    row: lateSweep,
    breaks: 'I1',
    times: shortGrace,
  },
  {
    ...plain,
    name: 'gate 7: not before it is due by Redis time',
    without: "Redis time, in the record's load and in the script that commits issuing",
    off: 'Redis time',
    row: clocksDiffer,
    breaks: 'I2',
  },
  {
    ...variant,
    name: 'store time does not step',
    without: "the correction of store time after a step of the Redis host's clock, and the gate after it",
    off: 'store clock',
    row: redisClockGoesAhead,
    breaks: 'I2',
  },
  {
    ...variant,
    name: 'gate 7: from the commit to the request',
    without: 'send window, margin of the lease, watch over stalls',
    off: 'send guard',
    row: workerFreezesForLong,
    breaks: 'I1',
  },
];
