import { StoreError } from './store-error';

/** The node that a connection reached, as the Sentinels name it. A new object for every connection that is made. */
export interface MasterNode {
  readonly host: string;
  readonly port: number;
}

/** What a connection to Redis offers here. */
export interface Pinged {
  ping(): Promise<unknown>;
}

/** Knows whether a node is the one master that everybody else goes to, too. */
export abstract class Mastership {
  /** The node that this connection reaches; undefined while it reaches none. */
  abstract nodeOf(redis: Pinged): MasterNode | undefined;
  /** Whether a majority, asked now, names this node as the master. Never rejects; takes a bounded time. */
  abstract confirm(node: MasterNode): Promise<boolean>;
  abstract close(): void;
}

/**
 * Does `act` on a node that was confirmed as the master right before. Rejects with MASTER_UNCONFIRMED when it was not, and when the
 * connection reached another node meanwhile.
 */
export async function onConfirmedMaster<T>(
  mastership: Mastership | undefined,
  redis: Pinged,
  operation: string,
  act: () => Promise<T>,
): Promise<T> {
  if (mastership === undefined) return act();
  // A connection that is still being made knows its node as soon as it answers.
  if (mastership.nodeOf(redis) === undefined) await redis.ping();
  const node = mastership.nodeOf(redis);
  if (node === undefined || !(await mastership.confirm(node))) throw new StoreError('MASTER_UNCONFIRMED', operation);
  const answer = await act();
  if (mastership.nodeOf(redis) !== node) throw new StoreError('MASTER_UNCONFIRMED', operation);
  return answer;
}

/** Whether the node that has just answered on this connection is confirmed as the master now. */
export async function isMasterStill(mastership: Mastership | undefined, redis: Pinged): Promise<boolean> {
  if (mastership === undefined) return true;
  const node = mastership.nodeOf(redis);
  return node !== undefined && mastership.confirm(node);
}
