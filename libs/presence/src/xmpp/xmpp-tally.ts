import { type Ignored } from './news';
import { type Passage } from './ping-barrier';
import { type StreamEndKind } from './stream-fault';

/** Counts what a watch sees, for metrics. */
export abstract class XmppTally {
  abstract presence(type: 'available' | 'unavailable'): void;
  /** An opening is told later: its agent opens desktops too fast. */
  abstract postponed(): void;
  /** A stanza that says nothing to us. */
  abstract ignored(why: Ignored | 'unknownAgent'): void;
  abstract streamEnded(kind: StreamEndKind): void;
  /** A last look was answered after a ping, or could not be. */
  abstract barrier(passage: Passage, ms: number): void;
}
