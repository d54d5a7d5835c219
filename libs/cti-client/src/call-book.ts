/**
 * Open calls on the devices that are being watched. A call is known by its connection: peripheral, ConnectionCallID,
 * ConnectionDeviceIDType and ConnectionDeviceID (GED-188; several calls may share a ConnectionCallID).
 *
 * Devices are linked to a call in two ways. The device of the connection itself is its **owner**: only the end of that
 * very connection sets it free. Others (who rings, who dialled, who was added to a conference) are **parties**: they are
 * free when the connection ends, or when they are reported gone from any connection with the same ConnectionCallID. When
 * in doubt a device stays on the call: a logout that comes late is better than one in the middle of a call.
 */

/** One connection of a call. `deviceId` is '' when the server sent none. */
export interface Connection {
  readonly callId: number;
  readonly deviceIdType: number;
  readonly deviceId: string;
}

interface OpenCall {
  readonly connection: Connection;
  /** Linked devices and when each was linked, by the book's own count of changes. */
  readonly devices: Map<string, number>;
}

/** A book holds at most this many calls; 12 000 agents of one peripheral with four calls each (GED-188: 16 per device). */
export const CALLS_MAX = 48_000;

/** The key under which a call appears in an agent's view. */
export const callKey = (connection: Connection): string =>
  `${connection.callId}/${connection.deviceIdType}/${connection.deviceId}`;

/** What a change did: the devices whose calls may have changed, and whether a call had to be turned away. */
export interface BookChange {
  readonly devices: readonly string[];
  readonly full: boolean;
}

const NOTHING: BookChange = { devices: [], full: false };

export class CallBook {
  private readonly calls = new Map<string, OpenCall>();
  private readonly byDevice = new Map<string, Set<string>>();
  private changes = 0;

  constructor(private readonly callsMax: number) {}

  get size(): number {
    return this.calls.size;
  }

  /** Counts up with every change; a snapshot compares it to know what happened after it was asked for. */
  get changeCount(): number {
    return this.changes;
  }

  callsOf(device: string): readonly string[] {
    return [...(this.byDevice.get(device) ?? [])];
  }

  callIdsOf(device: string): ReadonlySet<number> {
    return new Set(this.callsOf(device).flatMap((key) => this.calls.get(key)?.connection.callId ?? []));
  }

  /** Links devices to a call, opening it if need be. `devices` are watched ones only. */
  link(connection: Connection, devices: readonly string[]): BookChange {
    if (devices.length === 0) return NOTHING;
    const key = callKey(connection);
    let call = this.calls.get(key);
    if (call === undefined) {
      if (this.calls.size >= this.callsMax) return { devices, full: true };
      call = { connection, devices: new Map() };
      this.calls.set(key, call);
    }
    this.changes += 1;
    for (const device of devices) {
      if (!call.devices.has(device)) call.devices.set(device, this.changes);
      const keys = this.byDevice.get(device) ?? new Set<string>();
      this.byDevice.set(device, keys.add(key));
    }
    return { devices, full: false };
  }

  /** The connection is over: all its devices leave it, and its owner leaves the calls in which it was only a party. */
  end(connection: Connection): BookChange {
    const call = this.calls.get(callKey(connection));
    const devices = call === undefined ? [] : [...call.devices.keys()];
    for (const device of devices) this.unlink(callKey(connection), device);
    return merge({ devices, full: false }, this.leaveAsParty(connection.callId, connection.deviceId));
  }

  /** One device left: this connection, and every other with the same ConnectionCallID in which it was only a party. */
  leave(connection: Connection, device: string): BookChange {
    const key = callKey(connection);
    const linked = this.calls.get(key)?.devices.has(device) === true;
    if (linked) this.unlink(key, device);
    return merge({ devices: linked ? [device] : [], full: false }, this.leaveAsParty(connection.callId, device));
  }

  /** The same call under a new key: its devices move along. */
  rename(from: Connection, to: Connection): BookChange {
    const call = this.calls.get(callKey(from));
    if (call === undefined || callKey(from) === callKey(to)) return NOTHING;
    const devices = [...call.devices.keys()];
    for (const device of devices) this.unlink(callKey(from), device);
    return this.link(to, devices);
  }

  /** Watching a device ends: its calls are nobody's concern any more. */
  forgetDevice(device: string): void {
    for (const key of this.callsOf(device)) this.unlink(key, device);
  }

  /** Unlinks a device from every call that is not in `keep` and was linked no later than `since` (a change count). */
  retain(device: string, keep: ReadonlySet<string>, since: number): void {
    for (const key of this.callsOf(device)) {
      const linkedAt = this.calls.get(key)?.devices.get(device) ?? 0;
      if (!keep.has(key) && linkedAt <= since) this.unlink(key, device);
    }
  }

  clear(): void {
    this.calls.clear();
    this.byDevice.clear();
    this.changes += 1;
  }

  private leaveAsParty(callId: number, device: string): BookChange {
    const left: string[] = [];
    for (const key of this.callsOf(device)) {
      const call = this.calls.get(key);
      if (call === undefined || call.connection.callId !== callId || call.connection.deviceId === device) continue;
      this.unlink(key, device);
      left.push(device);
    }
    return { devices: left, full: false };
  }

  private unlink(key: string, device: string): void {
    this.changes += 1;
    const keys = this.byDevice.get(device);
    keys?.delete(key);
    if (keys?.size === 0) this.byDevice.delete(device);
    const call = this.calls.get(key);
    call?.devices.delete(device);
    if (call?.devices.size === 0) this.calls.delete(key);
  }
}

const merge = (one: BookChange, other: BookChange): BookChange => ({
  devices: [...one.devices, ...other.devices],
  full: one.full || other.full,
});
