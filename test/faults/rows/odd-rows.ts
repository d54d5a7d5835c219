import { readFile } from 'node:fs/promises';
import { Queue } from 'bullmq';
import { type Side } from '#domain/agent';
import { logoutQueueName, queuePrefix } from '#queue/logout-queue';
import { desktopToken } from '../../kit/desktop';
import { call } from '../../kit/http';
import { type Random } from '../../kit/random';
import { peripheralId } from '../../kit/site/site';
import { CannotComeError, pause, waitFor } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type Row } from '../row';

/** Rows about what is rare: feeds out of order, flapping, a queue that is gone, forged byes. */
type FeedEvent = readonly [side: Side, presence: 'available' | 'unavailable'];

/** A move from one side to the other and back, as two feeds tell it. */
const moves: readonly FeedEvent[] = [
  ['primary', 'available'],
  ['primary', 'unavailable'],
  ['secondary', 'available'],
  ['secondary', 'unavailable'],
  ['primary', 'available'],
  ['secondary', 'available'],
];

const permutations = 720;
const permutationsPerRun = 120;

export const presenceOutOfOrder: Row = {
  number: 14,
  fault: 'late, doubled, reordered presence',
  how: 'all 720 permutations of six events of two sides, 120 in a run, through POST /api/presence, some said twice, at times around the grace',
  needs: plainNeeds,
  agents: permutationsPerRun,
  baseline: 'it has no feed of presence',
  variants: Array.from({ length: permutations / permutationsPerRun }, (_, part) => {
    const first = part * permutationsPerRun;
    return `permutations ${String(first + 1)} to ${String(first + permutationsPerRun)}`;
  }),
  isSampled: true,
  async play(experiment, random, run) {
    const desktops = await experiment.agents(this.agents);
    await Promise.all(
      desktops.map((desktop, place) =>
        tell(experiment, desktop.agentId, permuted(moves, run * this.agents + place), random),
      ),
    );
    return undefined;
  },
};

/** The permutation of that number; numbers beyond the last begin anew. */
function permuted<T>(items: readonly T[], number: number): T[] {
  const left = [...items];
  const found: T[] = [];
  let rest = number;
  while (left.length > 0) {
    found.push(...left.splice(rest % left.length, 1));
    rest = Math.floor(rest / (left.length + 1));
  }
  return found;
}

/** What each feed says last of its desktop is what is true of it. */
async function tell(
  experiment: Experiment,
  agentId: string,
  events: readonly FeedEvent[],
  random: Random,
): Promise<void> {
  const { graceMs } = experiment.times;
  const gaps = [0, 5, graceMs / 4, graceMs - 20, graceMs, graceMs + 20, graceMs + 100];
  for (const [side, presence] of events) {
    for (let times = random.chance(0.2) ? 2 : 1; times > 0; times--) await say(experiment, agentId, side, presence);
    const gapMs = random.pick(gaps);
    if (gapMs > 0) await pause(gapMs);
  }
  const isThere = (side: Side): boolean => events.filter(([one]) => one === side).at(-1)?.[1] === 'available';
  const desktop = experiment.desktops.find((one) => one.agentId === agentId);
  if (desktop === undefined) return;
  desktop.isFedBy = isThere('primary') || isThere('secondary') ? 'available' : 'unavailable';
}

async function say(experiment: Experiment, agentId: string, side: Side, presence: FeedEvent[1]): Promise<void> {
  const desktop = `${agentId}/feed-${side}`;
  const at = Date.now();
  if (presence === 'unavailable') experiment.note({ at, what: 'ended', agentId, desktop, how: 'gone', heardAt: at });
  else experiment.note({ at, what: 'tried', agentId, desktop, side });
  await waitFor(`presence of ${agentId} to be taken`, async () => {
    const { status } = await call(`${experiment.urlOf(side)}/api/presence`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${experiment.secret}` },
      body: JSON.stringify({ agentId, desktopId: `feed-${side}`, presence }),
    });
    // Out of service, or too many at once: the feed has to send it again.
    if (status !== 202 && status !== 503 && status !== 429)
      throw new CannotComeError(`presence of ${agentId}: ${String(status)}`);
    return status === 202;
  });
  if (presence === 'available')
    experiment.note({
      at: Date.now(),
      what: 'acknowledged',
      agentId,
      desktop,
      side,
      serverId: experiment.serverOf(side),
    });
}

/** 5 min at real times. */
const flapsOfScaled = 10;
const flapsOfReal = 300;
const flapEveryMs = 1_000;
/** How much higher the memory of the largest process may go in the second half than in the first. */
const growthMbMax = 80;

export const flapping: Row = {
  number: 25,
  fault: 'flapping once a second; one resource twice',
  how: 'desktops cut and opened again every second on alternating sides, 10 times (300 times at real times); some of them open twice with one desktop id',
  needs: plainNeeds,
  agents: 40,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    const doubles = desktops.slice(0, 10).map(({ agentId }) => experiment.secondDesktop(agentId, `desk-${agentId}`));
    await experiment.open([...desktops, ...doubles], 'primary');
    const wrong: string[] = [];
    const memoryMb: number[] = [];
    const flaps = experiment.times.graceMs < 10_000 ? flapsOfScaled : flapsOfReal;
    for (let flap = 1; flap <= flaps; flap++) {
      await Promise.all(
        [...desktops, ...doubles].map(async (desktop) => {
          await pause(random.between(0, flapEveryMs / 2));
          desktop.leave('crash');
          await pause(random.between(0, flapEveryMs / 3));
          desktop.arrive(flap % 2 === 0 ? 'primary' : 'secondary');
        }),
      );
      const jobs = await jobsWaiting(experiment);
      if (jobs > this.agents) wrong.push(`${String(jobs)} jobs wait for ${String(this.agents)} agents`);
      memoryMb.push(await memoryOf(experiment));
    }
    for (const desktop of [...desktops.slice(10, 14), ...desktops.slice(0, 2), ...doubles.slice(0, 2)])
      desktop.leave('crash');
    await experiment.untilAcknowledged([...desktops, ...doubles]);
    // Memory goes up until V8 collects: what counts is whether it goes up further than before.
    const half = memoryMb.length / 2;
    const grownMb = Math.max(...memoryMb.slice(half)) - Math.max(...memoryMb.slice(0, half));
    if (grownMb > growthMbMax) wrong.push(`a process has up to ${grownMb.toFixed(0)} MB more in the second half`);
    return wrong;
  },
};

/** Of the largest of the product's processes, in MB, as the system counts it. */
async function memoryOf(experiment: Experiment): Promise<number> {
  const sizes = experiment.site.apps.map(async ({ pid }) => {
    const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  });
  return Math.max(...(await Promise.all(sizes)));
}

function queueOf(experiment: Experiment): Queue {
  const name = experiment.isBaseline ? 'baseline' : logoutQueueName;
  return new Queue(name, { connection: experiment.site.redisConnection, prefix: queuePrefix(peripheralId) });
}

async function jobsWaiting(experiment: Experiment): Promise<number> {
  const queue = queueOf(experiment);
  try {
    return await queue.getDelayedCount();
  } finally {
    await queue.close();
  }
}

export const queueObliterated: Row = {
  number: 26,
  fault: 'the queue is obliterated in the middle of a grace',
  how: 'BullMQ obliterate with force, as a button of a board would',
  needs: plainNeeds,
  agents: 30,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const beganAt = Date.now();
    for (const desktop of desktops.slice(0, 15)) desktop.leave('crash');
    await pause(random.between(100, experiment.times.graceMs - 200));
    const queue = queueOf(experiment);
    try {
      await queue.obliterate({ force: true });
    } finally {
      await queue.close();
    }
    for (const desktop of desktops.slice(0, 4)) desktop.arrive('primary');
    experiment.noteFault('queueObliterated', beganAt);
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

export const forgedByes: Row = {
  number: 27,
  fault: 'forged bye, late bye',
  how: 'byes with invented tokens, with the token that opened the desktop, with that of another agent, and of the connection before a refresh',
  needs: plainNeeds,
  agents: 40,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    const old = desktops.map((desktop) => desktop.opened?.byeToken ?? '');
    for (const desktop of desktops) {
      desktop.leave('crash');
      desktop.arrive(random.pick(['primary', 'secondary'] as const));
    }
    await experiment.untilAcknowledged(desktops);
    await Promise.all(
      desktops.flatMap((desktop, place) => [
        bye(experiment, old[place] ?? ''),
        bye(experiment, `${(desktop.opened?.byeToken ?? '').slice(0, -1)}x`),
        bye(experiment, `${String(place)}-invented`),
        desktopToken({ agentId: desktop.agentId, secret: experiment.secret }).then((token) => bye(experiment, token)),
      ]),
    );
    for (const desktop of desktops.slice(0, 3)) desktop.leave('bye');
    return undefined;
  },
};

async function bye(experiment: Experiment, token: string): Promise<void> {
  for (const side of ['primary', 'secondary'] as const)
    await call(`${experiment.urlOf(side)}/desktop/bye`, { method: 'POST', body: JSON.stringify({ token }) });
}
