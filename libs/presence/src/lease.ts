import { type Side } from '#domain/agent';

/** What the store answers to a renewal. */
export interface Renewal {
  /** Names the store's present life; changes with every restart and failover. */
  readonly generation: string;
  /** The lease had ended or was unknown. */
  readonly lapsed: boolean;
  /** Agents whose record names a desktop of this server. */
  readonly agents: number;
  /** Store time, epoch ms. */
  readonly now: number;
}

export interface OtherServer {
  readonly serverId: string;
  readonly side: Side;
}

/** This server's sign of life in the store. */
export abstract class Lease {
  /** `asserted`: the generation for which this server has told the store of all its desktops, or ''. */
  abstract renew(serverId: string, side: Side, asserted: string): Promise<Renewal>;
  /** Agents whose record names a desktop of this server. */
  abstract recordedAgents(serverId: string): Promise<string[]>;
  /** Those of these agents of whom the store has no record at all. */
  abstract unrecorded(agentIds: readonly string[]): Promise<string[]>;
  /** All servers with a lease. */
  abstract live(): Promise<OtherServer[]>;
}

export type Missing = 'store' | 'lease' | 'assertion' | 'maintenance';

/** Whether this server may acknowledge desktops, and what is missing if not. */
export type Service =
  | { readonly status: 'IN_SERVICE' }
  | { readonly status: 'OUT_OF_SERVICE'; readonly missing: readonly Missing[]; readonly why: string };

/** What tells people of outages of the store, once for the whole process. */
export interface StoreReport {
  /** What the process asks all the time was not answered, or refused. */
  failed(error: unknown): void;
  answered(): void;
  /** An outage was told of and is not over: what else fails is at debug. */
  readonly isTold: boolean;
}
