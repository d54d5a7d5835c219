import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '#config/password-hash';
import { parseRedisUrl } from '#config/redis-url';
import { connect, type RedisConnection } from '#store/connection';
import { Keys } from '#store/keys';
import { pino } from 'pino';
import { basic, FinesseClient, inShort, textOf } from '../support/finesse-client';
import { OidcIssuer } from '../support/oidc-issuer';
import { peripheralId, type Side, type Site, startSite, until } from '../support/site';

export const password = 'correct horse';
export const sides: readonly Side[] = ['primary', 'secondary'];

/** What servers tell each other of a request. */
export interface Told {
  readonly kind: 'asked' | 'done' | 'failed';
  readonly agentId: string;
  readonly action: string;
  readonly requestId?: string;
  readonly error?: { readonly errorType: string };
}

/** A site whose servers offer REST: agents 1001 to 1017, an administrator, and 8888, whom no CTI server knows. */
export class FinesseStage {
  /** Of all servers, in the order in which it was told. */
  readonly told: Told[] = [];

  private constructor(
    readonly site: Site,
    readonly issuer: OidcIssuer,
    private readonly folder: string,
    private readonly hash: string,
    private readonly subscriber: RedisConnection,
  ) {
    subscriber.on('message', (_channel: string, text: string) => {
      this.told.push((JSON.parse(text) as { event: Told }).event);
    });
  }

  static async begin(): Promise<FinesseStage> {
    const folder = await mkdtemp(join(tmpdir(), 'finesse-'));
    const hash = await hashPassword(password, 12);
    await writeAgents(folder, agentsOf(hash));
    const issuer = await OidcIssuer.start();
    const site = await startSite({}, undefined, () => ({
      AGENTS_FILE: join(folder, 'agents.json'),
      OIDC_ISSUER: issuer.url,
      FINESSE_NODES: 'primary=https://a.example:8445,secondary=https://b.example:8445',
      XMPP_DOMAIN: 'desk.example',
      ORIGINS: 'https://pages.example',
    }));
    const stage = new FinesseStage(site, issuer, folder, hash, await subscriberOf(site));
    await Promise.all(
      sides.map((side) =>
        until(async () => {
          const { text } = await stage.at(side).get('SystemInfo');
          return textOf(text, 'status') === 'IN_SERVICE' || undefined;
        }, `the ${side} side to be in service`),
      ),
    );
    return stage;
  }

  /** The file holds the agents of the stage and this one. */
  addAgent(agentId: string): Promise<void> {
    return writeAgents(this.folder, [...agentsOf(this.hash), { id: agentId, password: this.hash }]);
  }

  spoilAgents(agents: readonly object[]): Promise<void> {
    return writeAgents(this.folder, agents);
  }

  at(side: Side, agentId?: string): FinesseClient {
    const { url } = this.site.servers[side];
    return new FinesseClient(url, agentId === undefined ? undefined : basic(agentId, password));
  }

  async state(agentId: string): Promise<string> {
    return (await this.site.ctiAgent(agentId)).stateName;
  }

  untilState(agentId: string, expected: string): Promise<true> {
    return until(async () => (await this.state(agentId)) === expected || undefined, `${agentId} to be ${expected}`);
  }

  /** Waits until a GET of the User shows this state; answers the document. */
  untilShown(client: FinesseClient, agentId: string, expected: string): Promise<string> {
    return until(async () => {
      const { text } = await client.get(`User/${agentId}`);
      return textOf(text, 'state') === expected ? text : undefined;
    }, `${agentId} to be shown as ${expected}`);
  }

  /** Signed in at the primary, and the link of that side says so. */
  async signedIn(agentId: string): Promise<FinesseClient> {
    const client = this.at('primary', agentId);
    expect(inShort(await client.signIn(agentId, String(Number(agentId) + 2_000)))).toBe('202');
    await this.untilState(agentId, 'NOT_READY');
    await this.untilShown(client, agentId, 'NOT_READY');
    return client;
  }

  untilSaid(side: Side, words: string): Promise<true> {
    return until(
      () => Promise.resolve(this.site.servers[side].lines.some((line) => line.includes(words)) || undefined),
      `the ${side} server to say: ${words}`,
    );
  }

  toldOf(agentId: string): Told[] {
    return this.told.filter((one) => one.agentId === agentId);
  }

  /** What became of an agent's orders of this kind. */
  settled(agentId: string, action: string): Told[] {
    return this.toldOf(agentId).filter((one) => one.kind !== 'asked' && one.action === action);
  }

  async end(): Promise<void> {
    this.subscriber.disconnect();
    await this.site.stop();
    await this.issuer.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function agentsOf(hash: string): object[] {
  return [
    ...Array.from({ length: 16 }, (_, n) => ({ id: String(1001 + n), password: hash })),
    { id: '1017', firstName: 'Ada', lastName: '<Lovelace>', team: 'sales', password: hash },
    { id: 'boss', roles: ['administrator'], password: hash },
    { id: '8888', password: hash },
  ];
}

async function writeAgents(folder: string, agents: readonly object[]): Promise<void> {
  const path = join(folder, 'agents.json');
  await writeFile(`${path}.new`, JSON.stringify({ agents }));
  await rename(`${path}.new`, path);
}

async function subscriberOf(site: Site): Promise<RedisConnection> {
  const parsed = parseRedisUrl(site.redis.url);
  if (parsed.kind !== 'address') throw new Error(parsed.sentence);
  const connection = connect(parsed.address, { name: 'test', log: pino({ level: 'silent' }), role: 'subscriber' });
  await connection.subscribe(new Keys(peripheralId).restEvents);
  return connection;
}
