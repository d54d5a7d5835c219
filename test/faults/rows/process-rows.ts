import { type Random } from '../../kit/random';
import { type Row } from '../row';
import { plainStage, type Stage } from '../stage';
import { ask } from '../stage-tools';
import { type Seat } from '../seat';
import { pause, waitFor } from '../../kit/wait';

/** Rows about processes that die or stand still. */
export const serverDies: Row = {
  number: 1,
  fault: 'a server dies with 200 desktops, which go to the other side',
  how: 'kill -9; a few desktops do not come back',
  needs: plainStage,
  agents: 200,
  baseline: true,
  async play(stage, random) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, 'primary');
    const ghosts = seats.slice(0, random.whole(2, 20));
    const beganAt = Date.now();
    for (const ghost of ghosts) ghost.leave('unplug');
    await stage.kill9(stage.product.servers.primary);
    await stage.untilAcknowledged(seats);
    await stage.product.servers.primary.start();
    stage.noteFault('serverKilled', beganAt);
    return undefined;
  },
};

type Step = 'claimed' | 'committed' | 'sent' | 'before the record' | 'at any time';
const steps: readonly Step[] = ['claimed', 'committed', 'sent', 'before the record', 'at any time'];

export const workerDies: Row = {
  number: 2,
  fault: 'a worker dies at each step: claimed, committed, sent, before the record',
  how: 'kill -9 while the step is held by a frozen server, a cut CTI link, a silent or late CTI server with a paused store; or at a random time',
  needs: { ...plainStage, proxied: true },
  agents: 16,
  baseline: true,
  variants: steps,
  async play(stage, random, run) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const lost = seats.slice(0, 12);
    const returning = lost.slice(0, 4);
    const lostAt = Date.now();
    for (const seat of lost) seat.leave('crash');
    const step = stage.isBaseline ? 'at any time' : (steps[run % steps.length] ?? 'claimed');
    await pause(lostAt + stage.times.graceMs - 200 - Date.now());
    const heal = await holdAt(stage, step, lost, random);
    await stage.kill9(stage.product.workers.primary);
    await heal();
    for (const seat of returning) seat.arrive('secondary');
    await stage.product.workers.primary.start();
    stage.noteFault('workerKilled', lostAt);
    await stage.untilAcknowledged(seats);
    return undefined;
  },
};

/** Brings the jobs in hand to that step and keeps them there; answers what ends it. */
async function holdAt(stage: Stage, step: Step, lost: readonly Seat[], random: Random): Promise<() => Promise<void>> {
  const { ctiProxies } = stage.parts;
  const secondary = stage.product.servers.secondary;
  switch (step) {
    case 'claimed':
      secondary.freeze();
      await pause(200 + random.between(100, 400));
      return () => {
        secondary.thaw();
        return Promise.resolve();
      };
    case 'committed':
      for (const proxy of Object.values(ctiProxies ?? {})) proxy.turn('cut');
      await pause(200 + random.between(100, 500));
      return () => {
        for (const proxy of Object.values(ctiProxies ?? {})) proxy.turn('pass');
        return Promise.resolve();
      };
    case 'sent':
      for (const side of ['A', 'B'])
        await stage.post('/faults', { side, fault: 'silenceAfterApply', count: lost.length });
      await untilRequested(stage, lost);
      return async () => {
        for (const side of ['A', 'B']) await stage.post('/faults', { side, fault: 'silenceAfterApply', on: false });
      };
    case 'before the record':
      for (const side of ['A', 'B'])
        await stage.post('/faults', { side, fault: 'answerAfterConf', ms: 500, count: lost.length });
      await untilRequested(stage, lost);
      await ask(stage.parts.redis.port, 'CLIENT', 'PAUSE', '2000', 'WRITE');
      await pause(800);
      return async () => {
        await ask(stage.parts.redis.port, 'CLIENT', 'UNPAUSE');
      };
    case 'at any time':
      await pause(150 + random.between(0, 400));
      return () => Promise.resolve();
  }
}

async function untilRequested(stage: Stage, lost: readonly Seat[]): Promise<void> {
  const ids = new Set(lost.map(({ agentId }) => agentId));
  await waitFor('a request', async () => {
    const requests = await stage.requests(0);
    return requests.some(({ agentId }) => ids.has(agentId));
  });
}

export const workerFreezes: Row = {
  number: 3,
  fault: 'a worker freezes between commit and request; the agents return meanwhile',
  how: 'SIGSTOP for longer than the lease; two messages a second on the CTI link keeps requests back after their commits',
  needs: { ...plainStage, env: { CTI_MESSAGES_PER_SECOND_MAX: '2', CTI_ENQUIRIES_PER_SECOND_MAX: '0' } },
  agents: 6,
  baseline: true,
  async play(stage, random) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, 'secondary');
    const beganAt = Date.now();
    for (const seat of seats) seat.leave('crash');
    const worker = stage.product.workers.primary;
    const other = stage.product.workers.secondary;
    if (!stage.isBaseline) await other.stop();
    await pause(beganAt + stage.times.graceMs - Date.now());
    if (stage.isBaseline) await pause(random.between(0, 150));
    else await untilIssuing(stage, seats);
    stage.noteDeath(worker);
    worker.freeze();
    for (const seat of seats.slice(1)) seat.arrive('secondary');
    await pause(stage.times.leaseMs + 1_000);
    worker.thaw();
    if (!stage.isBaseline) await other.start();
    stage.noteFault('workerFrozen', beganAt);
    await stage.untilAcknowledged(seats);
    return undefined;
  },
};

async function untilIssuing(stage: Stage, seats: readonly Seat[]): Promise<void> {
  await waitFor('a commit of issuing', async () => {
    for (const { agentId } of seats) {
      const { phase } = await stage.record(agentId);
      if (phase.name === 'issuing') return true;
    }
    return undefined;
  });
}

export const serverFreezes: Row = {
  number: 28,
  fault: 'a server freezes for 20 s, then a late burst',
  how: 'SIGSTOP; its desktops fall silent and go to the other side, some never come back, and it thaws',
  needs: plainStage,
  agents: 40,
  baseline: true,
  async play(stage, random) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, 'primary');
    const server = stage.product.servers.primary;
    const ghosts = seats.slice(0, random.whole(3, 8));
    const beganAt = Date.now();
    stage.noteDeath(server);
    server.freeze();
    for (const ghost of ghosts) ghost.leave('crash');
    const { detectionMs, leaseMs, graceMs } = stage.times;
    await pause(Math.max(detectionMs, leaseMs) + random.between(0, graceMs * 2));
    server.thaw();
    stage.noteFault('serverFrozen', beganAt);
    await stage.untilAcknowledged(seats);
    return undefined;
  },
};
