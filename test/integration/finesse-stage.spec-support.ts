import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '#config/password-hash';
import { type RedisConnection } from '#store/connection';
import { Keys } from '#store/keys';
import { type Environment } from '../kit/app';
import { basic, FinesseClient, inShort, textOf } from '../kit/finesse/finesse-client';
import { OidcIssuer } from '../kit/oidc-issuer';
import { peripheralId, type Site } from '../kit/site/site';
import { type Side, sides } from '../kit/site/site-options';
import { startSite } from '../kit/site/start-site';
import { openConnection } from '../kit/site/store-reader';
import { CannotComeError, waitFor } from '../kit/wait';

export const password = 'correct horse';
/** Of agent 1016. */
export const stageLoginName = 'Grace.Hopper@example.com';

/** What servers tell each other of a request. */
export interface Told {
  readonly kind: 'asked' | 'done' | 'failed';
  readonly agentId: string;
  readonly action: string;
  readonly requestId?: string;
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
}

/** A site whose servers offer REST: agents 1001 to 1017, an administrator, and 8888, whom no CTI server knows. */
export class FinesseStage {
  /** Of all servers, in the order in which it was told. */
  readonly told: Told[] = [];
  private orders = 0;

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

  /** @param env of the servers, beside what the stage needs */
  static async begin(env: Environment = {}): Promise<FinesseStage> {
    const folder = await mkdtemp(join(tmpdir(), 'finesse-'));
    const hash = await hashPassword(password, 12);
    await writeAgents(folder, agentsOf(hash));
    const issuer = await OidcIssuer.start();
    const serverEnv = {
      AGENTS_FILE: join(folder, 'agents.json'),
      OIDC_ISSUER: issuer.url,
      FINESSE_NODES: 'primary=https://a.example:8445,secondary=https://b.example:8445',
      XMPP_DOMAIN: 'desk.example',
      ORIGINS: 'https://pages.example',
      ...env,
    };
    const site = await startSite({ envOf: (app) => (app === 'server' ? serverEnv : {}) });
    const stage = new FinesseStage(site, issuer, folder, hash, await subscriberOf(site));
    await Promise.all(
      sides.map((side) =>
        waitFor(`the ${side} side to be in service`, async () => {
          const { text } = await stage.at(side).get('SystemInfo');
          return textOf(text, 'status') === 'IN_SERVICE';
        }),
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
    return new FinesseClient(url, agentId === undefined ? undefined : basic(agentId, password), true);
  }

  async state(agentId: string): Promise<string> {
    return (await this.site.ctiAgent(agentId)).stateName;
  }

  untilState(agentId: string, expected: string): Promise<true> {
    return waitFor(`${agentId} to be ${expected}`, async () => (await this.state(agentId)) === expected);
  }

  /** Waits until a GET of the User shows this state; answers the document. In vain, it fails with what was told of him. */
  untilShown(client: FinesseClient, agentId: string, expected: string): Promise<string> {
    const look = async (): Promise<string | undefined> => {
      const { text } = await client.get(`User/${agentId}`);
      return textOf(text, 'state') === expected ? text : undefined;
    };
    return waitFor(`${agentId} to be shown as ${expected}`, look, { seen: () => this.toldOf(agentId) });
  }

  /**
   * Gives an order and waits for what becomes of it. On a machine that stands still for seconds the link may be out of
   * service for a moment, and says so: then the order is given again.
   */
  give(client: FinesseClient, agentId: string, inner: string): Promise<Told> {
    return waitFor(`${inner} of ${agentId} to be settled`, async () => {
      const told = await this.giveOnce(client, agentId, inner);
      return isPassing(told) ? undefined : told;
    });
  }

  private async giveOnce(client: FinesseClient, agentId: string, inner: string): Promise<Told> {
    const requestId = `order-${String(++this.orders)}`;
    const answer = await client.put(agentId, inner, { requestId });
    if (inShort(answer) !== '202' || answer.headers['requestid'] !== requestId)
      throw new CannotComeError(
        `${requestId}, ${inner} of ${agentId}: ${inShort(answer)} ${JSON.stringify(answer.headers)}`,
      );
    return waitFor(`the end of ${requestId}, ${inner} of ${agentId}`, () =>
      this.told.find((one) => one.requestId === requestId && one.kind !== 'asked'),
    );
  }

  /** Gives an order that is done. */
  async obeyed(client: FinesseClient, agentId: string, inner: string): Promise<void> {
    expect(await this.give(client, agentId, inner)).toMatchObject({ kind: 'done' });
  }

  /** Signed in at the primary, and the link of that side says so. */
  async signedIn(agentId: string): Promise<FinesseClient> {
    const client = this.at('primary', agentId);
    await this.obeyed(client, agentId, signInOf(agentId));
    await this.untilState(agentId, 'NOT_READY');
    await this.untilShown(client, agentId, 'NOT_READY');
    return client;
  }

  untilSaid(side: Side, words: string): Promise<true> {
    return waitFor(`the ${side} server to say: ${words}`, () =>
      this.site.servers[side].lines.some((line) => line.includes(words)),
    );
  }

  toldOf(agentId: string): Told[] {
    return this.told.filter((one) => one.agentId === agentId);
  }

  async end(): Promise<void> {
    this.subscriber.disconnect();
    await this.site.stop();
    await this.issuer.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** On the extension that the simulator keeps for that agent. */
export function signInOf(agentId: string): string {
  return `<state>LOGIN</state><extension>${String(Number(agentId) + 2_000)}</extension>`;
}

function isPassing({ error }: Told): boolean {
  return error?.errorType === 'Service Unavailable' || error?.errorMessage === 'OUTCOME_UNKNOWN';
}

function agentsOf(hash: string): object[] {
  return [
    ...Array.from({ length: 15 }, (_, n) => ({ id: String(1001 + n), password: hash })),
    { id: '1016', loginName: stageLoginName, password: hash },
    { id: '1017', loginName: 'ada', firstName: 'Ada', lastName: '<Lovelace>', team: 'sales', password: hash },
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
  const connection = openConnection('subscriber', site.parts.reader.options);
  await connection.subscribe(new Keys(peripheralId).restEvents);
  return connection;
}
