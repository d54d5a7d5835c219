import { type Random } from '../../kit/random';
import { type Row } from '../row';
import { type Seat } from '../seat';
import { pause } from '../../kit/wait';
import { plainStage, type Stage } from '../stage';

/** Rows about the CTI link. */
type Cut = 'before' | 'inside a frame' | 'after' | 'applied, answer lost';
const cuts: readonly Cut[] = ['before', 'inside a frame', 'applied, answer lost', 'after'];

/** A request of ours is longer than this: what passes ends in the middle of one. */
const insideFrameBytes = 30;

export const linkCut: Row = {
  number: 9,
  fault: 'the CTI link cut before, inside and after a request; applied but the answer lost',
  how: 'fault proxy: connections reset before the request, in the middle of its frame, after it; the CTI server tells nobody',
  needs: { ...plainStage, proxied: true },
  agents: 16,
  baseline: true,
  variants: cuts,
  async play(stage, random, run) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const lostAt = Date.now();
    for (const seat of seats.slice(0, 10)) seat.leave('crash');
    const kind = cuts[run % cuts.length] ?? 'before';
    await pause(lostAt + stage.times.graceMs - 150 - Date.now());
    await cut(stage, kind, seats.length, random);
    stage.noteFault('linkCut', lostAt);
    // Some come back while nobody knows what became of the request.
    for (const seat of seats.slice(0, 4)) seat.arrive('secondary');
    await stage.untilAcknowledged(seats);
    for (const side of ['A', 'B']) await stage.post('/faults', { side, fault: 'silenceAfterApply', on: false });
    return undefined;
  },
};

async function cut(stage: Stage, kind: Cut, count: number, random: Random): Promise<void> {
  const proxies = Object.values(stage.parts.ctiProxies ?? {});
  switch (kind) {
    case 'before':
      await pause(random.between(0, 150));
      for (const proxy of proxies) proxy.reset();
      break;
    case 'inside a frame':
      for (const proxy of proxies) proxy.resetAfter('up', insideFrameBytes);
      break;
    case 'after':
      await pause(150 + random.between(20, 300));
      for (const proxy of proxies) proxy.reset();
      break;
    case 'applied, answer lost':
      for (const side of ['A', 'B']) await stage.post('/faults', { side, fault: 'silenceAfterApply', count });
      await pause(500);
      for (const proxy of proxies) proxy.reset();
  }
}

export const ctiSideGone: Row = {
  number: 10,
  fault: 'CTI side A gone with 50 losses due',
  how: 'the simulator resets every connection of side A and refuses new ones, around the time when the losses are due',
  needs: plainStage,
  agents: 60,
  baseline: true,
  async play(stage, random) {
    const seats = await stage.agents(this.agents);
    await stage.open(seats, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const lostAt = Date.now();
    for (const seat of seats.slice(0, 50)) seat.leave('crash');
    await pause(lostAt + stage.times.graceMs + random.between(-200, 200) - Date.now());
    await stage.post('/faults', { side: 'A', fault: 'down' });
    await pause(random.between(1_000, 4_000));
    await stage.post('/faults', { side: 'A', fault: 'up' });
    stage.noteFault('ctiSideGone', lostAt);
    return undefined;
  },
};

/** How close together the end of the call and the return are. */
const sameMomentMs = 10;

export const callEndsAtReturn: Row = {
  number: 24,
  fault: 'the call ends and the agent returns in the same 10 ms',
  how: 'calls of the simulator, ended within 10 ms of the new desktop, before or after it; some agents do not return',
  needs: plainStage,
  agents: 40,
  baseline: true,
  async play(stage, random) {
    const seats = await stage.agents(this.agents, 'READY');
    await stage.open(seats, 'primary');
    const calls = new Map<Seat, number>();
    for (const seat of seats) {
      const { callId } = await stage.post('/calls', { agentId: seat.agentId });
      calls.set(seat, Number(callId));
      stage.note({ at: Date.now(), what: 'callBegan', agentId: seat.agentId, callId: Number(callId) });
    }
    for (const seat of seats) seat.leave('crash');
    await pause(stage.times.graceMs + 500);
    const plans = seats.map((seat, place) => ({
      seat,
      afterMs: random.between(0, 500),
      endsAfterMs: random.between(0, sameMomentMs),
      returnsAfterMs: random.between(0, sameMomentMs),
      returns: place >= 8,
    }));
    await Promise.all(
      plans.flatMap(({ seat, afterMs, endsAfterMs, returnsAfterMs, returns }) => [
        pause(afterMs + endsAfterMs).then(() => endCall(stage, seat, calls.get(seat) ?? 0)),
        pause(afterMs + returnsAfterMs).then(() => {
          if (returns) seat.arrive('secondary');
        }),
      ]),
    );
    await stage.untilAcknowledged(seats);
    return undefined;
  },
};

async function endCall(stage: Stage, seat: Seat, callId: number): Promise<void> {
  stage.note({ at: Date.now(), what: 'callEnded', agentId: seat.agentId, callId });
  await stage.post(`/calls/${String(callId)}`, undefined, 'DELETE');
}
