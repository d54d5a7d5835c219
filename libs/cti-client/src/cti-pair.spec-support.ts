/** For unit tests: time that moves when told, and a CTI server pair at the other end of wires in memory. */
import { AgentState, PeripheralType, ServiceMask, SystemEventID } from '#cti-protocol/enumerations';
import { decodeMessage } from '#cti-protocol/decode';
import { encodeMessage } from '#cti-protocol/encode';
import { FrameReader } from '#cti-protocol/frame';
import {
  type DraftOf,
  isProtocolVersion,
  type Message,
  type MessageName,
  type MessageOf,
} from '#cti-protocol/messages';
import { pino } from 'pino';
import { type CancelTimer, Clock } from './clock';
import { CtiLink } from './link';
import { type LinkOptions } from './link-options';
import { type Side } from './retry-plan';
import { type OpenWire, type WireEvents } from './wire';

export const PERIPHERAL = 5000;

export class ManualClock extends Clock {
  private now = 0;
  private readonly timers = new Set<{ at: number; run: () => void }>();

  monotonicMs(): number {
    return this.now;
  }

  after(delayMs: number, run: () => void): CancelTimer {
    const timer = { at: this.now + delayMs, run };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  }

  /** Lets time pass; timers fire in order, and promises that they resolve run before the next one. */
  async pass(ms: number): Promise<void> {
    await settled();
    const until = this.now + ms;
    for (;;) {
      const due = [...this.timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.timers.delete(due);
      this.now = Math.max(this.now, due.at);
      due.run();
      await settled();
    }
    this.now = until;
    await settled();
  }

  get timersArmed(): number {
    return this.timers.size;
  }
}

/** Everything that only waited for a promise has run. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One connection as the scripted server sees it. */
export class ServerEnd {
  readonly received: Message[] = [];
  isReset = false;
  version = 24;
  private readonly reader = new FrameReader();

  constructor(
    readonly side: Side,
    private readonly events: WireEvents,
    private readonly onMessage: (message: Message, end: ServerEnd) => void,
  ) {}

  /** The client's TCP connection is made. */
  accept(): void {
    this.events.connected();
  }

  /** The server closes, or the network loses, the connection. */
  drop(why = 'the CTI server ended the connection'): void {
    this.events.closed(why);
  }

  send<N extends MessageName>(draft: DraftOf<N>): void {
    this.sendBytes(encodeMessage(draft, this.protocol()));
  }

  sendBytes(bytes: Uint8Array): void {
    this.events.received(bytes);
  }

  take(bytes: Uint8Array): void {
    for (const frame of this.reader.push(bytes)) {
      // OPEN_REQ says the version in which it is written itself.
      if (frame.type === 3) this.version = new DataView(frame.body.buffer, frame.body.byteOffset).getUint32(4);
      const decoded = decodeMessage(frame.type, frame.body, this.protocol());
      if (decoded.kind !== 'message') throw new Error(`the client sent ${JSON.stringify(decoded)}`);
      this.received.push(decoded.message);
      this.onMessage(decoded.message, this);
    }
  }

  /** The last message of that name which the client sent. */
  last<N extends MessageName>(name: N): MessageOf<N> {
    const found = this.received.findLast((message) => message.name === name);
    if (found === undefined) throw new Error(`the client sent no ${name}`);
    return found as Message & MessageOf<N>;
  }

  count(name: MessageName): number {
    return this.received.filter((message) => message.name === name).length;
  }

  grant(changes: Partial<DraftOf<'OPEN_CONF'>> = {}): void {
    this.send({
      name: 'OPEN_CONF',
      InvokeID: this.last('OPEN_REQ').InvokeID,
      ServicesGranted: ServiceMask.ALL_EVENTS | ServiceMask.CLIENT_CONTROL,
      MonitorID: 0,
      PGStatus: 0,
      ICMCentralControllerTime: 0,
      PeripheralOnline: true,
      PeripheralType: PeripheralType.ENTERPRISE_AGENT,
      AgentState: AgentState.UNKNOWN,
      SessionType: 1,
      ...changes,
    });
  }

  systemEvent(eventId: number, pgStatus = 0, arg1 = 0): void {
    this.send({
      name: 'SYSTEM_EVENT',
      PGStatus: pgStatus,
      ICMCentralControllerTime: 0,
      SystemEventID: eventId,
      SystemEventArg1: arg1,
      SystemEventArg2: 0,
      SystemEventArg3: 0,
      EventDeviceType: 0xffff,
    });
  }

  peripheral(state: 'online' | 'offline', id = PERIPHERAL): void {
    this.systemEvent(state === 'online' ? SystemEventID.PERIPHERAL_ONLINE : SystemEventID.PERIPHERAL_OFFLINE, 0, id);
  }

  private protocol() {
    if (!isProtocolVersion(this.version)) throw new Error(`version ${this.version}`);
    return this.version;
  }
}

/** The CTI servers of both sides. `onMessage` plays the server; without it nobody answers. */
export class CtiPair {
  readonly ends: ServerEnd[] = [];
  onMessage: (message: Message, end: ServerEnd) => void = () => undefined;
  backlogBytes = 0;

  readonly openWire: OpenWire = ({ host }, events) => {
    const end = new ServerEnd(host === 'a' ? 'a' : 'b', events, (message, from) => {
      this.onMessage(message, from);
    });
    this.ends.push(end);
    const backlog = (): number => this.backlogBytes;
    return {
      write: (bytes) => {
        end.take(bytes);
      },
      get backlogBytes() {
        return backlog();
      },
      reset: () => {
        end.isReset = true;
      },
    };
  };

  /** The newest connection. */
  get end(): ServerEnd {
    const end = this.ends.at(-1);
    if (end === undefined) throw new Error('the client did not connect');
    return end;
  }

  /** The sides that were tried, in order: `aabab`. */
  get tried(): string {
    return this.ends.map(({ side }) => side).join('');
  }
}

export function linkOptions(changes: Partial<LinkOptions> = {}): LinkOptions {
  return {
    endpoints: { a: { host: 'a', port: 42027 }, b: { host: 'b', port: 43027 } },
    peripheralId: PERIPHERAL,
    version: 24,
    clientId: 'lastcall',
    clientPassword: 'secret',
    heartbeatMs: 5_000,
    openTimeoutMs: 30_000,
    requestTimeoutMs: 20_000,
    requestsPerSecondMax: 1_000,
    startSide: 'a',
    log: pino({ level: 'silent' }),
    random: () => 0.5,
    ...changes,
  };
}

export interface Rig {
  clock: ManualClock;
  pair: CtiPair;
  link: CtiLink;
  /** `phase: why`, in order. */
  story: string[];
}

/** A link that was started, its first connection not yet accepted. */
export function startLink(changes: Partial<LinkOptions> = {}): Rig {
  const clock = new ManualClock();
  const pair = new CtiPair();
  const link = new CtiLink(linkOptions(changes), { clock, openWire: pair.openWire });
  const story: string[] = [];
  link.on('phase', (phase, why) => story.push(`${phase}: ${why}`));
  link.start();
  return { clock, pair, link, story };
}

/** A link in service with side A. */
export function linkInService(changes: Partial<LinkOptions> = {}): Rig {
  const rig = startLink(changes);
  rig.pair.end.accept();
  rig.pair.end.grant();
  return rig;
}
