/**
 * Calls as their parties see them: who is on a call, in what state, since when, from where to where. It is there to be
 * shown, and decides nothing; whether an agent is on a call is the business of the `CallBook` alone.
 *
 * A dialog is known by its ConnectionCallID, which all its parties share. It is kept while a device that is watched is
 * on it, and within limits; beyond them a call is not shown.
 */
export type PartyState = 'INITIATING' | 'ALERTING' | 'ACTIVE' | 'HELD' | 'DROPPED';

export interface Party {
  readonly device: string;
  readonly state: PartyState;
  /** Epoch ms. */
  readonly since: number;
}

export interface Dialog {
  readonly callId: number;
  /** '' where nobody said. */
  readonly from: string;
  readonly to: string;
  /** When it was first seen, epoch ms. */
  readonly startedAt: number;
  /** In the order in which they came. */
  readonly parties: readonly Party[];
}

interface OpenDialog {
  readonly startedAt: number;
  from: string;
  to: string;
  readonly parties: Map<string, Party>;
  /** Watched devices that are on it, or for which it was begun. */
  readonly owners: Set<string>;
}

/** As many as the book of calls holds. */
export const DIALOGS_MAX = 48_000;
/** Parties of one call (GED-188). */
export const PARTIES_MAX = 16;

export interface DialogBookOptions {
  /** Epoch ms. */
  readonly now: () => number;
  readonly isWatched: (device: string) => boolean;
  readonly dialogsMax?: number;
}

export class DialogBook {
  private readonly dialogs = new Map<number, OpenDialog>();
  private readonly byDevice = new Map<string, Set<number>>();
  /** Watched devices whose dialogs have changed since they were last taken. */
  private changed = new Set<string>();

  constructor(private readonly options: DialogBookOptions) {}

  get size(): number {
    return this.dialogs.size;
  }

  /** Calls that the device is on at present. */
  dialogsOf(device: string): readonly Dialog[] {
    return [...(this.byDevice.get(device) ?? [])].flatMap((callId) => {
      const dialog = this.dialogs.get(callId);
      const own = dialog?.parties.get(device);
      if (dialog === undefined || own === undefined || own.state === 'DROPPED') return [];
      const { from, to, startedAt, parties } = dialog;
      return [{ callId, from, to, startedAt, parties: [...parties.values()] }];
    });
  }

  takeChanged(): ReadonlySet<string> {
    const { changed } = this;
    this.changed = new Set();
    return changed;
  }

  /** A call of a watched device begins; nobody is on it yet. */
  open(callId: number, device: string): void {
    if (!this.options.isWatched(device)) return;
    const dialog = this.dialogs.get(callId) ?? this.admit(callId);
    if (dialog !== undefined) this.own(callId, dialog, device);
  }

  /** Who called whom, as far as it is not known already. */
  name(callId: number, from: string | undefined, to: string | undefined): void {
    const dialog = this.dialogs.get(callId);
    if (dialog === undefined) return;
    const { from: fromBefore, to: toBefore } = dialog;
    if (dialog.from === '') dialog.from = from ?? '';
    if (dialog.to === '') dialog.to = to ?? '';
    if (dialog.from !== fromBefore || dialog.to !== toBefore) this.touch(dialog);
  }

  /** Parties are in this state now; one that is watched brings the call into the book. */
  put(callId: number, devices: readonly (string | undefined)[], state: PartyState): void {
    const named = devices.filter((device): device is string => device !== undefined && device !== '');
    for (const device of named) this.open(callId, device);
    const dialog = this.dialogs.get(callId);
    if (dialog === undefined) return;
    for (const device of named) {
      const before = dialog.parties.get(device);
      if (before?.state === state || (before === undefined && !this.makeRoom(dialog))) continue;
      dialog.parties.set(device, { device, state, since: this.options.now() });
      this.touch(dialog);
    }
  }

  /** The same, for those of whom nothing is known so far: what they do already was told by something newer. */
  putNew(callId: number, devices: readonly (string | undefined)[], state: PartyState): void {
    const parties = this.dialogs.get(callId)?.parties;
    const isNew = (device: string | undefined): boolean =>
      device !== undefined && (parties?.get(device) === undefined || parties.get(device)?.state === 'DROPPED');
    this.put(callId, devices.filter(isNew), state);
  }

  /** A party of whom nothing was told yet, of a call that is in the book: an old answer brings nobody back. */
  add(callId: number, device: string | undefined, state: PartyState): void {
    const parties = this.dialogs.get(callId)?.parties;
    if (device !== undefined && parties?.has(device) === false) this.put(callId, [device], state);
  }

  /** A party left. Without a watched one the call is nobody's concern any more. */
  drop(callId: number, device: string | undefined): void {
    const dialog = this.dialogs.get(callId);
    if (dialog === undefined || device === undefined) return;
    const before = dialog.parties.get(device);
    if (before !== undefined && before.state !== 'DROPPED') {
      dialog.parties.set(device, { device, state: 'DROPPED', since: this.options.now() });
      this.touch(dialog);
    }
    this.disown(callId, dialog, device);
  }

  /** The connection of one device ended; without a device, the whole call. */
  end(callId: number, device: string): void {
    if (device !== '') this.drop(callId, device);
    else for (const party of [...(this.dialogs.get(callId)?.owners ?? [])]) this.drop(callId, party);
  }

  /** The same call under another number, for one of its devices. */
  rename(from: number, to: number, device: string): void {
    const dialog = this.dialogs.get(from);
    if (dialog === undefined || from === to) return;
    if (!this.dialogs.has(to)) {
      const copy = { ...dialog, parties: new Map(dialog.parties), owners: new Set<string>() };
      if (dialog.owners.has(device)) this.dialogs.set(to, copy);
    }
    this.open(to, device);
    const party = dialog.parties.get(device);
    const target = this.dialogs.get(to);
    if (party !== undefined && target !== undefined) target.parties.set(device, party);
    if (target !== undefined) this.touch(target);
    dialog.parties.delete(device);
    this.touch(dialog);
    this.disown(from, dialog, device);
  }

  /** Ends every call of the device that is not among `callIds`: their ends were missed. */
  retain(device: string, callIds: ReadonlySet<number>): void {
    for (const callId of [...(this.byDevice.get(device) ?? [])]) if (!callIds.has(callId)) this.drop(callId, device);
  }

  /** The device is not watched any more. */
  release(device: string): void {
    for (const callId of [...(this.byDevice.get(device) ?? [])]) {
      const dialog = this.dialogs.get(callId);
      if (dialog !== undefined) this.disown(callId, dialog, device);
    }
  }

  clear(): void {
    this.dialogs.clear();
    this.byDevice.clear();
    this.changed.clear();
  }

  private admit(callId: number): OpenDialog | undefined {
    if (this.dialogs.size >= (this.options.dialogsMax ?? DIALOGS_MAX)) return undefined;
    const dialog = { startedAt: this.options.now(), from: '', to: '', parties: new Map(), owners: new Set<string>() };
    this.dialogs.set(callId, dialog);
    return dialog;
  }

  /** Those who left make room for those who come. */
  private makeRoom({ parties }: OpenDialog): boolean {
    if (parties.size < PARTIES_MAX) return true;
    const gone = [...parties.values()].find(({ state }) => state === 'DROPPED');
    return gone !== undefined && parties.delete(gone.device);
  }

  private own(callId: number, dialog: OpenDialog, device: string): void {
    dialog.owners.add(device);
    const callIds = this.byDevice.get(device) ?? new Set<number>();
    this.byDevice.set(device, callIds.add(callId));
  }

  private disown(callId: number, dialog: OpenDialog, device: string): void {
    if (dialog.owners.delete(device)) this.changed.add(device);
    const callIds = this.byDevice.get(device);
    callIds?.delete(callId);
    if (callIds?.size === 0) this.byDevice.delete(device);
    if (dialog.owners.size === 0) this.dialogs.delete(callId);
  }

  private touch({ owners }: OpenDialog): void {
    for (const device of owners) this.changed.add(device);
  }
}
