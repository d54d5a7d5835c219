import { on, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { errorCode } from '#config/config-error';
import { type MessageName } from '#cti-protocol/messages';
import { type CapturedFrame } from './capture-line';
import { CommandFailure, ExitCode } from './exit-codes';
import { mustBeReadable, readCapture } from './replay';
import { type ServeLimits, type ServeOutcome, ServedSession } from './served-session';
import { type Terminal } from './terminal';

export interface ServeOrder extends ServeLimits {
  readonly path: string;
  readonly port: number;
  /** Which connection of the capture; undefined: the first one that has an OPEN_REQ. */
  readonly connection: number | undefined;
}

const OPEN_REQUEST: MessageName = 'OPEN_REQ';
/** At once; all but one wait in line. */
const CONNECTIONS_MAX = 8;

/** Plays the server's side of a captured connection to one client, on loopback, and ends. */
export async function serveReplay(order: ServeOrder, terminal: Terminal): Promise<ExitCode> {
  await mustBeReadable(order.path);
  const sockets = new Set<Socket>();
  const server = await listen(order.port, sockets);
  try {
    terminal.err(`listening on 127.0.0.1:${order.port} for one client`);
    // A client that was refused may be back before its last connection is gone: connections wait in line.
    for await (const [socket] of on(server, 'connection', { signal: terminal.stopped })) {
      const session = new ServedSession(socket as Socket, order, terminal.stopped);
      const exitCode = tellOf(await session.play(scriptOf(order)), terminal);
      if (exitCode !== undefined) return exitCode;
    }
    return ExitCode.done;
  } catch (error) {
    if (terminal.stopped.aborted) return ExitCode.done;
    throw error;
  } finally {
    server.close();
    for (const socket of sockets) socket.destroySoon();
  }
}

/** The exit code when that was the client to play to; undefined when another one may come. */
function tellOf(outcome: ServeOutcome, terminal: Terminal): ExitCode | undefined {
  switch (outcome.kind) {
    case 'played':
      terminal.out(`played to its end: ${outcome.frames} frames`);
      return ExitCode.done;
    case 'versionRefused':
      terminal.err(`the client offered version ${outcome.offered}; the capture has ${outcome.captured}: refused`);
      return undefined;
    case 'brokenOff':
      terminal.out(`broken off after ${outcome.frames} frames: ${outcome.why}`);
      return ExitCode.failed;
  }
}

/** The frames of one connection of the capture, from its OPEN_REQ on. */
export async function* scriptOf({
  path,
  connection,
}: Pick<ServeOrder, 'path' | 'connection'>): AsyncGenerator<CapturedFrame> {
  let chosen = connection;
  for await (const each of readCapture(path)) {
    if ('fault' in each) throw new CommandFailure(ExitCode.failed, `${path}:${each.number} ${each.fault}`);
    if (each.line.kind !== 'frame') continue;
    const { frame } = each.line;
    const opens = frame.name === OPEN_REQUEST && frame.direction === 'sent';
    if (chosen === undefined && opens) chosen = frame.connection;
    if (frame.connection === chosen) yield frame;
  }
  if (chosen === undefined)
    throw new CommandFailure(ExitCode.failed, `${path} has no session: no OPEN_REQ was captured`);
}

async function listen(port: number, sockets: Set<Socket>): Promise<Server> {
  const server = createServer();
  server.maxConnections = CONNECTIONS_MAX;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  } catch (error) {
    throw new CommandFailure(ExitCode.misused, `--serve: port ${port} cannot be used (${errorCode(error)})`);
  }
}
