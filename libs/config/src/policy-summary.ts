import { createHash } from 'node:crypto';
import { type Policies } from './policy-file';

/** What a process acts by, in a form that can be compared with that of another one. */
export interface PolicySummary {
  /** SHA-256 of `values`, the first 16 hexadecimal digits. */
  readonly digest: string;
  /** By its place: `default.graceMs.lost` is `60000`, `teams.sales.stages.0.action` is `notReady`. */
  readonly values: Readonly<Record<string, string>>;
}

const digestLength = 16;

/** All teams are there; which agent is in which team is one value, since there may be thousands. */
export function policySummary({ default: common, teams, agents }: Policies): PolicySummary {
  const teamOf = [...agents].sort(([one], [other]) => (one < other ? -1 : 1));
  const values = Object.fromEntries(
    [
      ...leavesOf('default', common),
      ...[...teams].flatMap(([team, policy]) => leavesOf(`teams.${team}`, policy)),
      ['agents', `${String(teamOf.length)} agents, ${digestOf(teamOf)}`] as const,
    ].sort(([one], [other]) => (one < other ? -1 : 1)),
  );
  return { digest: digestOf(values), values };
}

function leavesOf(place: string, value: unknown): (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[place, String(value)]];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(`${place}.${name}`, inner));
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, digestLength);
}
