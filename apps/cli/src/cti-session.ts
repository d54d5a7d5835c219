import { AgentDesk } from '#cti-client/agent-desk';
import { CtiLink } from '#cti-client/link';
import { realPorts } from '#cti-client/link-options';
import { Mirror } from '#cti-client/mirror';
import { type LinkPhase } from '#cti-client/session-model';
import { type OpenWire } from '#cti-client/wire';
import { type Connection } from './connection';
import { CommandFailure, ExitCode } from './exit-codes';

/** The parts of one link to a CTI server pair; nothing is connected before `link.start()`. */
export interface CtiSession {
  readonly link: CtiLink;
  readonly mirror: Mirror;
  readonly desk: AgentDesk;
}

/**
 * @param over puts something between the link and the network
 * @param interest `names`: the session is opened for the configuration and the teams; `everybody`: it asks about each
 * agent that they name, too
 */
export function makeSession(
  { link: settings }: Connection,
  over: (openWire: OpenWire) => OpenWire,
  interest: 'asked' | 'names' | 'everybody' = 'asked',
): CtiSession {
  const options = interest === 'asked' ? settings : { ...settings, configuration: true };
  const { clock, openWire } = realPorts(options);
  const link = new CtiLink(options, { clock, openWire: over(openWire) });
  const mirror = new Mirror({ peripheralId: options.peripheralId });
  return {
    link,
    mirror,
    desk: new AgentDesk(link, mirror, { log: options.log, ...(interest === 'everybody' ? { warmUp: {} } : {}) }),
  };
}

/**
 * Starts the link, does something with it while it is in service, and says goodbye to the CTI server in any case.
 * @throws CommandFailure when no session comes into service
 */
export async function inSession<T>(
  session: CtiSession,
  connection: Connection,
  stopped: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  const stop = (): void => void session.link.stop();
  stopped.addEventListener('abort', stop);
  try {
    await begin(session.link, connection, stopped);
    return await run();
  } finally {
    stopped.removeEventListener('abort', stop);
    await session.link.stop();
  }
}

const PHASES_AFTER_A_FAILURE: readonly LinkPhase[] = ['connecting', 'waiting', 'closing', 'outOfService'];

/** Resolves in service; both sides are tried once, and the failure tells of every attempt. */
async function begin(link: CtiLink, { link: { endpoints }, waitMs }: Connection, stopped: AbortSignal): Promise<void> {
  const attempts = new Set<string>();
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const giveUp = (why: string): void => {
    reject(new CommandFailure(ExitCode.failed, [`no session with a CTI server: ${why}`, ...attempts].join('\n  ')));
  };
  let tried = link.side;
  let isFirst = true;
  const listen = (phase: LinkPhase, why: string): void => {
    const { host, port } = endpoints[tried];
    // The phase after a failed attempt says why it failed; the link's side is then already the next one to try.
    if (PHASES_AFTER_A_FAILURE.includes(phase) && !isFirst)
      attempts.add(`${tried.toUpperCase()} ${host}:${port}: ${why}`);
    isFirst = false;
    tried = link.side;
    if (phase === 'inService') resolve(undefined);
    if (phase === 'waiting') giveUp('both sides were tried');
    if (phase === 'idle') giveUp('interrupted');
  };
  link.on('phase', listen);
  const late = setTimeout(() => {
    giveUp(`none within ${waitMs / 1_000} s; the link is ${link.phase}: ${link.why}`);
  }, waitMs);
  if (stopped.aborted) giveUp('interrupted');
  else link.start();
  try {
    await promise;
  } finally {
    clearTimeout(late);
    link.off('phase', listen);
  }
}

/** Resolves when the link is in service again, after `waitMs` in vain, and when the command is to end. */
export async function untilInService(link: CtiLink, waitMs: number, stopped: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const end = (): void => {
    resolve(undefined);
  };
  const listen = (): void => {
    if (link.inService || stopped.aborted) end();
  };
  const late = setTimeout(end, waitMs);
  link.on('phase', listen);
  stopped.addEventListener('abort', end);
  listen();
  await promise;
  clearTimeout(late);
  link.off('phase', listen);
  stopped.removeEventListener('abort', end);
}
