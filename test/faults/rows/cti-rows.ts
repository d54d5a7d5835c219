import { type Random } from '../../kit/random';
import { pause } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type ReconnectingDesktop } from '../reconnecting-desktop';
import { type Row } from '../row';

/** Rows about the CTI link. */
type Cut = 'before' | 'inside a frame' | 'after' | 'applied, answer lost';
const cuts: readonly Cut[] = ['before', 'inside a frame', 'applied, answer lost', 'after'];

/** A request of ours is longer than this: what passes ends in the middle of one. */
const insideFrameBytes = 30;

export const linkCut: Row = {
  number: 9,
  fault: 'the CTI link cut before, inside and after a request; applied but the answer lost',
  how: 'fault proxy: connections reset before the request, in the middle of its frame, after it; the CTI server tells nobody',
  needs: { ...plainNeeds, proxied: true },
  agents: 16,
  baseline: true,
  variants: cuts,
  async play(experiment, random, run) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const lostAt = Date.now();
    for (const desktop of desktops.slice(0, 10)) desktop.leave('crash');
    const kind = cuts[run % cuts.length] ?? 'before';
    await pause(lostAt + experiment.times.graceMs - 150 - Date.now());
    await cut(experiment, kind, desktops.length, random);
    experiment.noteFault('linkCut', lostAt);
    // Some come back while nobody knows what became of the request.
    for (const desktop of desktops.slice(0, 4)) desktop.arrive('secondary');
    await experiment.untilAcknowledged(desktops);
    for (const side of ['A', 'B'])
      await experiment.site.post('/faults', { side, fault: 'silenceAfterApply', on: false });
    return undefined;
  },
};

async function cut(experiment: Experiment, kind: Cut, count: number, random: Random): Promise<void> {
  const proxies = Object.values(experiment.site.parts.ctiProxies ?? {});
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
      for (const side of ['A', 'B']) await experiment.site.post('/faults', { side, fault: 'silenceAfterApply', count });
      await pause(500);
      for (const proxy of proxies) proxy.reset();
  }
}

export const ctiSideGone: Row = {
  number: 10,
  fault: 'CTI side A gone with 50 losses due',
  how: 'the simulator resets every connection of side A and refuses new ones, around the time when the losses are due',
  needs: plainNeeds,
  agents: 60,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const lostAt = Date.now();
    for (const desktop of desktops.slice(0, 50)) desktop.leave('crash');
    await pause(lostAt + experiment.times.graceMs + random.between(-200, 200) - Date.now());
    await experiment.site.post('/faults', { side: 'A', fault: 'down' });
    await pause(random.between(1_000, 4_000));
    await experiment.site.post('/faults', { side: 'A', fault: 'up' });
    experiment.noteFault('ctiSideGone', lostAt);
    return undefined;
  },
};

/** How close together the end of the call and the return are. */
const sameMomentMs = 10;

export const callEndsAtReturn: Row = {
  number: 24,
  fault: 'the call ends and the agent returns in the same 10 ms',
  how: 'calls of the simulator, ended within 10 ms of the new desktop, before or after it; some agents do not return',
  needs: plainNeeds,
  agents: 40,
  baseline: true,
  async play(experiment, random) {
    const desktops = await experiment.agents(this.agents, 'READY');
    await experiment.open(desktops, 'primary');
    const calls = new Map<ReconnectingDesktop, number>();
    for (const desktop of desktops) {
      const { callId } = await experiment.site.post('/calls', { agentId: desktop.agentId });
      calls.set(desktop, Number(callId));
      experiment.note({ at: Date.now(), what: 'callBegan', agentId: desktop.agentId, callId: Number(callId) });
    }
    for (const desktop of desktops) desktop.leave('crash');
    await pause(experiment.times.graceMs + 500);
    const plans = desktops.map((desktop, place) => ({
      desktop,
      afterMs: random.between(0, 500),
      endsAfterMs: random.between(0, sameMomentMs),
      returnsAfterMs: random.between(0, sameMomentMs),
      returns: place >= 8,
    }));
    await Promise.all(
      plans.flatMap(({ desktop, afterMs, endsAfterMs, returnsAfterMs, returns }) => [
        pause(afterMs + endsAfterMs).then(() => endCall(experiment, desktop, calls.get(desktop) ?? 0)),
        pause(afterMs + returnsAfterMs).then(() => {
          if (returns) desktop.arrive('secondary');
        }),
      ]),
    );
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

async function endCall(experiment: Experiment, desktop: ReconnectingDesktop, callId: number): Promise<void> {
  experiment.note({ at: Date.now(), what: 'callEnded', agentId: desktop.agentId, callId });
  await experiment.site.post(`/calls/${String(callId)}`, undefined, 'DELETE');
}
