import { adviceFor, isInTime, softwareOf } from './advice';
import { type Loss } from './losses';
import { type ServerName } from './watching';

/** What was seen of one XMPP server. */
export interface Findings {
  readonly mode: 'component' | 'watcher';
  readonly user: string;
  readonly domain: string;
  readonly server: ServerName | null;
  readonly desktops: number;
  /** Round trip of the ping barrier; null: not answered. */
  readonly pingMs: number | null;
  /** Empty when no test user was given. */
  readonly losses: readonly Loss[];
  readonly testUser: string | undefined;
  readonly withinMs: number;
}

/** What a server of ours allows for the ping before a last look; see lastLookMsMax. */
const barrierMsMax = 400;

export function isGood({ pingMs, losses, withinMs }: Findings): boolean {
  return pingMs !== null && pingMs <= barrierMsMax && losses.every((loss) => isInTime(loss, withinMs));
}

export function advice({ server, losses, withinMs }: Findings): string[] {
  return adviceFor(softwareOf(server), losses, withinMs);
}

/** For people. */
export function reportLines(findings: Findings): string[] {
  const { mode, user, domain, server, desktops, pingMs, losses, testUser, withinMs } = findings;
  const lines = [
    row('server', server === null ? 'does not tell its name' : `${server.name} ${server.version}`.trim()),
    row(
      'watch',
      `${mode} ${mode === 'component' ? user : `${user}@${domain}`}; sees ${String(desktops)} desktops of ${domain}`,
    ),
    row('ping', pingWords(pingMs)),
  ];
  if (testUser === undefined) return [...lines, row('losses', 'not measured: no --test-user')];
  lines.push(...losses.map((loss) => row(deathWords(loss), showingWords(loss, withinMs))));
  const changes = advice(findings);
  if (changes.length === 0) return lines;
  const whose = server?.name ?? 'the XMPP server';
  return [
    ...lines,
    '',
    `So that every loss shows within ${seconds(withinMs)}, change in ${whose}:`,
    ...changes.map((line) => `  ${line}`),
  ];
}

/** For programs. */
export function reportObject(findings: Findings): object {
  const { mode, user, domain, server, desktops, pingMs, losses, withinMs } = findings;
  return {
    good: isGood(findings),
    server,
    mode,
    user,
    domain,
    desktops,
    pingMs: rounded(pingMs),
    withinMs,
    losses: losses.map((loss) => ({
      death: loss.death,
      streamManagement: loss.management === 'used',
      keptMs: loss.keptMs,
      showing: loss.showing.kind,
      afterMs: loss.showing.kind === 'shown' ? rounded(loss.showing.afterMs) : null,
      inTime: isInTime(loss, withinMs),
    })),
    advice: advice(findings),
  };
}

function row(name: string, words: string): string {
  return `${name.padEnd(nameWidth)}${words}`;
}

const nameWidth = 42;

function deathWords({ death, management }: Loss): string {
  const what = death === 'killed' ? 'connection closed' : 'client silent';
  return `${what}, ${management === 'used' ? 'with' : 'no'} stream management`;
}

function showingWords(loss: Loss, withinMs: number): string {
  const verdict = isInTime(loss, withinMs) ? 'good' : 'TOO LATE';
  const kept = loss.keptMs === null ? '' : `; the server keeps it for ${seconds(loss.keptMs)}`;
  const { showing } = loss;
  switch (showing.kind) {
    case 'shown':
      return `${verdict.padEnd(verdictWidth)}shows after ${seconds(showing.afterMs)}${kept}`;
    case 'notShown':
      return `${verdict.padEnd(verdictWidth)}not within ${seconds(showing.waitedMs)}${kept}`;
    case 'neverSeen':
      return `${'UNSEEN'.padEnd(verdictWidth)}the test user was signed in, and no presence of it arrived`;
    case 'notOffered':
      return `${verdict.padEnd(verdictWidth)}the server offers no stream management`;
  }
}

const verdictWidth = 10;

function pingWords(pingMs: number | null): string {
  if (pingMs === null) return 'NOT ANSWERED: no last look can be answered';
  const words = `answered after ${seconds(pingMs)}`;
  return pingMs <= barrierMsMax ? words : `${words}: TOO LATE, a last look waits ${String(barrierMsMax)} ms`;
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms` : `${String(Math.round(ms / 100) / 10)} s`;
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
