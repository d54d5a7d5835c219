import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { encodeMessage } from '#cti-protocol/encode';

/**
 * What a full peripheral costs the simulator: the example scenario `full-peripheral` (12 000 agents, 4 calls a minute
 * each) in a process of its own, with two CTI sessions on each side that ask for all agent and call events. Measured is
 * the CPU time of that process over the given seconds (60), from /proc, after the agents have come.
 */

const measuredSeconds = Number(process.argv[2] ?? 60);
const scenario = process.argv[3] ?? 'full-peripheral';
const ticksPerSecond = 100;
const settleMs = 15_000;
const coresMax = 0.5;

interface Count {
  messages: number;
  bytes: number;
}

async function main(): Promise<void> {
  const [a, b, http] = [await freePort(), await freePort(), await freePort()];
  const simulator = await startSimulator(a, b, http);
  const count: Count = { messages: 0, bytes: 0 };
  const sockets = [a, a, b, b].map((port) => openSession(port, count));
  try {
    await sleep(settleMs);
    const before = { cpu: cpuSeconds(simulator), at: performance.now(), ...count, ...(await progress(http)) };
    await sleep(measuredSeconds * 1000);
    const after = { cpu: cpuSeconds(simulator), at: performance.now(), ...count, ...(await progress(http)) };
    const seconds = (after.at - before.at) / 1000;
    const cores = (after.cpu - before.cpu) / seconds;
    const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(simulator.pid)}/status`, 'utf8'))?.[1] ?? '0';
    const rows = {
      agents: after.agents,
      'calls per second': ((after.callsStarted - before.callsStarted) / seconds).toFixed(0),
      sessions: sockets.length,
      'messages per second, all sessions': ((after.messages - before.messages) / seconds).toFixed(0),
      'megabytes per second, all sessions': ((after.bytes - before.bytes) / seconds / 1e6).toFixed(1),
      'latest deed, ms late': after.lateMsMax,
      'resident memory, MB': (Number(rss) / 1024).toFixed(0),
      [`cores used (of ${String(availableParallelism())}, over ${seconds.toFixed(0)} s)`]: cores.toFixed(3),
    };
    for (const [what, value] of Object.entries(rows)) process.stdout.write(`${what.padEnd(40)} ${String(value)}\n`);
    process.exitCode = cores < coresMax ? 0 : 1;
  } finally {
    for (const socket of sockets) socket.destroy();
    simulator.kill('SIGTERM');
  }
}

/** Reads and counts by the header alone, so that this process costs little. */
function openSession(port: number, count: Count): Socket {
  const socket = connect(port, '127.0.0.1');
  const invokeId = 1;
  socket.write(
    encodeMessage(
      {
        name: 'OPEN_REQ',
        InvokeID: invokeId,
        VersionNumber: 24,
        IdleTimeout: 0xffff_ffff,
        PeripheralID: 0xffff_ffff,
        ServicesRequested: 0x14,
        CallMsgMask: 0x0080_ffff,
        AgentStateMask: 0x3fff,
        ConfigMsgMask: 0,
        Reserved1: 0,
        Reserved2: 0,
        Reserved3: 0,
        ClientID: 'bench',
        ClientPassword: new Uint8Array(),
      },
      24,
    ),
  );
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    count.bytes += chunk.length;
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= 8 && bytes.length - at >= 8 + bytes.readUInt32BE(at)) {
      at += 8 + bytes.readUInt32BE(at);
      count.messages++;
    }
    rest = bytes.subarray(at);
  });
  return socket;
}

/** User and system time of the process, from /proc/<pid>/stat. */
function cpuSeconds(child: ChildProcess): number {
  const stat = readFileSync(`/proc/${String(child.pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function progress(http: number) {
  const answer = await fetch(`http://127.0.0.1:${String(http)}/scenario`);
  return (await answer.json()) as { agents: number; callsStarted: number; lateMsMax: number };
}

async function startSimulator(a: number, b: number, http: number): Promise<ChildProcess> {
  const root = join(__dirname, '../..');
  const child = spawn(process.execPath, [join(root, 'dist/apps/simulator/src/main.js')], {
    env: {
      CTI_A: `127.0.0.1:${String(a)}`,
      CTI_B: `127.0.0.1:${String(b)}`,
      HTTP_PORT: String(http),
      LOG_LEVEL: 'warn',
      DESKTOP_TOKEN_SECRET: 'a secret of more than thirty-two characters',
      SIM_SCENARIO: join(root, `apps/simulator/scenarios/${scenario}.yaml`),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (let attempt = 0; attempt < 200; attempt++) {
    const ready = await fetch(`http://127.0.0.1:${String(http)}/health/ready`).catch(() => undefined);
    if (ready?.ok === true) return child;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error('the simulator did not become ready');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

void main();
