import { type Side } from '#domain/agent';
import { type Observation } from './oracle-log';
import { type OracleRules, type Violation } from './oracle-rules';

/** Faults so close to a burst blur it. */
const blurMs = 120_000;

interface Effect {
  readonly at: number;
  readonly agentId: string;
}

/** Long enough that the time a request is on its way does not blur the limit per second. */
const allWindowMs = 10_000;

/** Losses this close together are one burst beyond doubt, whatever the time of detection adds. */
const burstMs = 2_000;
/** A burst of this share of a side is one, however the share is counted. */
const clearShare = 0.4;

/**
 * I6: never more than M4 allows (a goodbye counts for no side), and nobody of a mass loss before the shortest hold (M1, M2).
 *
 * The store counts commits; here requests are counted, which leave up to `sendWindowMs` later. So a window is allowed what
 * falls into it together with so much time more.
 */
export function judgePace(observations: readonly Observation[], rules: OracleRules): Violation[] {
  const sideOf = new Map<string, Side>();
  const sides = new Map<string, Side>();
  const endings = new Map<string, { readonly at: number; readonly side: Side }>();
  const bySide: Record<Side, Effect[]> = { primary: [], secondary: [] };
  const all: Effect[] = [];
  const staff: Record<Side, Set<string>> = { primary: new Set(), secondary: new Set() };
  for (const observation of observations) {
    if (observation.what === 'acknowledged') {
      sideOf.set(observation.desktop, observation.side);
      staff[observation.side].add(observation.agentId);
    }
    if (observation.what === 'ended') {
      const side = sideOf.get(observation.desktop);
      const before = endings.get(observation.agentId);
      // Which of two that ended together was seen to be the last is not for their ends to say.
      const isClear =
        before === undefined || before.side === side || observation.at - before.at > 2 * rules.detectionMs;
      if (side !== undefined) endings.set(observation.agentId, { at: observation.at, side });
      const isGoodbye = observation.how === 'bye';
      if (side !== undefined && isClear && !isGoodbye) sides.set(observation.agentId, side);
      else sides.delete(observation.agentId);
    }
    // A new sign-in without a desktop is a loss of its own, and of no side.
    if (observation.what === 'signedIn') sides.delete(observation.agentId);
    if (observation.what !== 'took' || observation.became !== 'loggedOut') continue;
    const effect = { at: observation.at, agentId: observation.agentId };
    all.push(effect);
    const side = sides.get(observation.agentId);
    if (side !== undefined) bySide[side].push(effect);
  }
  const perWindowMax = ((allWindowMs + rules.sendWindowMs + rules.wayMsMax) / 1_000) * rules.perSecondMax;
  const found = overOf(all, allWindowMs, perWindowMax, 'in all');
  for (const side of ['primary', 'secondary'] as const) {
    const max = Math.max(rules.massLoss.lossesMin, Math.floor(rules.massLoss.share * staff[side].size));
    found.push(...overOf(bySide[side], 60_000 - 2 * rules.sendWindowMs, max, `on the ${side} side`));
  }
  return [...found, ...judgeBursts(observations, rules)];
}

function overOf(effects: readonly Effect[], windowMs: number, max: number, where: string): Violation[] {
  let first = 0;
  for (const [last, { at, agentId }] of effects.entries()) {
    while ((effects[first]?.at ?? at) <= at - windowMs) first += 1;
    const count = last - first + 1;
    if (count > max) {
      const sentence = `is number ${String(count)} of those signed out ${where} within ${String(windowMs)} ms; ${String(max)} are allowed`;
      return [{ invariant: 'I6', at, agentId, sentence }];
    }
  }
  return [];
}

interface Ended {
  readonly at: number;
  readonly agentId: string;
  readonly side: Side;
}

/** With servers or store away losses are seen late and one by one: then it is not for the desktops to say what was a burst. */
function isBlurred(observations: readonly Observation[], at: number): boolean {
  return observations.some(
    (observation) =>
      observation.what === 'disturbed' &&
      observation.kind !== 'sideLost' &&
      observation.at < at + blurMs &&
      observation.until > at - blurMs,
  );
}

function judgeBursts(observations: readonly Observation[], rules: OracleRules): Violation[] {
  const open = new Map<string, Map<string, Side>>();
  const ended: Ended[] = [];
  const present: Record<Side, number> = { primary: 0, secondary: 0 };
  const found: Violation[] = [];
  const held = new Map<string, number>();
  // Who has signed out has nothing to lose.
  const out = new Set<string>();
  for (const observation of observations) {
    if (observation.what === 'signedOut') out.add(observation.agentId);
    if (observation.what === 'signedIn') out.delete(observation.agentId);
    if (observation.what === 'took' && observation.became === 'loggedOut') out.add(observation.agentId);
    if (observation.what === 'acknowledged') {
      const desktops = open.get(observation.agentId) ?? new Map<string, Side>();
      open.set(observation.agentId, desktops);
      if (!desktops.has(observation.desktop)) present[observation.side] += 1;
      desktops.set(observation.desktop, observation.side);
      held.delete(observation.agentId);
    }
    if (observation.what === 'ended') {
      const desktops = open.get(observation.agentId);
      const side = desktops?.get(observation.desktop);
      if (side === undefined || desktops === undefined) continue;
      desktops.delete(observation.desktop);
      present[side] -= 1;
      if (observation.how === 'gone' && desktops.size === 0 && !out.has(observation.agentId))
        ended.push({ at: observation.at, agentId: observation.agentId, side });
      const burst = new Map<string, Ended>();
      // Whoever is back is not lost, and whoever flaps is lost once.
      while ((ended[0]?.at ?? observation.at) <= observation.at - burstMs) ended.shift();
      for (const other of ended)
        if (other.side === side && other.at > observation.at - burstMs && open.get(other.agentId)?.size === 0)
          burst.set(other.agentId, other);
      const isBurst = burst.size >= Math.max(rules.massLoss.lossesMin + 1, clearShare * (present[side] + burst.size));
      if (isBurst) for (const { agentId, at } of burst.values()) held.set(agentId, at);
    }
    if (observation.what !== 'took') continue;
    const since = held.get(observation.agentId);
    if (
      since === undefined ||
      isBlurred(observations, since) ||
      observation.at - since >= rules.massLoss.holdMsMin - burstMs
    )
      continue;
    const sentence = `was lost in a mass loss and is signed out ${String(Math.round(observation.at - since))} ms later`;
    found.push({ invariant: 'I6', at: observation.at, agentId: observation.agentId, sentence });
  }
  return found;
}
