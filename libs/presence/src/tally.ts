import { type CloseName, type UpgradeRefusal } from './close-codes';

/**
 * How a desktop that had sent its open message ended. This server sent it to the other side: `stopped` since it is being
 * stopped, `movedAway` since its side is in maintenance.
 */
export type Ending = 'bye' | 'lost' | 'stopped' | 'movedAway';

/** Counts what happens at the gateway, for metrics. */
export abstract class Tally {
  /** A desktop was acknowledged, so long after its open message. */
  abstract opened(waitedMs: number): void;
  abstract ended(ending: Ending): void;
  /** A connection was ended by the server with this code, or never became one. */
  abstract refused(name: CloseName | UpgradeRefusal): void;
  /** The event loop stood still for so long. */
  abstract stalled(ms: number): void;
}
