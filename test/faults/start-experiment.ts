import { type ProductName } from '../kit/site/site-options';
import { startSite } from '../kit/site/start-site';
import { Experiment, type ExperimentNeeds, type ExperimentSize } from './experiment';
import { type FaultTimes, massLossOf } from './fault-times';
import { startFaultXmpp } from './fault-xmpp';

/** Starts a site and waits until all of it is ready. */
export async function startExperiment(
  product: ProductName,
  usualTimes: FaultTimes,
  size: ExperimentSize,
  needs: ExperimentNeeds,
): Promise<Experiment> {
  const times = { ...usualTimes, ...needs.times };
  const { redis, proxied, ownClocks, redisClock, ownNetwork, splits } = needs;
  const xmpp = needs.xmpp === null || product === 'baseline' ? undefined : await startFaultXmpp(needs.xmpp, times);
  const site = await startSite({
    ...{ product, times, redis, proxied, ownClocks, redisClock, ownNetwork, splits, xmpp },
    massLoss: massLossOf(times, needs.protectsSides),
    // Each run makes its agents.
    env: { SIM_AGENTS: '1' },
    envOf: () => needs.env,
  });
  return new Experiment(times, size, needs, site, xmpp);
}
