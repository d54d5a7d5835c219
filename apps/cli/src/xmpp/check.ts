import { type StreamSettings } from '#presence/xmpp/stream';
import { type StreamEnd, StreamFault } from '#presence/xmpp/stream-fault';
import { CommandFailure, ExitCode } from '../exit-codes';
import { type Terminal } from '../terminal';
import { type Findings, isGood, reportLines, reportObject } from './check-report';
import { type CheckSettings } from './check-settings';
import { type Loss, type LossOrder, measureLosses } from './losses';
import { Watching } from './watching';

/**
 * Watches as a server would, lets a test user die in every way, and says how long each took to show and what to change.
 * @throws CommandFailure when there is no watch, or the test user cannot sign in
 */
export async function check(settings: CheckSettings, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const { watch, test, managements, withinMs, waitMs } = settings;
  const watching = await Watching.begin(watch);
  if (!(watching instanceof Watching)) {
    throw new CommandFailure(ExitCode.failed, `no watch at ${shown(watch)}: ${watching.sentence}`);
  }
  try {
    const server = await watching.server();
    const { desktops } = watching;
    const pingMs = await watching.ping();
    if (test !== undefined && !json)
      terminal.err(
        `${test.user}@${test.domain} dies in every way at ${shown(test)}; waiting at most ${waitMs / 1_000} s …`,
      );
    const losses = test === undefined ? [] : await measured(watching, { test, managements, waitMs }, terminal.stopped);
    const { mode, user, domain } = watch;
    const findings: Findings = { mode, user, domain, server, desktops, pingMs, losses, testUser: test?.user, withinMs };
    if (json) terminal.out(JSON.stringify(reportObject(findings)));
    else for (const line of reportLines(findings)) terminal.out(line);
    return isGood(findings) ? ExitCode.done : ExitCode.failed;
  } finally {
    await watching.end();
  }
}

async function measured(watching: Watching, order: LossOrder, stopped: AbortSignal): Promise<Loss[]> {
  const { test } = order;
  try {
    const losses = await measureLosses(watching, order, AbortSignal.any([stopped, watching.ended]));
    if (watching.ended.aborted) {
      const { sentence } = watching.ended.reason as StreamEnd;
      throw new CommandFailure(ExitCode.failed, `the watch was lost, and nothing was measured: ${sentence}`);
    }
    if (stopped.aborted) throw new CommandFailure(ExitCode.failed, 'interrupted: nothing was measured');
    return losses;
  } catch (fault) {
    if (!(fault instanceof StreamFault)) throw fault;
    throw new CommandFailure(
      ExitCode.failed,
      `the test user ${test.user}@${test.domain} cannot sign in at ${shown(test)}: ${ofTheTestUser(fault.message)}`,
    );
  }
}

/** The sentences of a stream name the keys of the watch. */
function ofTheTestUser(sentence: string): string {
  return sentence
    .replace('XMPP_USER or XMPP_PASSWORD', '--test-user or --test-password-file')
    .replace('XMPP_USER', '--test-user');
}

/** Without a password in it: a WebSocket's URL could hold one. */
function shown({ url }: StreamSettings): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
