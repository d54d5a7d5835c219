import { policyOfGraces } from '#config/default-policy';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue } from '#queue/logout-queue';
import { RedisStore } from '#store/redis-store';
import { Sides } from '#store/sides';
import { NoOpObserver } from '../../kit/no-op-ports';
import { peripheralId } from '../../kit/site/site';
import { pause, waitFor } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type Row } from '../row';

/** Rows that come to one gate, and to no other line of defence. */

/** Long enough for all of them to be looked at again and again. */
const unseenMs = 1_200;

export const callsBeginUnseen: Row = {
  number: 9,
  fault: 'both CTI links are gone when calls begin, and are back when the losses of those agents are overdue',
  how: 'the simulator resets and refuses both sides from before the calls until after the end of the grace',
  needs: plainNeeds,
  agents: 40,
  baseline: true,
  async play(experiment) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const lostAt = Date.now();
    for (const desktop of desktops) desktop.leave('crash');
    await pause(experiment.times.graceMs / 3);
    for (const side of ['A', 'B']) await experiment.site.post('/faults', { side, fault: 'down' });
    const calls: number[] = [];
    for (const { agentId } of desktops) {
      const { callId } = await experiment.site.post('/calls', { agentId, kind: 'direct' });
      calls.push(Number(callId));
      experiment.note({ at: Date.now(), what: 'callBegan', agentId, callId: Number(callId) });
    }
    await pause(lostAt + experiment.times.graceMs + unseenMs - Date.now());
    for (const side of ['A', 'B']) await experiment.site.post('/faults', { side, fault: 'up' });
    experiment.noteFault('linksDown', lostAt);
    await pause(2 * unseenMs);
    for (const [place, callId] of calls.entries()) {
      experiment.note({ at: Date.now(), what: 'callEnded', agentId: desktops[place]?.agentId ?? '', callId });
      await experiment.site.post(`/calls/${String(callId)}`, undefined, 'DELETE');
    }
    return undefined;
  },
};

/** A request for somebody who is out counts as late only some time after the sign-out. */
const outMs = 3_000;

export const signedOutByHand: Row = {
  number: 14,
  fault: 'agents sign out by hand and close their desktops later',
  how: 'signed out at the simulator with the desktop open, which is cut 3 s later',
  needs: plainNeeds,
  agents: 20,
  baseline: true,
  async play(experiment) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    for (const { agentId } of desktops) {
      await experiment.site.post(`/agents/${agentId}/logout`, {});
      experiment.note({ at: Date.now(), what: 'signedOut', agentId });
    }
    await pause(outMs);
    for (const desktop of desktops) desktop.leave('crash');
    await pause(experiment.times.graceMs + 1_000);
    return undefined;
  },
};

/** What a server has seen is in the store by then. */
const reportedMs = 500;

export const serverDiesAfterLosses: Row = {
  number: 1,
  fault: 'a server dies right after it reported losses: perhaps it was the one that lost its network',
  how: 'desktops cut, then kill -9 of their server; those that are left go to the other side',
  needs: plainNeeds,
  agents: 30,
  baseline: true,
  async play(experiment) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    const beganAt = Date.now();
    for (const desktop of desktops.slice(0, 12)) desktop.leave('crash');
    await pause(reportedMs);
    await experiment.kill9(experiment.site.servers.primary);
    await experiment.untilAcknowledged(desktops);
    await experiment.site.servers.primary.start();
    experiment.noteFault('serverKilled', beganAt);
    return undefined;
  },
};

export const sideHeldByOperator: Row = {
  number: 28,
  fault: 'a side in the hands of an operator loses desktops',
  how: 'the hold of the console on the primary side, losses on both sides, and its release later',
  needs: plainNeeds,
  agents: 20,
  baseline: 'it has no operator',
  async play(experiment) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const sides = new Sides(experiment.site.redisConnection, { peripheralId });
    await sides.hold('primary', 'mia');
    const heldAt = Date.now();
    // What is the same for all agents is kept for a moment by the workers.
    await pause(reportedMs);
    for (const desktop of desktops) desktop.leave('crash');
    const idsOf = (parity: number): ReadonlySet<string> =>
      new Set(desktops.filter((_, place) => place % 2 === parity).map(({ agentId }) => agentId));
    const [held, free] = [idsOf(0), idsOf(1)];
    const askedOf = async (ids: ReadonlySet<string>): Promise<string[]> =>
      (await experiment.site.requestsSince(heldAt)).flatMap(({ agentId }) => (ids.has(agentId) ? [agentId] : []));
    await waitFor(
      'the losses of the other side to be over',
      async () => new Set(await askedOf(free)).size === free.size,
    );
    await pause(experiment.times.graceMs);
    const asked = await askedOf(held);
    await sides.release('primary');
    experiment.noteFault('sideHeld', heldAt);
    return asked.map((agentId) => `agent ${agentId} was to be signed out although an operator holds the side`);
  },
};

/** So far apart that some of them are due before their server compares its desktops with the records again. */
const betweenMs = 40;

export const lateSweep: Row = {
  number: 28,
  fault: 'a sweep that began before its server came back acts late: records of open desktops say that they are gone',
  how: 'what the sweep would commit, committed by the test one after the other',
  needs: plainNeeds,
  agents: 50,
  baseline: 'it keeps no record',
  async play(experiment) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    const late = lateEngine(experiment);
    for (const { agentId } of desktops) {
      await late.close(agentId);
      await pause(betweenMs);
    }
    await late.end();
    await pause(experiment.times.graceMs + 2_000);
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

function lateEngine(experiment: Experiment): { close: (agentId: string) => Promise<void>; end: () => Promise<void> } {
  const queue = createLogoutQueue(experiment.site.redisConnection, peripheralId);
  const engine = new Engine({
    store: new RedisStore(experiment.site.redisConnection, {
      peripheralId,
      replicas: 0,
      issuingPerSecondMax: 1,
      leaseMs: experiment.times.leaseMs,
      journalEntriesMax: 1_000_000,
    }),
    wakeUps: new BullWakeUps(queue),
    witnesses: new NoWitnesses(),
    desk: new NoDesk(),
    observer: new NoOpObserver(),
    policyOf: () => policyOfGraces(experiment.times),
    monotonicMs: () => performance.now(),
  });
  return {
    close: async (agentId) => {
      const { desktops } = await experiment.site.record(agentId);
      for (const connection of Object.keys(desktops))
        await engine.handle(
          { peripheralId, agentId },
          { type: 'desktopClosed', connection, cause: 'lost', seenBy: 'a late sweep' },
        );
    },
    end: () => queue.close(),
  };
}
