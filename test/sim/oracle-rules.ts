import { type Side } from '#domain/agent';

/** What the oracle holds the product to; a test that scales the times down scales these. */
export interface OracleRules {
  readonly graceMs: number;
  readonly graceServerLostMs: number;
  readonly detectionMs: number;
  readonly leaseMs: number;
  readonly sweepMs: number;
  /** How late a ghost's logout may be without a fault, and after one is over. */
  readonly epsilonMs: number;
  readonly epsilonFaultMs: number;
  readonly massLoss: {
    readonly lossesMin: number;
    readonly share: number;
    readonly holdMsMin: number;
    readonly holdMsMax: number;
    /** Requests per second when the longest hold is over. */
    readonly slowPerSecondMax: number;
  };
  readonly perSecondMax: number;
  /** A request leaves its worker no later than this after its commit… */
  readonly sendWindowMs: number;
  /** …and reaches the CTI server within this. */
  readonly wayMsMax: number;
}

export const usualRules: OracleRules = {
  graceMs: 60_000,
  graceServerLostMs: 120_000,
  detectionMs: 25_000,
  leaseMs: 15_000,
  sweepMs: 15_000,
  epsilonMs: 2_000,
  epsilonFaultMs: 15_000,
  massLoss: { lossesMin: 5, share: 0.15, holdMsMin: 120_000, holdMsMax: 15 * 60_000, slowPerSecondMax: 1 },
  perSecondMax: 10,
  sendWindowMs: 2_000,
  wayMsMax: 500,
};

export type Invariant = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8';

export interface Violation {
  readonly invariant: Invariant;
  readonly at: number;
  readonly agentId: string;
  /** Agent, times and evidence. */
  readonly sentence: string;
  /** I3 alone: how long after the latest time, in ms. */
  readonly lateMs?: number;
}

export interface OpenDesktop {
  readonly desktop: string;
  readonly side: Side;
  readonly serverId: string;
  readonly since: number;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
