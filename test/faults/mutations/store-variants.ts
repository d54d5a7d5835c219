import { join } from 'node:path';

import { type Row } from '../row';
import { plainStage } from '../stage';
import { copyData, putBackData } from '../stage-tools';
import { pause, waitFor } from '../../kit/wait';

/** Rows about a store that forgets, sharpened: what it forgot is the only thing that stands between an agent and a logout. */

/**
 * Row 5 with the side cut off to which the agents have returned: the store has forgotten both their return and their
 * server's lease, so nothing in it and nobody who can be asked speaks for them, while that server still believes in its lease.
 */
export const writesLostOfACutOffSide: Row = {
  number: 5,
  fault: 'the last writes are lost, among them returns to a side that is cut off from Redis',
  how: 'as row 5, with a copy older than a lease, and the proxy of the primary side cut when Redis is killed',
  needs: { ...plainStage, proxied: true },
  agents: 30,
  baseline: true,
  async play(stage, random) {
    const { redis, folder, redisProxies } = stage.parts;
    const { leaseMs, graceServerLostMs } = stage.times;
    const seats = await stage.agents(this.agents);
    await stage.open(seats, 'secondary');
    const returning = seats.slice(0, 20);
    for (const seat of returning) seat.leave('crash');
    await pause(200);
    const copiedAt = Date.now();
    const copy = join(folder, 'copy-of-a-cut-off-side');
    await copyData(redis, copy);
    await stage.open(returning, 'primary');
    await pause(copiedAt + Math.max(leaseMs, graceServerLostMs) + random.between(200, 500) - Date.now());
    await redis.kill9();
    const diedAt = Date.now();
    redisProxies?.primary.turn('cut');
    await putBackData(redis, copy);
    await redis.restart();
    await pause(leaseMs * 1.5);
    redisProxies?.primary.turn('pass');
    stage.noteFault('writesLost', copiedAt);
    stage.note({ at: copiedAt - 1_200, what: 'writesLost', until: diedAt });
    await stage.untilAcknowledged(seats);
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
  needs: { ...plainStage, redis: 'sentinel' },
  agents: 12,
  baseline: true,
  async play(stage) {
    const { sentinels } = stage.parts;
    if (sentinels === undefined) throw new Error('this row needs Sentinels');
    for (const side of ['A', 'B'])
      await stage.post('/faults', { side, fault: 'answerAfterConf', ms: ctiTakesMs, on: true });
    const seats = await stage.agents(this.agents);
    await stage.open(seats, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const lost = seats.slice(0, 8);
    const master = await sentinels.master();
    const replicas = await sentinels.replicas();
    const beganAt = Date.now();
    for (const seat of lost) seat.leave('crash');
    // The losses have reached the replicas; what comes next will not.
    await pause(stage.times.graceMs / 2);
    await Promise.all(replicas.map((replica) => replica.kill9()));
    await pause(beganAt + stage.times.graceMs + dueMs - Date.now());
    await master.kill9();
    await Promise.all(replicas.map((replica) => replica.restart()));
    lost.forEach((seat, place) => {
      seat.arrive(place % 2 === 0 ? 'secondary' : 'primary');
    });
    await sentinels.untilFailedOver(master);
    await stage.untilAcknowledged(seats);
    await master.restart();
    stage.noteFault('failover', beganAt);
    stage.note({ at: beganAt, what: 'writesLost', until: Date.now() });
    await pause(beganAt + stage.times.graceMs + ctiTakesMs + dueMs - Date.now());
    await stage.untilAcknowledged(seats);
    await waitFor('the former master to follow', async () => (await sentinels.replicas()).includes(master));
    return undefined;
  },
};

/** From the end of the grace to the request, with a margin for a busy machine. */
const dueMs = 1_000;
