import { type Agent, type AgentKey, type Desktop, type Loss, type Phase } from '#domain/agent';
import { defaultPolicy } from '#domain/policy';
import { type RedisConnection } from '#store/connection';
import { indexMoves } from '#store/index-moves';
import { Keys } from '#store/keys';
import { allOf } from '#store/pipeline';
import { encodeRecord } from '#store/record';

/** How many records of each kind there are, however many records there are in all; the others are present. */
export interface DueRecords {
  readonly grace: number;
  readonly held: number;
  readonly issuing: number;
}

/** Records that wait for something in the future, or for nothing: so many of a thousand each. */
const waitingPerThousand = 10;
const settledPerThousand = 20;
const chunk = 2_000;
const farMs = 3_600_000;
const version = 'benchben';
const servers = ['primary-1', 'secondary-1', 'primary-2', 'secondary-2'] as const;

/** Fills a peripheral with records as the store writes them, with all their indexes. `now`: Redis time. */
export async function fill(
  redis: RedisConnection,
  peripheralId: number,
  count: number,
  due: DueRecords,
  now: number,
): Promise<void> {
  const keys = new Keys(peripheralId);
  for (let first = 0; first < count; first += chunk) {
    const places = Array.from({ length: Math.min(chunk, count - first) }, (_, n) => first + n);
    const agents = places.map((place) =>
      agentAt({ peripheralId, agentId: String(10_000_000 + place) }, place, due, now),
    );
    const pipeline = redis.pipeline();
    pipeline.mset(agents.flatMap((agent) => [keys.agent(agent.key.agentId), encodeRecord(agent, version)]));
    const members = new Map<string, (string | number)[]>();
    const sorted = new Map<string, (string | number)[]>();
    for (const agent of agents) {
      const before = { ...agent, desktops: {}, phase: { name: 'unseen' } } as const;
      for (const { key, score } of indexMoves(keys, {
        before,
        agent,
        expectedVersion: '',
        entries: [],
        issuing: null,
      })) {
        const into = score === null ? members : sorted;
        const list = into.get(key) ?? [];
        into.set(key, list);
        list.push(...(score === null ? [] : [score]), agent.key.agentId);
      }
    }
    for (const [key, list] of members) pipeline.sadd(key, ...list);
    for (const [key, list] of sorted) pipeline.zadd(key, ...list);
    await allOf('fill', pipeline);
  }
}

function agentAt(key: AgentKey, place: number, due: DueRecords, now: number): Agent {
  const { grace, held, issuing } = due;
  const serverId = servers[place % servers.length] ?? servers[0];
  const side = serverId.startsWith('primary') ? 'primary' : 'secondary';
  const desktop: Desktop = {
    connection: `${serverId}/${String(place)}`,
    desktopId: `desk-${String(place)}`,
    side,
    serverId,
  };
  const lostAt = now - farMs;
  const loss: Loss = {
    ...{ epoch: 3, cause: 'lost', lostAt, desktop, attempts: 0, released: false, wasReady: false },
    ...{ stage: defaultPolicy.stages[0], heldSince: null, alarmed: false, reasonBefore: null, notReadyCode: null },
  };
  const phase = ((): Phase => {
    const past = now - 10_000;
    if (place < grace) return { name: 'grace', loss, dueAt: past };
    if (place < grace + held) return { name: 'held', loss, dueAt: past, reasons: ['call'] };
    if (place < grace + held + issuing)
      return { name: 'issuing', loss, dueAt: past, since: past, deadline: past, pending: null };
    if (place % 1_000 < waitingPerThousand)
      return { name: 'grace', loss: { ...loss, lostAt: now }, dueAt: now + farMs };
    if (place % 1_000 < waitingPerThousand + settledPerThousand)
      return { name: 'settled', outcome: 'loggedOut', at: past };
    return { name: 'present', restore: null };
  })();
  const desktops = phase.name === 'present' ? { [desktop.connection]: desktop } : {};
  return { key, epoch: 3, desktops, signedIn: 'yes', hadDesktop: true, phase };
}
