import { type Side } from '#domain/agent';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { replaceSetLua } from './lua/replace-set.lua';
import { allOf } from './pipeline';
import { Script } from './script';

/** An agent who is signed in at the CTI server, with no desktop open and no loss under way. */
export interface AgentWithoutDesktop {
  readonly agentId: string;
  /** State at the CTI server by its name: NOT_READY. */
  readonly state: string;
}

export interface ListedAgent extends AgentWithoutDesktop {
  /** Since when it is listed (epoch ms, store time). */
  readonly since: number;
}

/** More than these are not listed; a peripheral has at most some 12 000 agents. */
export const listedMax = 20_000;

const replaceScript = new Script('replace-set', replaceSetLua);

/** The list of agents without a desktop, as the worker of each side last saw it. */
export class WithoutDesktop {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: { readonly peripheralId: number; readonly side: Side },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  async replace(agents: readonly AgentWithoutDesktop[]): Promise<void> {
    const args = agents.slice(0, listedMax).flatMap(({ agentId, state }) => [agentId, state]);
    await replaceScript.run(this.redis, [this.keys.withoutDesktop(this.options.side), this.keys.clock], args);
  }
}

/** What both sides' workers list, each agent once, the longest first. */
export async function listWithoutDesktop(redis: RedisConnection, peripheralId: number): Promise<ListedAgent[]> {
  const keys = new Keys(peripheralId);
  const pipeline = redis.pipeline().hgetall(keys.withoutDesktop('primary')).hgetall(keys.withoutDesktop('secondary'));
  const answers = (await allOf('without desktop', pipeline)) as Record<string, string>[];
  const listed = new Map<string, ListedAgent>();
  for (const [agentId, text] of answers.flatMap((answer) => Object.entries(answer))) {
    const bar = text.indexOf('|');
    const since = Number(text.slice(0, bar));
    const known = listed.get(agentId);
    if (known === undefined || since < known.since) listed.set(agentId, { agentId, since, state: text.slice(bar + 1) });
  }
  return [...listed.values()].sort((one, other) => one.since - other.since);
}
