import { type Desktop } from '#domain/agent';
import { defaultPolicy } from '#domain/policy';
import { wakeUpJobId, wakeUpJobName } from '#queue/logout-queue';
import { median } from 'simple-statistics';
import { type Cell, defineBench, type Result } from '../bench';
import { startOwnRedis } from '../kit';
import { countText, figureText, measured, spread } from '../report/figure';
import { interleaved, perSecond, ratios } from '../rounds';
import { agentKey, type EngineOnRedis, keys, openEngine, redisEffort } from './engine-on-redis';

interface Size {
  readonly rounds: number;
  readonly operations: number;
}

/** One round of one kind of operation. Processor time is steadier than a rate on a machine that others use. */
interface Turn {
  readonly perSecond: number;
  readonly nodeUs: number;
  readonly redisUs: number;
}

const inFlight = 100;
const leaseMs = 15_000;
/** A loss and a return cost at least one BullMQ operation each; so much of its rate was the aim. */
const aimedRatio = 0.7;

export const bench = defineBench<Size>({
  name: 'presence',
  measures: 'How many losses and returns one server process takes, beside the BullMQ operation that each contains.',
  wholeMinutes: 0.3,
  sizes: { small: { rounds: 1, operations: 500 }, whole: { rounds: 9, operations: 4_000 } },
  run: async (size) => {
    const redis = await startOwnRedis();
    const site = openEngine(redis, leaseMs);
    try {
      return await measure(site, size);
    } finally {
      await site.close();
      await redis.stop();
    }
  },
});

async function measure(site: EngineOnRedis, { rounds, operations }: Size): Promise<Result> {
  const { engine, queue, storeConnection } = site;
  const faults: string[] = [];
  const turn = (operation: (n: number, round: number) => Promise<unknown>, inGraceAfter?: number) => {
    return async (round: number): Promise<Turn> => {
      const [own, redis] = [process.cpuUsage(), await redisEffort(storeConnection)];
      const rate = await perSecond(operations, inFlight, (n) => operation(n, round));
      const { user, system } = process.cpuUsage(own);
      const redisUs = (await redisEffort(storeConnection)).us - redis.us;
      const inGrace = await storeConnection.zcard(keys.phase('grace'));
      if (inGraceAfter !== undefined && inGrace !== inGraceAfter)
        faults.push(`round ${String(round)}: ${String(inGrace)} agents in grace, not ${String(inGraceAfter)}`);
      return { perSecond: rate, nodeUs: (user + system) / operations, redisUs: redisUs / operations };
    };
  };
  const bareId = (n: number, round: number): string => wakeUpJobId(`bare${String(n)}`, round);
  const delay = defaultPolicy.graceMs.lost;
  const opened = (n: number, round: number): Promise<unknown> =>
    engine.handle(agentKey(n), { type: 'desktopOpened', desktop: desktopOf(n, round) });
  const closed = (n: number, round: number): Promise<unknown> => {
    const { connection, serverId } = desktopOf(n, round);
    return engine.handle(agentKey(n), { type: 'desktopClosed', connection, cause: 'lost', seenBy: serverId });
  };
  await queue.waitUntilReady();
  await perSecond(operations, inFlight, (n) => opened(n, 0));
  const found = await interleaved(
    { rounds, warmUps: 1 },
    {
      add: turn((n, round) =>
        queue.add(wakeUpJobName, { agentId: `bare${String(n)}`, epoch: round }, { jobId: bareId(n, round), delay }),
      ),
      loss: turn(closed, operations),
      remove: turn((n, round) => queue.remove(bareId(n, round))),
      return: turn((n, round) => opened(n, round + 1), 0),
    },
  );
  return resultOf(found, { rounds, operations }, faults);
}

type Found = Readonly<Record<'add' | 'loss' | 'remove' | 'return', readonly Turn[]>>;

function resultOf(found: Found, { rounds, operations }: Size, faults: readonly string[]): Result {
  const ratioOf = (own: keyof Found, bare: keyof Found): number[] => ratios(rates(found[own]), rates(found[bare]));
  const [loss, back] = [ratioOf('loss', 'add'), ratioOf('return', 'remove')];
  const row = (what: string, turns: readonly Turn[], ratio: Cell): Cell[] => [
    what,
    spread(rates(turns)),
    ratio,
    spread(turns.map(({ nodeUs }) => nodeUs)),
    spread(turns.map(({ redisUs }) => redisUs)),
  ];
  const redisUs = (turns: readonly Turn[]): number => median(turns.map((turn) => turn.redisUs));
  const ceiling = redisUs(found.add) / redisUs(found.loss);
  const isReached = Math.min(median(loss), median(back)) >= aimedRatio;
  return {
    rounds,
    setup: `${countText(operations)} operations of each kind in each round, ${String(inFlight)} in flight`,
    tables: [
      {
        caption: '',
        columns: ['', 'per second', 'ratio', 'CPU of Node, µs', 'CPU of Redis, µs'],
        rows: [
          row('bare `add` with delay', found.add, ''),
          row('loss', found.loss, spread(loss)),
          row('bare `remove`', found.remove, ''),
          row('return', found.return, spread(back)),
        ],
      },
    ],
    notes: [
      `The aim is a ratio of ${String(aimedRatio)}; it is ${isReached ? 'reached' : 'not reached'}.`,
      `With a Node process that needs no time at all, the ratio of a loss would be ${figureText(measured(ceiling))} here: the CPU time of Redis for an \`add\` divided by that for a loss.`,
    ],
    faults,
  };
}

function rates(turns: readonly Turn[]): number[] {
  return turns.map((turn) => turn.perSecond);
}

function desktopOf(n: number, round: number): Desktop {
  const connection = `c${String(round)}-${String(n).padStart(8, '0')}`;
  return { connection, desktopId: `desk-${String(n)}`, side: 'primary', serverId: 'primary-1' };
}
