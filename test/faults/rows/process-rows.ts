import { type App } from '../../kit/app';
import { type Random } from '../../kit/random';
import { pause, waitFor } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type ReconnectingDesktop } from '../reconnecting-desktop';
import { ask } from '../redis-tools';
import { type Row } from '../row';

/** Rows about processes that die or stand still. */
export const serverDies: Row = {
  number: 1,
  fault: 'a server dies with 200 desktops, which go to the other side',
  how: 'kill -9; a few desktops do not come back',
  needs: plainNeeds,
  agents: 200,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    const ghosts = desktops.slice(0, random.whole(2, 20));
    const beganAt = Date.now();
    for (const ghost of ghosts) ghost.leave('unplug');
    await experiment.kill9(experiment.site.servers.primary);
    await experiment.untilAcknowledged(desktops);
    await experiment.site.servers.primary.start();
    experiment.noteFault('serverKilled', beganAt);
    return undefined;
  },
};

type Step = 'claimed' | 'committed' | 'sent' | 'before the record' | 'at any time';
const steps: readonly Step[] = ['claimed', 'committed', 'sent', 'before the record', 'at any time'];

export const workerDies: Row = {
  number: 2,
  fault: 'a worker dies at each step: claimed, committed, sent, before the record',
  how: 'kill -9 while the step is held by a frozen server, a cut CTI link, a silent or late CTI server with a paused store; or at a random time',
  needs: { ...plainNeeds, proxied: true },
  agents: 16,
  baseline: true,
  variants: steps,
  async play(experiment, random, run) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const lost = desktops.slice(0, 12);
    const returning = lost.slice(0, 4);
    const lostAt = Date.now();
    for (const desktop of lost) desktop.leave('crash');
    const step = experiment.isBaseline ? 'at any time' : (steps[run % steps.length] ?? 'claimed');
    await pause(lostAt + experiment.times.graceMs - 200 - Date.now());
    const heal = await holdAt(experiment, step, lost, random);
    await experiment.kill9(experiment.site.workers.primary);
    await heal();
    for (const desktop of returning) desktop.arrive('secondary');
    await experiment.site.workers.primary.start();
    experiment.noteFault('workerKilled', lostAt);
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

/** Brings the jobs in hand to that step and keeps them there; answers what ends it. */
async function holdAt(
  experiment: Experiment,
  step: Step,
  lost: readonly ReconnectingDesktop[],
  random: Random,
): Promise<() => Promise<void>> {
  const { ctiProxies } = experiment.site.parts;
  const secondary = experiment.site.servers.secondary;
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
        await experiment.site.post('/faults', { side, fault: 'silenceAfterApply', count: lost.length });
      await untilRequested(experiment, lost);
      return async () => {
        for (const side of ['A', 'B'])
          await experiment.site.post('/faults', { side, fault: 'silenceAfterApply', on: false });
      };
    case 'before the record':
      for (const side of ['A', 'B'])
        await experiment.site.post('/faults', { side, fault: 'answerAfterConf', ms: 500, count: lost.length });
      await untilRequested(experiment, lost);
      await ask(experiment.site.redis.port, 'CLIENT', 'PAUSE', '2000', 'WRITE');
      await pause(800);
      return async () => {
        await ask(experiment.site.redis.port, 'CLIENT', 'UNPAUSE');
      };
    case 'at any time':
      await pause(150 + random.between(0, 400));
      return () => Promise.resolve();
  }
}

async function untilRequested(experiment: Experiment, lost: readonly ReconnectingDesktop[]): Promise<void> {
  const ids = new Set(lost.map(({ agentId }) => agentId));
  const isThere = async (): Promise<boolean> => {
    const requests = await experiment.site.requestsSince(0);
    return requests.some(({ agentId }) => ids.has(agentId));
  };
  await waitFor('a request', isThere, { isBrief: true });
}

export const workerFreezes: Row = {
  number: 3,
  fault: 'a worker freezes between commit and request; the agents return meanwhile',
  how: 'SIGSTOP for longer than the lease; two messages a second on the CTI link keeps requests back after their commits',
  needs: { ...plainNeeds, env: { CTI_MESSAGES_PER_SECOND_MAX: '2', CTI_ENQUIRIES_PER_SECOND_MAX: '0' } },
  agents: 6,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'secondary');
    const beganAt = Date.now();
    for (const desktop of desktops) desktop.leave('crash');
    const worker = experiment.site.workers.primary;
    const other = experiment.site.workers.secondary;
    if (!experiment.isBaseline) await other.stop();
    await pause(beganAt + experiment.times.graceMs - Date.now());
    let [ghost] = desktops;
    if (experiment.isBaseline) {
      await pause(random.between(0, 150));
      experiment.noteDeath(worker);
      worker.freeze();
    } else {
      ghost = await freezeAfterCommit(experiment, worker, desktops);
    }
    for (const desktop of desktops) if (desktop !== ghost) desktop.arrive('secondary');
    await pause(experiment.times.leaseMs + 1_000);
    worker.thaw();
    if (!experiment.isBaseline) await other.start();
    experiment.noteFault('workerFrozen', beganAt);
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

/**
 * Freezes the worker when the record of an agent says issuing and the CTI server has no request about that one yet. Answers
 * somebody else, who may stay away: were it the agent whose commit was found, a late request would be no fault.
 */
export async function freezeAfterCommit(
  experiment: Experiment,
  worker: App,
  desktops: readonly ReconnectingDesktop[],
): Promise<ReconnectingDesktop | undefined> {
  const committed = async (): Promise<Set<ReconnectingDesktop>> => {
    const requested = new Set((await experiment.site.requestsSince(0)).map(({ agentId }) => agentId));
    const found = new Set<ReconnectingDesktop>();
    for (const desktop of desktops) {
      const { phase } = await experiment.site.record(desktop.agentId);
      if (phase.name === 'issuing' && !requested.has(desktop.agentId)) found.add(desktop);
    }
    return found;
  };
  const catchOne = async (): Promise<Set<ReconnectingDesktop> | undefined> => {
    if ((await committed()).size === 0) return undefined;
    experiment.noteDeath(worker);
    worker.freeze();
    const found = await committed();
    if (found.size > 0) return found;
    worker.thaw();
    return undefined;
  };
  const caught = await waitFor('a worker frozen between commit and request', catchOne, { isBrief: true });
  return desktops.findLast((desktop) => !caught.has(desktop));
}

export const serverFreezes: Row = {
  number: 28,
  fault: 'a server freezes for 20 s, then a late burst',
  how: 'SIGSTOP; its desktops fall silent and go to the other side, some never come back, and it thaws',
  needs: plainNeeds,
  agents: 40,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    const server = experiment.site.servers.primary;
    const ghosts = desktops.slice(0, random.whole(3, 8));
    const beganAt = Date.now();
    experiment.noteDeath(server);
    server.freeze();
    for (const ghost of ghosts) ghost.leave('crash');
    const { detectionMs, leaseMs, graceMs } = experiment.times;
    await pause(Math.max(detectionMs, leaseMs) + random.between(0, graceMs * 2));
    server.thaw();
    experiment.noteFault('serverFrozen', beganAt);
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};
