import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import { type Duplex } from 'node:stream';
import { type Logger } from 'pino';
import { type Agent, type Side } from '#domain/agent';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Admission } from './admission';
import { closeCodes, type CloseName, reasonBytesMax, type UpgradeRefusal, upgradeRefusals } from './close-codes';
import { DesktopConnection, farewellMsMax } from './desktop-connection';
import { type Holding } from './desktop-table';
import { Heartbeat } from './heartbeat';
import { type Service } from './lease';
import { fullBucket, type RateRule, take } from './message-rate';
import { isOriginAllowed } from './origin';
import { type PresenceDesk } from './presence-desk';
import { type SilenceRule } from './silence';
import { type Tally } from './tally';

export const desktopPath = '/desktop';

/** A message of a desktop is below 200 bytes. */
export const messageBytesMax = 4_096;

/** More than the 12 000 agents that a peripheral has at most, for those with two desktops. */
export const connectionsMax = 15_000;

/** A desktop that flaps leaves half-open connections behind until they are found dead; two or three are usual. */
export const connectionsPerAgentMax = 32;

/** Sockets that are told why they are refused, at a time; beyond it they are refused without a word. */
const refusalsMax = 500;

/** Whoever has no token can make us write this many lines and no more; the metric counts them all. */
const refusalLineRate: RateRule = { burst: 60, perSecond: 1 };

/** A planned stop sends so many desktops to the other side per second… */
const sentAwayPerSecond = 500;
/** …but is done with it after this long. */
const sendAwayMsMax = 4_000;
const sendAwayWaves = 20;

export interface GatewayParts {
  readonly desk: PresenceDesk;
  readonly admission: Pick<Admission, 'admit'>;
  readonly tally: Tally;
  readonly log: Logger;
  readonly rule: SilenceRule;
  readonly service: () => Service;
  readonly origins: readonly string[];
  readonly side: Side;
  readonly serverId: string;
}

interface Refusal {
  readonly name: CloseName;
  readonly sentence: string;
}

const closeNames = { refused: 'token', unknownAgent: 'unknownAgent', unavailable: 'tryAgain' } as const;

/** Where desktops connect: lets them in or says why not, keeps them by their secrets, pings them, sends them away. */
export class Gateway {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
  });
  private readonly byConnection = new Map<string, DesktopConnection>();
  private readonly byByeToken = new Map<string, DesktopConnection>();
  private readonly perAgent = new Map<string, number>();
  private readonly heartbeat: Heartbeat;
  private refusing = 0;
  private refusalLines = fullBucket(refusalLineRate, performance.now());
  private stopping = false;

  constructor(private readonly parts: GatewayParts) {
    this.heartbeat = new Heartbeat({
      rule: parts.rule,
      pulses: () => [...this.byConnection.values()],
      onStall: (ms) => {
        parts.tally.stalled(ms);
        parts.log.warn({ stalledMs: Math.round(ms) }, 'this process stood still; the silence of desktops begins anew');
      },
    });
  }

  /** Takes over the upgrades of that server. */
  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      this.upgrade(request, socket, head).catch((error: unknown) => {
        // A fault of ours in one upgrade ends that upgrade, not the desktops that are open.
        this.parts.log.error({ err: error }, 'an upgrade failed');
        socket.destroy();
      });
    });
    this.heartbeat.start();
  }

  get size(): number {
    return this.byConnection.size;
  }

  /** `POST /desktop/bye`. Does nothing for a secret that no open connection has. */
  bye(byeToken: string): void {
    this.byByeToken.get(byeToken)?.bye();
  }

  /** The server went in or out of service. */
  serviceChanged(service: Service): void {
    for (const connection of this.byConnection.values()) {
      if (service.status === 'IN_SERVICE') void connection.acknowledgeAgain();
      else connection.tellOutOfService();
    }
  }

  /** A desktop was told to the store again; what its desktop was told may not hold any more. */
  asserted(holding: Holding, agent: Agent): void {
    const stillHolds = agent.phase.name !== 'issuing' && agent.signedIn !== 'no';
    if (!stillHolds) void this.byConnection.get(holding.desktop.connection)?.acknowledgeAgain();
  }

  /** Maintenance: sends the first so many desktops to the other side. */
  moveAway(count: number): void {
    let left = count;
    for (const connection of this.byConnection.values()) {
      if (left-- <= 0) return;
      connection.moveAway();
    }
  }

  /** Planned stop: nobody is let in, all are sent to the other side, and none of that is a loss. */
  async stop(): Promise<void> {
    this.stopping = true;
    const all = [...this.byConnection.values()];
    for (const connection of all) connection.leave();
    const spreadMs = Math.min(sendAwayMsMax, (all.length / sentAwayPerSecond) * 1000);
    const perWave = Math.max(1, Math.ceil(all.length / sendAwayWaves));
    for (let first = 0; first < all.length; first += perWave) {
      for (const connection of all.slice(first, first + perWave)) connection.sendAway();
      await new Promise((resolve) => setTimeout(resolve, spreadMs / sendAwayWaves));
    }
    this.heartbeat.stop();
  }

  private async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = urlOf(request);
    const refusal = url === null ? 'badRequest' : this.lookAt(url, request);
    if (url === null || refusal !== null) {
      this.turnDown(socket, refusal ?? 'badRequest');
      return;
    }
    const verdict = await this.parts.admission.admit(url.searchParams);
    const from = request.socket.remoteAddress ?? '';
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (verdict.kind !== 'agent') {
        this.turnAway(webSocket, { name: closeNames[verdict.kind], sentence: verdict.sentence }, from);
        return;
      }
      const limit = this.limitFor(verdict.agentId);
      if (limit === null) this.letIn(webSocket, verdict.agentId, from);
      else this.turnAway(webSocket, limit, from);
    });
  }

  /** What is wrong with an upgrade before its token is looked at; null when nothing is. */
  private lookAt(url: URL, request: IncomingMessage): UpgradeRefusal | null {
    if (url.pathname !== desktopPath) return 'notFound';
    const { origin, host } = request.headers;
    if (!isOriginAllowed(origin, host, this.parts.origins)) return 'foreignOrigin';
    return this.stopping || this.refusing >= refusalsMax ? 'full' : null;
  }

  private limitFor(agentId: string): Refusal | null {
    if (this.stopping) return { name: 'stopping', sentence: 'the server is being stopped: go to the other side' };
    if (this.size >= connectionsMax) return { name: 'tryAgain', sentence: 'this server is full' };
    if ((this.perAgent.get(agentId) ?? 0) < connectionsPerAgentMax) return null;
    return {
      name: 'tooManyDesktops',
      sentence: `agent ${agentId} has ${String(connectionsPerAgentMax)} connections here`,
    };
  }

  private letIn(webSocket: WebSocket, agentId: string, from: string): void {
    const { side, serverId, desk, tally, log, rule, service } = this.parts;
    const identity = {
      agentId,
      connection: `${serverId}:${randomBytes(9).toString('base64url')}`,
      byeToken: randomBytes(24).toString('base64url'),
      side,
      serverId,
      from,
    };
    const onEnd = (connection: DesktopConnection): void => {
      this.forget(connection);
    };
    const connection = new DesktopConnection(webSocket, identity, { desk, tally, log, rule, service, onEnd });
    this.byConnection.set(identity.connection, connection);
    this.byByeToken.set(identity.byeToken, connection);
    this.perAgent.set(agentId, (this.perAgent.get(agentId) ?? 0) + 1);
  }

  private forget({ identity }: DesktopConnection): void {
    this.byConnection.delete(identity.connection);
    this.byByeToken.delete(identity.byeToken);
    const left = (this.perAgent.get(identity.agentId) ?? 1) - 1;
    if (left > 0) this.perAgent.set(identity.agentId, left);
    else this.perAgent.delete(identity.agentId);
  }

  /** Refused after the handshake, so that a page can read code and reason. */
  private turnAway(webSocket: WebSocket, { name, sentence }: Refusal, from: string): void {
    this.parts.tally.refused(name);
    const bucket = take(this.refusalLines, refusalLineRate, performance.now());
    if (bucket !== null) {
      this.refusalLines = bucket;
      this.parts.log.warn({ from, code: closeCodes[name].code, sentence }, 'desktop refused');
    }
    this.refusing += 1;
    const timer = setTimeout(() => {
      webSocket.terminate();
    }, farewellMsMax);
    webSocket.on('error', () => undefined);
    webSocket.once('close', () => {
      clearTimeout(timer);
      this.refusing -= 1;
    });
    webSocket.close(closeCodes[name].code, sentence.slice(0, reasonBytesMax));
  }

  /** Refused before the handshake, as HTTP. */
  private turnDown(socket: Duplex, name: UpgradeRefusal): void {
    const { status, sentence } = upgradeRefusals[name];
    this.parts.tally.refused(name);
    const body = `${JSON.stringify({ error: { code: name, sentence } })}\n`;
    socket.end(
      [
        `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
        'Connection: close',
        'Content-Type: application/json',
        `Content-Length: ${String(Buffer.byteLength(body))}`,
        '',
        body,
      ].join('\r\n'),
    );
  }
}

function urlOf(request: IncomingMessage): URL | null {
  const { url = '' } = request;
  return URL.canParse(url, 'http://host') ? new URL(url, 'http://host') : null;
}
