import { type AnyKey, type Environment } from './key';

/**
 * A key with a typing error would be ignored in silence and its default used: a grace of 60 s where somebody wrote 120.
 * So a key that looks like ours and is not is an error. "Looks like" is: begins with one of our families, or differs
 * from one of our keys by a letter or two.
 */

// prettier-ignore
const families = [
  'CTI_', 'XMPP_', 'GRACE_', 'DETECTION_', 'DESKTOP_TOKEN', 'CONSOLE_', 'SIM_', 'LEASE_', 'SWEEP_', 'REDIS_',
  'POLICY_', 'AGENTS_', 'OIDC_',
];

/** What Kubernetes and Docker links inject for a service that is named like one of our families. */
const injectedByPlatform = [/_SERVICE_HOST$/, /_SERVICE_PORT(_|$)/, /_PORT_\d+_(TCP|UDP|SCTP)(_|$)/];

/** One finding per key that looks like ours and is not. `known` are all rows, whichever app they belong to. */
export function findUnknownKeys(env: Environment, known: readonly AnyKey[]): UnknownKey[] {
  const names = known.flatMap((row) => (row.secret ? [row.env, `${row.env}_FILE`] : [row.env]));
  const accepted = new Set(names);
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || accepted.has(name) || isInjected(name, value)) return [];
    const nearest = nearestOf(name, names);
    const looksLikeOurs =
      families.some((family) => name.startsWith(family)) || nearest.distance <= allowance(nearest.name);
    return looksLikeOurs
      ? [{ key: name, nearest: nearest.distance <= hintDistanceMax ? nearest.name : undefined }]
      : [];
  });
}

export interface UnknownKey {
  key: string;
  nearest: string | undefined;
}

/** A hint further away than this would be a guess. */
const hintDistanceMax = 6;

/** Short names have innocent neighbours (SIDE and SITE), so they allow fewer changes. */
function allowance(name: string): number {
  if (name.length <= 4) return 0;
  return name.length <= 7 ? 1 : 2;
}

function isInjected(name: string, value: string): boolean {
  const isLink = name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value);
  return isLink || injectedByPlatform.some((pattern) => pattern.test(name));
}

function nearestOf(name: string, candidates: readonly string[]): { name: string; distance: number } {
  let best = { name: '', distance: Number.POSITIVE_INFINITY };
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance < best.distance) best = { name: candidate, distance };
  }
  return best;
}

/** Levenshtein: how many letters must be put in, taken out or changed to turn one text into the other. */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
