import { randomUUID } from 'node:crypto';
import { type Element } from '@xmpp/client';
import { type Component } from '@xmpp/component';
import { type Logger } from 'pino';
import { PubsubOutbox } from './pubsub-outbox';
import { answerIq, eventStanza, pingStanza, type PubsubMessage, type PubsubNodes } from './pubsub-stanzas';
import { XmppTcpSocket } from './sockets';
import { componentEntity } from './stream';
import { streamEndOf, StreamFault } from './stream-fault';

/**
 * The service that sends agents their events, as a component of the XMPP server (XEP-0114).
 *
 * Its name is the election: the XMPP server gives it to one process at a time, so an agent hears each event once,
 * whichever servers there are. Its life: it rests until it is told to `ask`; then it asks for the name every few seconds
 * until it has it, or is told to `rest`. While it has it, it sends, answers requests about its nodes, and pings the XMPP
 * server. A stream that ends or does not answer is given up, and the asking begins anew. `rest` sends what waits, then
 * lets go of the name.
 */

const askEveryMs = 3_000;
/** Opening and handshake together. */
const openMsMax = 5_000;
const pingEveryMs = 10_000;
const pongMsMax = 5_000;
/** What waits has so long to be sent when the name is let go. */
const farewellMsMax = 1_000;

export interface PubsubComponentParts {
  /** `xmpp://host:port` where the XMPP server takes components. */
  readonly url: string;
  /** The name of the component. */
  readonly service: string;
  readonly secret: string;
  /** Where the agents are. */
  readonly domain: string;
  readonly nodes: PubsubNodes;
  readonly log: Logger;
  /** The name is ours, or events were lost while it was: whatever agents should know is to be told anew. */
  readonly onTellAnew: () => void;
  /** The name is not ours any more. */
  readonly onLost: () => void;
  readonly askEveryMs?: number;
}

interface Held {
  readonly entity: Component;
  readonly outbox: PubsubOutbox<PubsubMessage>;
  pongBy: NodeJS.Timeout | undefined;
  pingId: string;
}

export class PubsubComponent {
  private wanted = false;
  private asking = false;
  private held: Held | undefined;
  private timer: NodeJS.Timeout | undefined;
  private fault = '';
  private sentCount = 0;
  private droppedCount = 0;

  constructor(private readonly parts: PubsubComponentParts) {}

  get holdsName(): boolean {
    return this.held !== undefined;
  }

  get sent(): number {
    return this.sentCount;
  }

  get dropped(): number {
    return this.droppedCount;
  }

  get waiting(): number {
    return this.held?.outbox.size ?? 0;
  }

  /** Asks for the name until it is ours. */
  ask(): void {
    if (this.wanted) return;
    this.wanted = true;
    void this.tryToHold();
  }

  /** Lets go of the name, once what waits is sent. */
  async rest(): Promise<void> {
    this.wanted = false;
    clearTimeout(this.timer);
    const { held } = this;
    if (held === undefined) return;
    await within(held.outbox.whenEmpty(), farewellMsMax);
    if (this.held === held) this.giveUp(held, 'let go');
  }

  /** Sends, while the name is ours; else whoever has it does. False when the message goes nowhere. */
  publish(message: PubsubMessage): boolean {
    if (this.held === undefined) return false;
    const taken = this.held.outbox.put(message);
    if (!taken) this.droppedCount += 1;
    return taken;
  }

  /** Resolves when all that was published is written. */
  async whenSent(): Promise<void> {
    await this.held?.outbox.whenEmpty();
  }

  private async tryToHold(): Promise<void> {
    if (this.asking || this.held !== undefined || !this.wanted) return;
    this.asking = true;
    const { url, service, secret, domain } = this.parts;
    // Every stream is a new entity: the library's own reconnecting would keep a stream that we have given up.
    const entity = componentEntity({ url, domain, user: service, password: secret, ca: undefined });
    entity.timeout = openMsMax;
    let refused = '';
    entity.on('error', (error) => (refused ||= wordOf(error)));
    const started = start(entity, url, service).then(
      () => 'online' as const,
      (error: unknown) => {
        // What the server said came first; the rest is a consequence.
        refused ||= wordOf(error);
        return 'refused' as const;
      },
    );
    const outcome = await within(started, openMsMax);
    this.asking = false;
    if (outcome === 'online' && this.isWanted()) this.hold(entity);
    else {
      destroy(entity);
      this.failed(outcome === 'late' ? `no answer within ${String(openMsMax)} ms` : refused);
    }
  }

  /** It may have changed while something was waited for. */
  private isWanted(): boolean {
    return this.wanted;
  }

  private failed(why: string): void {
    const { log, service, url } = this.parts;
    // One line for each new reason: another server that has the name is the usual one, and no fault.
    if (why !== this.fault && this.wanted) {
      if (why === 'conflict') log.info({ service }, 'another server sends the notifications');
      else log.warn({ service, url, why }, 'agents cannot be notified: the XMPP server does not take the component');
    }
    this.fault = why;
    if (this.wanted) this.timer = setTimeout(() => void this.tryToHold(), this.parts.askEveryMs ?? askEveryMs);
  }

  private hold(entity: Component): void {
    const { service, log, onTellAnew } = this.parts;
    const outbox = new PubsubOutbox<PubsubMessage>({
      write: async (messages) => {
        await Promise.all(messages.map((message) => entity.send(eventStanza(service, message))));
        this.sentCount += messages.length;
      },
      onGapOver: () => {
        log.warn({ service }, 'events waited for too long and were dropped; every agent is told anew');
        onTellAnew();
      },
    });
    const held: Held = { entity, outbox, pongBy: undefined, pingId: '' };
    this.held = held;
    this.fault = '';
    entity.on('stanza', (stanza) => {
      this.heard(held, stanza);
    });
    let fault: unknown = new StreamFault('lost', 'the server closed it');
    entity.on('error', (error) => (fault = error));
    entity.on('disconnect', () => {
      this.giveUp(held, wordOf(fault));
    });
    this.timer = setInterval(() => {
      this.ping(held);
    }, pingEveryMs);
    log.info({ service }, 'this server sends the notifications');
    onTellAnew();
  }

  private heard(held: Held, stanza: Element): void {
    if (stanza.attrs['id'] === held.pingId && stanza.name === 'iq') {
      clearTimeout(held.pongBy);
      held.pongBy = undefined;
      return;
    }
    const { service, domain, nodes } = this.parts;
    const answer = answerIq(stanza, service, domain, nodes);
    if (answer !== undefined) held.entity.send(answer).catch(() => undefined);
  }

  private ping(held: Held): void {
    if (held.pongBy !== undefined) return;
    const { service, domain } = this.parts;
    held.pingId = randomUUID();
    held.pongBy = setTimeout(() => {
      this.giveUp(held, `the XMPP server has not answered a ping for ${String(pongMsMax)} ms`);
    }, pongMsMax);
    held.entity.send(pingStanza(service, domain, held.pingId)).catch(() => undefined);
  }

  private giveUp(held: Held, why: string): void {
    if (this.held !== held) return;
    const { log, service, onLost } = this.parts;
    this.held = undefined;
    clearInterval(this.timer);
    clearTimeout(held.pongBy);
    held.outbox.close();
    destroy(held.entity);
    if (this.wanted) log.warn({ service, why }, 'this server does not send the notifications any more');
    onLost();
    // The stream just ended: the other servers have heard of it as well, and none of them should be the first by right.
    if (this.wanted) this.timer = setTimeout(() => void this.tryToHold(), (this.parts.askEveryMs ?? askEveryMs) / 3);
  }
}

/**
 * In place of the library's own start(): when the connection is lost while the stream is opened, that leaves a promise behind
 * whose rejection nobody hears, which would end the process.
 */
async function start(entity: Component, url: string, service: string): Promise<void> {
  const { promise: online, resolve, reject } = Promise.withResolvers<unknown>();
  online.catch(() => undefined);
  entity.on('online', resolve);
  entity.on('error', reject);
  await entity.connect(url);
  await entity.open({ domain: service });
  await online;
}

/** Ends the stream, and the socket with it when the other end does not. Never fails. */
function destroy(entity: Component): void {
  entity.on('error', () => undefined);
  entity.timeout = farewellMsMax;
  const { socket } = entity;
  const end = (): void => {
    if (socket instanceof XmppTcpSocket) socket.destroy();
  };
  void entity.stop().then(end, end);
}

/** A condition of the stream, such as `conflict`, or what happened to it. */
function wordOf(fault: unknown): string {
  if (typeof fault === 'object' && fault !== null && 'condition' in fault && typeof fault.condition === 'string') {
    return fault.condition;
  }
  return streamEndOf(fault).sentence;
}

async function within<T>(promise: Promise<T>, msMax: number): Promise<T | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, msMax, 'late');
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
