import { type Side } from '#domain/agent';
import { type Sight } from './oracle-log';
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
 * I6: never more than M4 allows, and nobody of a mass loss before the shortest hold (M1, M2).
 *
 * The store counts commits; here requests are counted, which leave up to `sendWindowMs` later. So a window is allowed what
 * falls into it together with so much time more.
 */
export function judgePace(sights: readonly Sight[], rules: OracleRules): Violation[] {
  const sideOf = new Map<string, Side>();
  const sides = new Map<string, Side>();
  const endings = new Map<string, { readonly at: number; readonly side: Side }>();
  const bySide: Record<Side, Effect[]> = { primary: [], secondary: [] };
  const all: Effect[] = [];
  const staff: Record<Side, Set<string>> = { primary: new Set(), secondary: new Set() };
  for (const sight of sights) {
    if (sight.what === 'acknowledged') {
      sideOf.set(sight.desktop, sight.side);
      staff[sight.side].add(sight.agentId);
    }
    if (sight.what === 'ended') {
      const side = sideOf.get(sight.desktop);
      const before = endings.get(sight.agentId);
      // Which of two that ended together was seen to be the last is not for their ends to say.
      const isClear = before === undefined || before.side === side || sight.at - before.at > 2 * rules.detectionMs;
      if (side !== undefined) endings.set(sight.agentId, { at: sight.at, side });
      if (side !== undefined && isClear) sides.set(sight.agentId, side);
      else sides.delete(sight.agentId);
    }
    if (sight.what !== 'took' || sight.became !== 'loggedOut') continue;
    const effect = { at: sight.at, agentId: sight.agentId };
    all.push(effect);
    const side = sides.get(sight.agentId);
    if (side !== undefined) bySide[side].push(effect);
  }
  const perWindowMax = ((allWindowMs + rules.sendWindowMs + rules.wayMsMax) / 1_000) * rules.perSecondMax;
  const found = overOf(all, allWindowMs, perWindowMax, 'in all');
  for (const side of ['primary', 'secondary'] as const) {
    const max = Math.max(rules.massLoss.lossesMin, Math.floor(rules.massLoss.share * staff[side].size));
    found.push(...overOf(bySide[side], 60_000 - 2 * rules.sendWindowMs, max, `on the ${side} side`));
  }
  return [...found, ...judgeBursts(sights, rules)];
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
function isBlurred(sights: readonly Sight[], at: number): boolean {
  return sights.some(
    (sight) =>
      sight.what === 'disturbed' && sight.kind !== 'sideLost' && sight.at < at + blurMs && sight.until > at - blurMs,
  );
}

function judgeBursts(sights: readonly Sight[], rules: OracleRules): Violation[] {
  const open = new Map<string, Map<string, Side>>();
  const ended: Ended[] = [];
  const present: Record<Side, number> = { primary: 0, secondary: 0 };
  const found: Violation[] = [];
  const held = new Map<string, number>();
  for (const sight of sights) {
    if (sight.what === 'acknowledged') {
      const desktops = open.get(sight.agentId) ?? new Map<string, Side>();
      open.set(sight.agentId, desktops);
      if (!desktops.has(sight.desktop)) present[sight.side] += 1;
      desktops.set(sight.desktop, sight.side);
      held.delete(sight.agentId);
    }
    if (sight.what === 'ended') {
      const desktops = open.get(sight.agentId);
      const side = desktops?.get(sight.desktop);
      if (side === undefined || desktops === undefined) continue;
      desktops.delete(sight.desktop);
      present[side] -= 1;
      if (sight.how === 'gone' && desktops.size === 0) ended.push({ at: sight.at, agentId: sight.agentId, side });
      const burst = new Map<string, Ended>();
      // Whoever is back is not lost, and whoever flaps is lost once.
      while ((ended[0]?.at ?? sight.at) <= sight.at - burstMs) ended.shift();
      for (const other of ended)
        if (other.side === side && other.at > sight.at - burstMs && open.get(other.agentId)?.size === 0)
          burst.set(other.agentId, other);
      const isBurst = burst.size >= Math.max(rules.massLoss.lossesMin + 1, clearShare * (present[side] + burst.size));
      if (isBurst) for (const { agentId, at } of burst.values()) held.set(agentId, at);
    }
    if (sight.what !== 'took') continue;
    const since = held.get(sight.agentId);
    if (since === undefined || isBlurred(sights, since) || sight.at - since >= rules.massLoss.holdMsMin - burstMs)
      continue;
    const sentence = `was lost in a mass loss and is signed out ${String(Math.round(sight.at - since))} ms later`;
    found.push({ invariant: 'I6', at: sight.at, agentId: sight.agentId, sentence });
  }
  return found;
}
