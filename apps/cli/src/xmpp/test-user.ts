import { setTimeout as pause } from 'node:timers/promises';
import { type Client, type Element, xml } from '@xmpp/client';
import { XmppTcpSocket, XmppWebSocket } from '#presence/xmpp/sockets';
import { accountEntity, stepMsMaxOf, type StreamSettings } from '#presence/xmpp/stream';
import { streamEndOf, StreamFault } from '#presence/xmpp/stream-fault';

/** With or without XEP-0198, by which a server keeps a desktop whose connection is gone `available` for a while. */
export type StreamManagement = 'used' | 'unused';

/** `killed`: the connection is closed without a word; `halfOpen`: it stays, and nothing is answered any more. */
export type Death = 'killed' | 'halfOpen';

const smNamespace = 'urn:xmpp:sm:3';
const farewellMsMax = 2_000;

/** A desktop that dies as it is told to. */
export class TestUser {
  private constructor(
    private readonly entity: Client,
    readonly jid: string,
    /** For how long the server promises to keep it after its connection is gone; null when it makes no such promise. */
    readonly keptMs: number | null,
    /** False when management was asked for and the server has none. */
    readonly isManaged: boolean,
  ) {}

  /** @throws StreamFault that says why it could not sign in */
  static async signIn(settings: StreamSettings, management: StreamManagement): Promise<TestUser> {
    const entity = accountEntity(settings);
    const answer = management === 'used' ? managementAnswer(entity) : withoutManagement(entity);
    try {
      const jid = await online(entity, settings);
      const enabled = await answer();
      return new TestUser(entity, jid, keptMsOf(enabled), enabled !== null);
    } catch (fault) {
      socketOf(entity)?.destroy();
      throw new StreamFault('refused', streamEndOf(fault).sentence);
    }
  }

  appear(): void {
    this.entity.send(xml('presence')).catch(() => undefined);
  }

  die(death: Death): void {
    const socket = socketOf(this.entity);
    if (death === 'killed') socket?.destroy();
    else socket?.silence();
  }

  /** Signs off as a good client does. */
  async leave(): Promise<void> {
    const late = pause(farewellMsMax, undefined, { ref: false });
    await Promise.race([this.entity.stop().catch(() => undefined), late]);
    this.end();
  }

  /** What is left of it here is gone afterwards. */
  end(): void {
    socketOf(this.entity)?.destroy();
  }
}

function online(entity: Client, settings: StreamSettings): Promise<string> {
  const { url, domain } = settings;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signInMsMax = stepMsMaxOf(settings);
  const late = setTimeout(() => {
    reject(new StreamFault('unreachable', `not signed in within ${String(signInMsMax)} ms`));
  }, signInMsMax);
  entity.on('online', (jid) => {
    resolve(jid.toString());
  });
  // The listeners stay: a dead desktop's faults are nobody's.
  entity.on('error', reject);
  entity.on('disconnect', () => {
    reject(new StreamFault('lost', 'the connection was closed'));
  });
  entity
    .connect(url)
    .then(() => entity.open({ domain }))
    .catch(reject);
  return promise.finally(() => {
    clearTimeout(late);
  });
}

/** Answers `<enabled/>`, or null: not offered or refused. Presence must not be sent before it, see `connectAccount`. */
function managementAnswer(entity: Client): () => Promise<Element | null> {
  const { promise, resolve } = Promise.withResolvers<Element | null>();
  let isOffered = false;
  entity.on('nonza', (element) => {
    if (element.is('features')) isOffered = element.getChild('sm', smNamespace) !== undefined;
    if (element.is('enabled', smNamespace)) resolve(element);
    if (element.is('failed', smNamespace)) resolve(null);
  });
  entity.on('disconnect', () => {
    resolve(null);
  });
  return () => (isOffered ? promise : Promise.resolve(null));
}

function withoutManagement(entity: Client): () => Promise<null> {
  entity.prependListener('element', (element) => {
    if (element.is('features')) element.children = element.children.filter((child) => !isManagementOffer(child));
  });
  return () => Promise.resolve(null);
}

function isManagementOffer(child: Element | string): boolean {
  return typeof child !== 'string' && child.name === 'sm';
}

/** `max` is in seconds (XEP-0198 §3). */
function keptMsOf(enabled: Element | null): number | null {
  const { resume = '', max = '' } = enabled?.attrs ?? {};
  return /^(true|1)$/.test(resume) && /^\d{1,9}$/.test(max) ? Number(max) * 1_000 : null;
}

function socketOf({ socket }: Client): XmppTcpSocket | XmppWebSocket | null {
  return socket instanceof XmppTcpSocket || socket instanceof XmppWebSocket ? socket : null;
}
