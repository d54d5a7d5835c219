import { type App } from '../kit/app';
import { CannotComeError, waitFor } from '../kit/wait';

/** What an app says of an outage: in its log, by readiness, and to Prometheus. */

interface Line {
  readonly level: string;
  readonly msg: string;
}

/** How often each warning or error came since a number of lines. */
export function warnings(app: App, after: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of app.lines.slice(after)) {
    const { level, msg } = line.startsWith('{') ? (JSON.parse(line) as Line) : { level: 'warn', msg: line };
    if (level !== 'warn' && level !== 'error') continue;
    // What stands behind the colon is the reason, but for that of `XMPP: …`, which names what it is about.
    const [kind = msg] = /^(\w+: )?[^:]*/.exec(msg) ?? [];
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** What readiness names as missing. */
export async function missing(app: App): Promise<string[]> {
  const answer = await fetch(`${app.url}/health/ready`);
  const { missing: parts } = (await answer.json()) as { missing: { part: string }[] };
  if (answer.status !== (parts.length === 0 ? 200 : 503))
    throw new CannotComeError(
      `readiness of ${app.app} is ${String(answer.status)} and misses ${JSON.stringify(parts)}`,
    );
  return parts.map(({ part }) => part);
}

export const untilMissing = (app: App, part: string): Promise<true> =>
  waitFor(`${app.app} to miss ${part}`, async () => (await missing(app)).includes(part));

/** The value of a metric without labels, or with exactly these. */
export async function figure(app: App, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

export const untilFigure = (app: App, name: string, value: number): Promise<true> =>
  waitFor(`${name} of ${app.app} to be ${String(value)}`, async () => (await figure(app, name)) === value);
