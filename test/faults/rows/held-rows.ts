import { pause } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type Row } from '../row';

/** Rows about losses that are held: they are looked at when what held them is over. */

/**
 * Without a wake-up a held loss would be looked at only after so long: later than I3 allows after a fault, whatever the
 * other times are.
 */
const heldLookMs = 60_000;

/** So long before the losses are due the outage begins, at the most. */
const beforeMsMax = 5_000;

const outages = ['both CTI sides away', 'Redis frozen'] as const;

export const holdEndsWithOutage: Row = {
  number: 33,
  fault: 'losses are held for an outage, and it ends',
  how: 'the simulator resets and refuses both sides, or SIGSTOP of redis-server, in turn, from just before the losses are due, for one to two leases (12 to 16 s at real times); held losses are looked at every 60 s if nothing wakes them',
  needs: { ...plainNeeds, times: { heldLookMs } },
  agents: 20,
  baseline: true,
  variants: outages,
  async play(experiment, random, run) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const beganAt = Date.now();
    for (const desktop of desktops.slice(0, 10)) desktop.leave('crash');
    const { graceMs } = experiment.times;
    await pause(graceMs - Math.min(graceMs / 3, beforeMsMax));
    const end = await begin(outages[run % outages.length] ?? 'Redis frozen', experiment);
    await pause(outageMs(experiment, random.between(0, 1)));
    await end();
    experiment.noteFault('outage', beganAt);
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

function outageMs({ times }: Experiment, part: number): number {
  return times.graceMs < 10_000 ? times.leaseMs * (1 + part) : 12_000 + 4_000 * part;
}

/** Answers what ends it. */
async function begin(outage: (typeof outages)[number], { site }: Experiment): Promise<() => Promise<void>> {
  switch (outage) {
    case 'both CTI sides away': {
      const both = async (fault: 'down' | 'up'): Promise<void> => {
        for (const side of ['A', 'B']) await site.post('/faults', { side, fault });
      };
      await both('down');
      return () => both('up');
    }
    case 'Redis frozen':
      site.redis.freeze();
      return () => {
        site.redis.thaw();
        return Promise.resolve();
      };
  }
}
