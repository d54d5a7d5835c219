import { EventEmitter } from 'node:events';
import { type Message, type MessageOf } from '#cti-protocol/messages';
import { type AgentView } from './agent-view';
import { peripheralOf } from './call-events';
import { type Dialog, DialogBook, type PartyState } from './dialog-book';
import { writeCallEvent, writeCallSnapshot } from './dialog-events';
import { type Mirror } from './mirror';

export interface DialogsEvents {
  /** A call of this agent began, changed or ended, as it is shown. */
  dialogsChanged: [agentId: string];
}

/** A call on a device, as a snapshot of the device tells it. */
export interface DeviceCall {
  readonly callId: number;
  /** Undefined where the server's answer has no name here. */
  readonly state: PartyState | undefined;
}

/**
 * The calls of the agents that the mirror watches, to be shown. It has its own book beside the mirror's, and is told
 * everything that the mirror is told, before it: whoever hears of a change from the mirror finds the calls up to date.
 */
export class Dialogs extends EventEmitter<DialogsEvents> {
  private readonly book: DialogBook;
  private readonly peripheralId: number;

  constructor(
    private readonly mirror: Mirror,
    options: { peripheralId: number; now: () => number; dialogsMax?: number },
  ) {
    super();
    const { peripheralId, ...rest } = options;
    this.peripheralId = peripheralId;
    this.book = new DialogBook({ ...rest, isWatched: (device) => mirror.watcherOf(device) !== undefined });
    mirror.on('gap', () => {
      this.book.clear();
    });
    mirror.on('deviceReleased', (device) => {
      this.book.release(device);
    });
  }

  /** How many calls are held, for metrics. */
  get size(): number {
    return this.book.size;
  }

  /** The calls that the agent is on, oldest first. */
  of({ instrument, extension, signedOut }: AgentView): readonly Dialog[] {
    if (signedOut) return [];
    const devices = new Set([instrument, extension].filter((device) => device !== undefined));
    const dialogs = [...devices].flatMap((device) => this.book.dialogsOf(device));
    const unique = new Map(dialogs.map((dialog) => [dialog.callId, dialog]));
    return [...unique.values()].sort((one, other) => one.startedAt - other.startedAt || one.callId - other.callId);
  }

  /** Takes any message of the link. */
  apply(message: Message): void {
    if (peripheralOf(message) !== this.peripheralId) return;
    writeCallEvent(this.book, message);
    this.tell();
  }

  /** The calls of a device as a snapshot tells them, less those that ended meanwhile. */
  applySnapshot(device: string, calls: readonly DeviceCall[]): void {
    for (const { callId, state } of calls) if (state !== undefined) this.book.putNew(callId, [device], state);
    this.tell();
  }

  /** Every other call of the device is over: its end was missed. */
  retain(device: string, callIds: ReadonlySet<number>): void {
    this.book.retain(device, callIds);
    this.tell();
  }

  /** Calls of the device of which only the device's own part is known. */
  unnamedOf(device: string): number[] {
    return this.book
      .dialogsOf(device)
      .filter(({ from, to }) => from === '' && to === '')
      .map(({ callId }) => callId);
  }

  applyCall(callId: number, device: string, conf: MessageOf<'SNAPSHOT_CALL_CONF'>): void {
    writeCallSnapshot(this.book, callId, device, conf);
    this.tell();
  }

  private tell(): void {
    const agents = new Set([...this.book.takeChanged()].map((device) => this.mirror.watcherOf(device)));
    for (const agentId of agents) if (agentId !== undefined) this.emit('dialogsChanged', agentId);
  }
}
