import { randomBytes } from 'node:crypto';
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import { type Duplex } from 'node:stream';
import { type Logger } from 'pino';
import { type Agent, type Side } from '#domain/agent';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Admission, type Admitted } from './admission';
import { type AgentRate } from './agent-rate';
import { closeCodes, type CloseName, reasonBytesMax, type UpgradeRefusal, upgradeRefusals } from './close-codes';
import { DesktopConnection, farewellMsMax } from './desktop-connection';
import { FairShare } from './fair-share';
import { type Holding } from './desktop-table';
import { Heartbeat } from './heartbeat';
import { type Service } from './lease';
import { fullBucket, messageRate, onEachFrame, type RateRule, take } from './message-rate';
import { isOriginAllowed } from './origin';
import { type OverloadWatch } from './overload-watch';
import { type PresenceDesk } from './presence-desk';
import { type RefusalLog } from './refusal-log';
import { type SignIns, type SignInState } from './sign-ins';
import { type SilenceRule } from './silence';
import { type Tally } from './tally';

export const desktopPath = '/desktop';

/** A message of a desktop is below 200 bytes. */
export const messageBytesMax = 4_096;

/** More than the 12 000 agents that a peripheral has at most, for those with two desktops. */
export const connectionsMax = 15_000;

/** A desktop that flaps leaves half-open connections behind until they are found dead; two or three are usual. */
export const connectionsPerAgentMax = 32;

/** An agent whose desktops come back does so some seconds apart; faster is a loop, and each one is written down. */
export const openingRate: RateRule = { burst: 60, perSecond: 2 };

/** Upgrades whose proof is being looked at, at a time: more than all desktops of a side that come over within a second. */
export const upgradesAtOnceMax = 4_000;

/** Sockets that are told by a close code why they are refused, at a time; beyond it they are refused over HTTP and closed. */
export const farewellsAtOnceMax = 500;

/** A planned stop sends so many desktops to the other side per second… */
const sentAwayPerSecond = 500;
/** …but is done with it after this long. */
const sendAwayMsMax = 4_000;
const sendAwayWaves = 20;

/** Where an upgrade comes from. */
export interface Client {
  /** Of the client, as far as proxies that are trusted name it; for the log. */
  readonly address: string;
  /** What limits are shared out by: the address, of IPv6 its network. */
  readonly network: string;
}

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
  readonly clientOf: (request: IncomingMessage) => Client;
  readonly signIns: SignIns;
  readonly refusals: Pick<RefusalLog, 'note'>;
  readonly overload: Pick<OverloadWatch, 'noteTurnedAway'>;
  /** Of all ways in together: what an agent opens by WebSocket and by a feed counts as one. */
  readonly openings: Pick<AgentRate, 'take'>;
}

interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

interface Refusal {
  readonly name: CloseName;
  readonly sentence: string;
}

const closeNames = {
  refused: 'token',
  unknownAgent: 'unknownAgent',
  unjudged: 'tokenUnjudged',
  unavailable: 'tryAgain',
} as const;

/**
 * Where desktops connect: lets them in or says why not, keeps them by their secrets, pings them, sends them away.
 *
 * The proof is looked at before anything is refused for want of room: who can prove an agent is let in whatever others
 * send. What is limited is what the others cost, and it is shared out by the network that they come from.
 */
export class Gateway {
  private readonly sockets = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
  });
  private readonly byConnection = new Map<string, DesktopConnection>();
  private readonly byByeToken = new Map<string, DesktopConnection>();
  private readonly byAgent = new Map<string, Set<DesktopConnection>>();
  private readonly heartbeat: Heartbeat;
  private readonly upgrading = new FairShare(upgradesAtOnceMax);
  private readonly farewells = new FairShare(farewellsAtOnceMax);
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

  /** `POST /desktop/bye`. Answers false, and does nothing, for a secret that no open connection has. */
  bye(byeToken: string): boolean {
    const connection = this.byByeToken.get(byeToken);
    connection?.bye();
    return connection !== undefined;
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

  /** The CTI server says that an agent has signed in or was signed out. */
  signInChanged(agentId: string, signIn: SignInState): void {
    for (const connection of this.byAgent.get(agentId) ?? []) connection.tellSignIn(signIn);
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
    const client = this.parts.clientOf(request);
    const refusal = url === null ? 'badRequest' : this.lookAt(url, request);
    if (url === null || refusal !== null) {
      this.turnDown(socket, refusal ?? 'badRequest', client);
      return;
    }
    if (!this.upgrading.enter(client.network)) {
      this.parts.overload.noteTurnedAway();
      this.turnDown(socket, 'full', client);
      return;
    }
    try {
      const verdict = await this.parts.admission.admit(url.searchParams);
      this.answer(verdict, client, { request, socket, head });
    } finally {
      this.upgrading.leave(client.network);
    }
  }

  /** What is wrong with an upgrade before its proof is looked at; null when nothing is. */
  private lookAt(url: URL, request: IncomingMessage): UpgradeRefusal | null {
    if (url.pathname !== desktopPath) return 'notFound';
    const { origin, host } = request.headers;
    if (!isOriginAllowed(origin, host, this.parts.origins)) return 'foreignOrigin';
    return this.stopping ? 'full' : null;
  }

  private answer(verdict: Admitted, client: Client, { request, socket, head }: Upgrade): void {
    // It went while its proof was looked at.
    if (socket.destroyed) return;
    const refusal = verdict.kind === 'agent' ? this.limitFor(verdict.agentId) : refusalOf(verdict);
    if (refusal !== null) {
      if (!this.farewells.enter(client.network)) {
        this.turnDown(socket, verdict.kind === 'refused' ? 'unproved' : 'full', client);
        return;
      }
      socket.once('close', () => {
        this.farewells.leave(client.network);
      });
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (refusal !== null) this.turnAway(webSocket, refusal, client.address);
      else if (verdict.kind === 'agent') this.letIn(webSocket, verdict.agentId, client.address);
    });
  }

  private limitFor(agentId: string): Refusal | null {
    if (this.stopping) return { name: 'stopping', sentence: 'the server is being stopped: go to the other side' };
    if (this.size >= connectionsMax) {
      this.parts.overload.noteTurnedAway();
      return { name: 'tryAgain', sentence: 'this server is full' };
    }
    if ((this.byAgent.get(agentId)?.size ?? 0) >= connectionsPerAgentMax) {
      const sentence = `agent ${agentId} has ${String(connectionsPerAgentMax)} connections here`;
      return { name: 'tooManyDesktops', sentence };
    }
    if (this.parts.openings.take(agentId)) return null;
    return {
      name: 'tooFast',
      sentence: `agent ${agentId} opens more than ${String(openingRate.perSecond)} desktops per second`,
    };
  }

  private letIn(webSocket: WebSocket, agentId: string, from: string): void {
    const { side, serverId, desk, tally, log, rule, service, signIns } = this.parts;
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
    const connection = new DesktopConnection(webSocket, identity, { desk, tally, log, rule, service, signIns, onEnd });
    this.byConnection.set(identity.connection, connection);
    this.byByeToken.set(identity.byeToken, connection);
    this.byAgent.set(agentId, (this.byAgent.get(agentId) ?? new Set()).add(connection));
  }

  private forget(connection: DesktopConnection): void {
    const { identity } = connection;
    this.byConnection.delete(identity.connection);
    this.byByeToken.delete(identity.byeToken);
    const ofAgent = this.byAgent.get(identity.agentId);
    ofAgent?.delete(connection);
    if (ofAgent?.size === 0) this.byAgent.delete(identity.agentId);
  }

  /** Refused after the handshake, so that a page can read code and reason. */
  private turnAway(webSocket: WebSocket, { name, sentence }: Refusal, from: string): void {
    this.parts.tally.refused(name);
    this.parts.refusals.note({ surface: 'desktop', reason: name, sentence: sentenceFor(name, sentence), from });
    const timer = setTimeout(() => {
      webSocket.terminate();
    }, farewellMsMax);
    webSocket.on('error', () => undefined);
    webSocket.once('close', () => {
      clearTimeout(timer);
    });
    endFloods(webSocket);
    webSocket.close(closeCodes[name].code, sentence.slice(0, reasonBytesMax));
  }

  /** Refused before the handshake, as HTTP. Its connection ends with the answer, whatever the client does. */
  private turnDown(socket: Duplex, name: UpgradeRefusal, { address: from }: Client): void {
    const { status, sentence } = upgradeRefusals[name];
    this.parts.tally.refused(name);
    this.parts.refusals.note({ surface: 'desktop', reason: name, sentence, from });
    const body = `${JSON.stringify({ error: { code: name, sentence } })}\n`;
    socket.once('finish', () => {
      socket.destroy();
    });
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

/** Who is refused may still send what was on its way, and no more. */
function endFloods(webSocket: WebSocket): void {
  let bucket = fullBucket(messageRate, performance.now());
  onEachFrame(webSocket, () => {
    const left = take(bucket, messageRate, performance.now());
    if (left === null) webSocket.terminate();
    else bucket = left;
  });
}

/** One line for all agents: what is said to a desktop with this close code names one. */
function sentenceFor(name: CloseName, sentence: string): string {
  return name === 'tooManyDesktops' || name === 'tooFast' ? closeCodes[name].sentence : sentence;
}

function refusalOf({ kind, sentence }: Exclude<Admitted, { kind: 'agent' }>): Refusal {
  return { name: closeNames[kind], sentence };
}

/** Reads `//` in an address as `/`: clients join a base address that ends in a slash with a path that begins with one. */
export function singleSlashes(address: string): string {
  const [path = '', ...query] = address.split('?');
  return [path.replace(/\/{2,}/g, '/'), ...query].join('?');
}

function urlOf(request: IncomingMessage): URL | null {
  const url = singleSlashes(request.url ?? '');
  return URL.canParse(url, 'http://host') ? new URL(url, 'http://host') : null;
}
