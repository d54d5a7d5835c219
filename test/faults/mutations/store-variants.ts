import { join } from 'node:path';
import { pause, waitFor } from '../../kit/wait';
import { plainNeeds } from '../experiment';
import { copyData, putBackData } from '../redis-tools';
import { type Row } from '../row';

/** Rows about a store that forgets, sharpened: what it forgot is the only thing that stands between an agent and a logout. */

/**
 * Row 5 with the side cut off to which the agents have returned: the store has forgotten both their return and their
 * server's lease, so nothing in it and nobody who can be asked speaks for them, while that server still believes in its lease.
 */
export const writesLostOfACutOffSide: Row = {
  number: 5,
  fault: 'the last writes are lost, among them returns to a side that is cut off from Redis',
  how: 'as row 5, with a copy older than a lease, and the proxy of the primary side cut when Redis is killed',
  needs: { ...plainNeeds, proxied: true },
  agents: 30,
  baseline: true,
  async play(experiment, random) {
    const { redis } = experiment.site;
    const { folder, redisProxies } = experiment.site.parts;
    const { leaseMs, graceServerLostMs } = experiment.times;
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'secondary');
    const returning = desktops.slice(0, 20);
    for (const desktop of returning) desktop.leave('crash');
    await pause(200);
    const copiedAt = Date.now();
    const copy = join(folder, 'copy-of-a-cut-off-side');
    await copyData(redis, copy);
    await experiment.open(returning, 'primary');
    await pause(copiedAt + Math.max(leaseMs, graceServerLostMs) + random.between(200, 500) - Date.now());
    await redis.kill9();
    const diedAt = Date.now();
    redisProxies?.primary.turn('cut');
    await putBackData(redis, copy);
    await redis.restart();
    await pause(leaseMs * 1.5);
    redisProxies?.primary.turn('pass');
    experiment.noteFault('writesLost', copiedAt);
    experiment.note({ at: copiedAt - 1_200, what: 'writesLost', until: diedAt });
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

/** Long enough for a failover and for the desktops to return before the request has its effect. */
const ctiTakesMs = 12_000;

/**
 * Row 6 with replicas that are away while requests are committed, and a master that dies right after: it alone had the
 * commits, and the agents return to a store that knows nothing of them while the requests are on their way.
 */
export const masterAloneDies: Row = {
  number: 6,
  fault: 'a master that has lost its replicas dies right after it took commits of issuing, and the replicas are back',
  how: 'kill -9 of both replicas, of the master when the losses are due, and restart of the replicas; requests take effect 12 s late',
  needs: { ...plainNeeds, redis: 'sentinel' },
  agents: 12,
  baseline: true,
  async play(experiment) {
    const { sentinels } = experiment.site.parts;
    if (sentinels === undefined) throw new Error('this row needs Sentinels');
    for (const side of ['A', 'B'])
      await experiment.site.post('/faults', { side, fault: 'answerAfterConf', ms: ctiTakesMs, on: true });
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const lost = desktops.slice(0, 8);
    const master = await sentinels.master();
    const replicas = await sentinels.replicas();
    const beganAt = Date.now();
    for (const desktop of lost) desktop.leave('crash');
    // The losses have reached the replicas; what comes next will not.
    await pause(experiment.times.graceMs / 2);
    await Promise.all(replicas.map((replica) => replica.kill9()));
    await pause(beganAt + experiment.times.graceMs + dueMs - Date.now());
    await master.kill9();
    await Promise.all(replicas.map((replica) => replica.restart()));
    lost.forEach((desktop, place) => {
      desktop.arrive(place % 2 === 0 ? 'secondary' : 'primary');
    });
    await sentinels.untilFailedOver(master);
    await experiment.untilAcknowledged(desktops);
    await master.restart();
    experiment.noteFault('failover', beganAt);
    experiment.note({ at: beganAt, what: 'writesLost', until: Date.now() });
    await pause(beganAt + experiment.times.graceMs + ctiTakesMs + dueMs - Date.now());
    await experiment.untilAcknowledged(desktops);
    await waitFor('the former master to follow', async () => (await sentinels.replicas()).includes(master));
    return undefined;
  },
};

/** From the end of the grace to the request, with a margin for a busy machine. */
const dueMs = 1_000;
