import { type Side } from '#domain/agent';
import { type RedisAccess } from '#store/redis-access';
import { type AppName, type Environment } from '../app';
import { type SiteTimes } from './site-times';

export type { Side } from '#domain/agent';

export const sides = ['primary', 'secondary'] as const;

/** What a site runs: ours, or what plain BullMQ can do, which has one process for each side that is its server and its worker. */
export type ProductName = 'lastcall' | 'baseline';

/** A Redis that a test brings along. */
export interface GivenRedis {
  /** REDIS_URL of the test itself, and of every app for which `envOf` says nothing else. */
  readonly url: string;
  /** What the test's own connection needs beside the URL. */
  readonly access?: RedisAccess;
  /** Further environment of one app. */
  envOf?(app: AppName): Environment;
  /** Called when everything else has stopped. */
  stop(): Promise<void>;
}

/** An XMPP server that the servers of a site watch. */
export interface WatchedXmpp {
  /** What the server of that side has to know. */
  environmentOf(side: Side): Environment;
  /** Called when everything else has stopped. */
  stop(): Promise<void>;
}

/** By default a site has one Redis, a simulated pair of CTI servers, and on each side a server and a worker of ours. */
export interface SiteOptions {
  readonly product?: ProductName;
  /** Those that differ from `siteTimes`. */
  readonly times?: Partial<SiteTimes>;
  /** Of the policy; by default no loss is a mass loss. */
  readonly massLoss?: object;
  /** What else the policy of everybody says, as in POLICY_FILE. */
  readonly policy?: object;
  /** Policies of teams, and agents with their teams, as in POLICY_FILE. */
  readonly teams?: object;
  readonly agents?: object;
  /** Of every app. */
  readonly env?: Environment;
  /** Of the app on one side, beside that. */
  readonly envOf?: (app: 'server' | 'worker', side: Side) => Environment;
  /**
   * `documented`: one node with the file and the users of docs/redis.md. `sentinel`: a master, two replicas and three Sentinels. `cluster`: three masters, each with a replica. For both of them a
   * commit must be on one replica before a request goes out.
   */
  readonly redis?: 'single' | 'documented' | 'sentinel' | 'cluster' | GivenRedis;
  readonly xmpp?: WatchedXmpp | undefined;
  /** A fault proxy between each side and Redis, and before each CTI server. */
  readonly proxied?: boolean;
  /** The primary side's clocks can be set (libfaketime). */
  readonly ownClocks?: boolean;
  /** The clock of the one Redis can be set. */
  readonly redisClock?: boolean;
  /** The primary side's processes run in a network of their own, which can be cut off; for root on Linux. */
  readonly ownNetwork?: boolean;
  /** Each side has a node and a Sentinel of its own and can be cut off from the other and from a third; for root on Linux. */
  readonly splits?: boolean;
  /** Which of our apps there are from the start; a test can prepare further ones. Default: both. */
  readonly apps?: readonly ('server' | 'worker')[];
  /** Without it there are no CTI servers. Default: with it. */
  readonly simulator?: boolean;
}
