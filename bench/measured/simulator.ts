import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '#config/package-root';
import { encodeMessage } from '#cti-protocol/encode';
import { defineBench, type Result } from '../bench';
import { type App, freePort, pause, processFigures, startApp } from '../kit';
import { count, countText, measured } from '../report/figure';

interface Size {
  /** Of the scenario `full-peripheral`; the others are left out. */
  readonly agents: number;
  readonly settleMs: number;
  readonly measureMs: number;
}

/** More than this, and the simulator takes the machine from what is to be measured against it. */
const coresMax = 0.5;
const sessionsOnEachSide = 2;
const version = 24;

export const bench = defineBench<Size>({
  name: 'simulator',
  measures: 'What a full peripheral costs the simulated pair of CTI servers: the scenario `full-peripheral`.',
  wholeMinutes: 1.5,
  sizes: {
    small: { agents: 200, settleMs: 2_000, measureMs: 2_000 },
    whole: { agents: 12_000, settleMs: 15_000, measureMs: 60_000 },
  },
  run: async (size) => {
    const [a, b] = [await freePort(), await freePort()];
    const simulator = await startApp('simulator', {
      CTI_A: `127.0.0.1:${String(a)}`,
      CTI_B: `127.0.0.1:${String(b)}`,
      DESKTOP_TOKEN_SECRET: 'a-secret-of-the-bench-that-is-long-enough',
    });
    const received = { messages: 0, bytes: 0 };
    const sockets = [a, b].flatMap((port) =>
      Array.from({ length: sessionsOnEachSide }, () => openSession(port, received)),
    );
    try {
      await startScenario(simulator, size);
      return await measure(simulator, received, size);
    } finally {
      for (const socket of sockets) socket.destroy();
      await simulator.kill9();
    }
  },
});

interface Received {
  messages: number;
  bytes: number;
}

async function measure(simulator: App, received: Received, { agents, settleMs, measureMs }: Size): Promise<Result> {
  const look = async () => {
    const { callsStarted, lateMsMax, agents: signedIn } = await progress(simulator);
    const { cpuMs, rssMb } = await processFigures(simulator.pid);
    return { at: performance.now(), callsStarted, lateMsMax, signedIn, cpuMs, rssMb, ...received };
  };
  await pause(settleMs);
  const before = await look();
  await pause(measureMs);
  const after = await look();
  const seconds = (after.at - before.at) / 1_000;
  const perSecond = (pick: (look: typeof before) => number): number => (pick(after) - pick(before)) / seconds;
  const cores = perSecond(({ cpuMs }) => cpuMs / 1_000);
  const messagesPerSecond = perSecond(({ messages }) => messages);
  return {
    rounds: 1,
    setup: `over ${countText(seconds)} s, ${String(sessionsOnEachSide)} sessions on each side that get all events of agents and calls`,
    tables: [
      {
        caption: '',
        columns: ['the simulator', ''],
        rows: [
          ['agents', count(after.signedIn)],
          ['calls a second', measured(perSecond(({ callsStarted }) => callsStarted))],
          ['messages a second, all sessions', measured(messagesPerSecond)],
          [
            'bytes a second, all sessions',
            measured(
              perSecond(({ bytes }) => bytes / 1e6),
              'MB',
            ),
          ],
          ['what it did latest, late by', measured(after.lateMsMax, 'ms')],
          ['memory (RSS)', measured(after.rssMb, 'MB')],
          ['CPU', measured(cores, 'cores')],
        ],
      },
    ],
    notes: [],
    faults: [
      ...(cores < coresMax ? [] : [`the simulator took ${cores.toFixed(2)} cores, more than ${String(coresMax)}`]),
      ...(messagesPerSecond > 0 ? [] : ['no session got a message']),
      ...(after.signedIn === agents
        ? []
        : [`the scenario has ${String(after.signedIn)} agents, not ${String(agents)}`]),
    ],
  };
}

async function startScenario({ url }: App, { agents }: Size): Promise<void> {
  const file = join(packageRoot(), 'apps', 'simulator', 'scenarios', 'full-peripheral.yaml');
  const scenario = parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  const answer = await fetch(`${url}/scenario`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...scenario, agents }),
  });
  if (!answer.ok) throw new Error(`the scenario was refused: ${String(answer.status)} ${await answer.text()}`);
}

async function progress({ url }: App) {
  const answer = await fetch(`${url}/scenario`);
  return (await answer.json()) as { agents: number; callsStarted: number; lateMsMax: number };
}

/** A session that asks for everything. Messages are counted by their headers alone, so that this process costs little. */
function openSession(port: number, received: Received): Socket {
  const socket = connect(port, '127.0.0.1');
  const request = {
    ...({ name: 'OPEN_REQ', InvokeID: 1, VersionNumber: version, IdleTimeout: 0xffff_ffff } as const),
    ...{ PeripheralID: 0xffff_ffff, ServicesRequested: 0x14, CallMsgMask: 0x0080_ffff, AgentStateMask: 0x3fff },
    ...{ ConfigMsgMask: 0, Reserved1: 0, Reserved2: 0, Reserved3: 0 },
    ...{ ClientID: 'bench', ClientPassword: new Uint8Array() },
  };
  socket.write(encodeMessage(request, version));
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    received.bytes += chunk.length;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 8 && bytes.length - at >= 8 + bytes.readUInt32BE(at)) {
      at += 8 + bytes.readUInt32BE(at);
      received.messages++;
    }
    rest = bytes.subarray(at);
  });
  return socket;
}
