import { closeSync, openSync, writeSync } from 'node:fs';
import { errorCode } from '#config/config-error';
import { spellingLookup } from './agent-names';
import { askingWires } from './asking-wires';
import { writeCaptureLine } from './capture-line';
import { type Connection } from './connection';
import { makeSession } from './cti-session';
import { CommandFailure, ExitCode } from './exit-codes';
import { recordedWires } from './recorded-wires';
import { type Terminal } from './terminal';
import { observe, untilStopped } from './watch';

export interface CaptureOrder {
  readonly path: string;
  /** Agents to ask about, so that queries and their answers are in the capture. */
  readonly agentIds: readonly string[];
  readonly seconds: number | undefined;
  /** The file does not grow beyond this. */
  readonly bytesMax: number;
}

/** Readable by its owner alone: call data are personal data. An existing file is never written over. */
const FILE_MODE = 0o600;

/** Records a session like that of `watch` until the terminal, the time or the size of the file says stop. */
export async function capture(connection: Connection, order: CaptureOrder, terminal: Terminal): Promise<ExitCode> {
  const { endpoints, peripheralId, version } = connection.link;
  const file = openNew(order.path);
  const full = new AbortController();
  let bytes = 0;
  let frames = 0;
  const now = (): string => new Date().toISOString();
  const record: Parameters<typeof recordedWires>[1]['record'] = (line) => {
    const text = `${writeCaptureLine(line)}\n`;
    if (full.signal.aborted || bytes + text.length > order.bytesMax) {
      full.abort();
      return;
    }
    bytes += writeSync(file, text);
    if (line.kind === 'frame') frames += 1;
  };
  try {
    const [a, b] = [endpoints.a, endpoints.b].map(({ host, port }) => `${host}:${port}`);
    record({ kind: 'header', header: { at: now(), capture: 1, a: a ?? '', b: b ?? '', peripheralId } });
    const session = makeSession(connection, (openWire) =>
      askingWires(recordedWires(openWire, { endpoints, version, now, record })),
    );
    const ended = new AbortController();
    const lookup = spellingLookup(connection, AbortSignal.any([terminal.stopped, ended.signal]));
    const observation = observe(session, { agentIds: order.agentIds, spellingOf: lookup }, (sight) => {
      if (sight.event === 'link') terminal.err(`${sight.side.toUpperCase()} ${sight.phase}: ${sight.why}`);
      if (sight.event === 'unknownAgent') terminal.err(`agent ${sight.agentId} is not known to the CTI server`);
      if (sight.event === 'spelling') terminal.err(`agent ${sight.asked} is spelled ${sight.agentId}`);
    });
    session.link.start();
    await untilStopped(AbortSignal.any([terminal.stopped, full.signal]), order.seconds);
    observation.end();
    ended.abort();
    await session.link.stop();
  } finally {
    closeSync(file);
  }
  terminal.err(`${frames} frames in ${order.path}${full.signal.aborted ? '; it is full, see --megabytes' : ''}`);
  return full.signal.aborted ? ExitCode.failed : ExitCode.done;
}

function openNew(path: string): number {
  try {
    return openSync(path, 'wx', FILE_MODE);
  } catch (error) {
    const why = errorCode(error) === 'EEXIST' ? 'is there already' : `cannot be written (${errorCode(error)})`;
    throw new CommandFailure(ExitCode.misused, `${path} ${why}`);
  }
}
