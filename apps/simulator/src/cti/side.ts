import { PGStatus, StatusCode, SystemEventID } from '#cti-protocol/enumerations';
import { createServer, type Server, type Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { type Agent } from '../model/agents';
import { type ContactCentre } from '../model/contact-centre';
import { answerMessage } from './answers';
import {
  type ActionFault,
  type CountedFault,
  type FaultDetails,
  type FaultName,
  type FaultOrder,
  Faults,
  faultTable,
  remainingOf,
  type SwitchFault,
} from './faults';
import { answerOpen, failUnread, tellTeams } from './opening';
import { Maintenance } from './maintenance';
import { type RequestLog } from './request-log';
import { Session } from './session';
import { tellSessionClosed } from './session-watch';
import { cutFrame, garbageFrame, impossibleFrame, unknownFrame } from './wrong-frames';
import { systemEvent } from './session-drafts';
import { type EventSource } from './event-drafts';

/** Clients connected to one side at a time; more are refused. */
const connectionsMax = 512;
/** How many requests a side remembers whose outcome it keeps to itself. */
const mutedMax = 10_000;

export interface SideContext {
  readonly centre: ContactCentre;
  readonly requests: RequestLog;
  readonly peripheralId: number;
  readonly versionMax: () => number;
  readonly source: () => EventSource;
  readonly nextSessionId: () => number;
  readonly nextMonitorId: () => number;
  /** Of both sides. */
  readonly everySession: () => readonly Session[];
  readonly now: () => number;
  readonly log: (sentence: string, details: object) => void;
  /** With it both sides speak TLS. */
  readonly tls: SecureContext | undefined;
}

/** One CTI server of the pair: it listens, keeps its sessions and has its own faults. */
export class Side {
  readonly faults = new Faults();
  readonly sessions = new Set<Session>();
  readonly maintenance = new Maintenance((session, status) => {
    this.#endSession(session, status);
  });
  readonly #muted = new Set<number>();
  #server: Server | undefined;

  constructor(
    readonly name: 'A' | 'B',
    readonly address: { readonly host: string; readonly port: number },
    readonly context: SideContext,
  ) {}

  get listening(): boolean {
    return this.#server?.listening === true;
  }

  get pgStatus(): number {
    return (
      (this.faults.isOn('pgDown') ? PGStatus.OPC_DOWN : 0) |
      (this.faults.isOn('peripheralOffline') ? PGStatus.PERIPHERAL_OFFLINE : 0)
    );
  }

  get tellsEvents(): boolean {
    return !this.faults.isOn('pgDown');
  }

  /** @throws the socket's error when the port is taken */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer({ noDelay: true }, (socket) => {
      this.#connected(socket);
    });
    server.maxConnections = connectionsMax;
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => {
        this.#server = undefined;
        reject(error);
      });
      server.listen(this.address.port, this.address.host, resolve);
    });
  }

  /** The clean end: every session is told FAILURE_EVENT with `status`. */
  async stop(status: number): Promise<void> {
    for (const session of this.sessions) this.#endSession(session, status);
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) =>
      server.close(() => {
        resolve();
      }),
    );
  }

  mute(requestId: number): void {
    if (this.#muted.size >= mutedMax) this.#muted.clear();
    this.#muted.add(requestId);
  }

  isMuted(requestId: number | undefined): boolean {
    return requestId !== undefined && this.#muted.has(requestId);
  }

  /** Does what `POST /faults` orders: an action at once, a switch or a counted fault until it is off or used up. */
  async setFault(fault: FaultName, order: FaultOrder): Promise<void> {
    const { kind } = faultTable[fault];
    if (kind === 'action') {
      if (order.on !== false) await this.#act(fault as ActionFault, order);
      return;
    }
    const lasting = fault as SwitchFault | CountedFault;
    if (order.on === false) this.#switchOff(lasting);
    else this.#switchOn(lasting, remainingOf(kind, order), order);
  }

  /** Everything as at the start: no fault, and listening. */
  async clearFaults(): Promise<void> {
    for (const { fault } of this.faults.active) this.#switchOff(fault);
    await this.listen();
  }

  async #act(fault: ActionFault, details: FaultDetails): Promise<void> {
    switch (fault) {
      case 'down':
        await this.#goDown();
        break;
      case 'up':
        await this.listen();
        break;
      case 'reset':
        this.#eachConnection((session) => {
          session.reset('fault: reset');
        });
        break;
      case 'cutInsideFrame':
        this.#eachConnection((session) => {
          session.sendFrame(cutFrame);
          // The half frame leaves at the end of this turn, the reset follows in the next.
          setImmediate(() => {
            session.reset('fault: cutInsideFrame');
          });
        });
        break;
      case 'failureEvent':
        this.#each((session) => {
          this.#endSession(session, details.status ?? StatusCode.CTI_SERVER_OFFLINE);
        });
        break;
      case 'garbage':
        this.#sendToAll(garbageFrame);
        break;
      case 'impossibleLength':
        this.#sendToAll(impossibleFrame);
        break;
      case 'unknownMessage':
        this.#sendToAll(unknownFrame);
        break;
    }
  }

  #switchOn(fault: SwitchFault | CountedFault, remaining: number | null, details: FaultDetails): void {
    const wasOn = this.faults.active.some((active) => active.fault === fault);
    this.faults.set(fault, remaining, details);
    if (fault === 'freeze')
      this.#eachConnection((session) => {
        session.faultsChanged(true);
      });
    if (wasOn) return;
    if (fault === 'peripheralOffline') this.#tellSystem(SystemEventID.PERIPHERAL_OFFLINE, this.context.peripheralId);
    if (fault === 'pgDown') this.#tellSystem(SystemEventID.PERIPHERAL_GATEWAY_OFFLINE, this.context.peripheralId);
    if (fault === 'maintenance') this.maintenance.begin(this.sessions);
  }

  #switchOff(fault: SwitchFault | CountedFault): void {
    const wasOn = this.faults.active.some((active) => active.fault === fault);
    this.faults.clear(fault);
    this.#eachConnection((session) => {
      session.faultsChanged(this.faults.isOn('freeze'));
    });
    if (!wasOn) return;
    if (fault === 'peripheralOffline') this.#tellSystem(SystemEventID.PERIPHERAL_ONLINE, this.context.peripheralId);
    if (fault === 'pgDown') {
      this.#tellSystem(SystemEventID.CTI_SERVER_ONLINE, 0);
      this.#tellSystem(SystemEventID.PERIPHERAL_ONLINE, this.context.peripheralId);
    }
    if (fault === 'maintenance') this.maintenance.cancel();
    if (fault === 'standby')
      this.#each((session) => {
        this.#activate(session);
      });
  }

  tellTeams(agents: readonly Agent[]): void {
    for (const session of this.sessions) tellTeams(session, agents, this.context.peripheralId);
  }

  /** A reset is one of the TCP connection, under TLS too. */
  #connected(tcp: Socket): void {
    const { tls } = this.context;
    const socket = tls === undefined ? tcp : new TLSSocket(tcp, { isServer: true, secureContext: tls });
    const session = new Session(this.context.nextSessionId(), socket, tcp, this.faults, {
      openRequested: (opener, version, frame) => {
        answerOpen(this, opener, version, frame);
      },
      receivedBeforeOpen: (stranger, body) => {
        failUnread(stranger, body, StatusCode.SESSION_NOT_OPEN);
      },
      messageReceived: (sender, message) => {
        answerMessage(this, sender, message);
      },
      unknownReceived: (sender, _type, body) => {
        failUnread(sender, body, StatusCode.INVALID_MSG_TYPE_FOR_VERSION);
      },
      gone: (leaver, why) => {
        this.sessions.delete(leaver);
        this.maintenance.forget(leaver);
        tellSessionClosed(this, leaver);
        this.context.log('session ended', { side: this.name, sessionId: leaver.sessionId, why });
      },
    });
    this.sessions.add(session);
  }

  #activate(session: Session): void {
    if (session.phase !== 'standby') return;
    session.activated();
    session.send({ name: 'STANDBY_ACTIVE_EVENT_MSG' });
  }

  #tellSystem(eventId: number, arg1: number): void {
    const draft = systemEvent({ eventId, arg1, pgStatus: this.pgStatus, nowMs: this.context.now() });
    this.#each((session) => {
      if (session.wantsEvents) session.send(draft);
    });
  }

  async #goDown(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed =
      server === undefined
        ? undefined
        : new Promise<void>((resolve) =>
            server.close(() => {
              resolve();
            }),
          );
    this.#eachConnection((session) => {
      session.reset('fault: down');
    });
    await closed;
  }

  #endSession(session: Session, status: number): void {
    if (session.phase === 'open' || session.phase === 'standby')
      session.send({ name: 'FAILURE_EVENT', Status: status });
    session.end(`told FAILURE_EVENT ${status}`);
  }

  #sendToAll(frame: Uint8Array): void {
    this.#each((session) => {
      session.sendFrame(frame);
    });
  }

  /** Sessions only; connections that have not opened one are left alone. */
  #each(visit: (session: Session) => void): void {
    for (const session of this.sessions) {
      if (session.phase === 'open' || session.phase === 'standby') visit(session);
    }
  }

  #eachConnection(visit: (session: Session) => void): void {
    for (const session of this.sessions) visit(session);
  }
}
