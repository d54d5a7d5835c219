import { type Policy } from '#domain/policy';
import { type AgentStore } from '#engine/ports';

/** Records as a process reads them that goes without a rule. */

/** It does not know who is signed out, so everybody has something to lose. */
export function forgetSignOuts(store: AgentStore): void {
  const whole = store.load.bind(store);
  store.load = async (key) => {
    const loaded = await whole(key);
    const { agent } = loaded;
    return agent.signedIn === 'no' ? { ...loaded, agent: { ...agent, signedIn: 'yes' } } : loaded;
  };
}

/** Whoever has a loss in hand picks its action by the policy of its own, at the time that the record says. */
export function pickOwnStage(store: AgentStore, policyOf: () => Policy): void {
  const whole = store.load.bind(store);
  store.load = async (key) => {
    const loaded = await whole(key);
    const { agent } = loaded;
    const { phase } = agent;
    if (phase.name !== 'grace' && phase.name !== 'held') return loaded;
    const loss = { ...phase.loss, stage: policyOf().stages[0] };
    return { ...loaded, agent: { ...agent, phase: { ...phase, loss } } };
  };
}
