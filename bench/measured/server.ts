import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { WebSocket } from 'ws';
import { type RedisConnection } from '#store/connection';
import { type Cell, defineBench, type Result } from '../bench';
import { type App, type OwnRedis, processFigures, startApp, startOwnRedis, waitFor } from '../kit';
import { count, countText, spread } from '../report/figure';
import { interleaved, perSecond } from '../rounds';
import { agentKey, keys, openConnection, peripheralId } from './engine-on-redis';

interface Size {
  readonly rounds: number;
  readonly desktops: readonly number[];
  readonly lost: number;
}

interface Turn {
  readonly openS: number;
  readonly memoryMb: number;
  readonly lossesMs: number;
  readonly stopS: number;
}

const secret = randomBytes(32).toString('base64url');
const serverId = 'primary-1';
/** Desktops that connect at once: a listener has so many in its backlog. */
const openingAtOnce = 400;
const waitMsMax = 120_000;
/** A desktop that is sent to the other side is closed so. */
const sentAwayCode = 1012;

export const bench = defineBench<Size>({
  name: 'server',
  measures:
    'How long one server process takes to open many desktops, to record many losses at once, and to send its desktops away at SIGTERM.',
  wholeMinutes: 1.5,
  sizes: {
    small: { rounds: 1, desktops: [100], lost: 20 },
    whole: { rounds: 3, desktops: [2_000, 5_000], lost: 500 },
  },
  run: async ({ rounds, desktops, lost }) => {
    const faults: string[] = [];
    const turns = desktops.map((each) => [String(each), () => onOneServer(each, lost, faults)] as const);
    const found = await interleaved({ rounds, warmUps: 0 }, Object.fromEntries(turns));
    return resultOf({ rounds, desktops, lost }, found, faults);
  },
});

function resultOf({ rounds, lost }: Size, found: Readonly<Record<string, readonly Turn[]>>, faults: string[]): Result {
  return {
    rounds,
    setup: `one WebSocket for each desktop, opened ${String(openingAtOnce)} at a time; the clients are on the same machine`,
    tables: [
      {
        caption: '',
        columns: [
          'desktops',
          'all open, s',
          'memory, MB',
          `${countText(lost)} losses in Redis, ms`,
          'SIGTERM to exit, s',
        ],
        rows: Object.entries(found).map(([desktops, turns]): Cell[] => [
          count(Number(desktops)),
          spread(turns.map(({ openS }) => openS)),
          spread(turns.map(({ memoryMb }) => memoryMb)),
          spread(turns.map(({ lossesMs }) => lossesMs)),
          spread(turns.map(({ stopS }) => stopS)),
        ]),
      },
    ],
    notes: [],
    faults,
  };
}

/** A server and a Redis of its own for each turn, so that none meets what another one left behind. */
async function onOneServer(desktops: number, lost: number, faults: string[]): Promise<Turn> {
  const redis = await startOwnRedis();
  const connection = openConnection(redis, 'store');
  try {
    const server = await startServer(redis);
    try {
      return await measure(server, connection, { desktops, lost, faults });
    } finally {
      await server.kill9();
    }
  } finally {
    connection.disconnect();
    await redis.stop();
  }
}

function startServer(redis: OwnRedis): Promise<App> {
  return startApp('server', {
    REDIS_URL: `redis://${redis.host}:${String(redis.port)}`,
    SIDE: 'primary',
    SERVER_ID: serverId,
    DESKTOP_TOKEN_SECRET: secret,
  });
}

async function measure(
  server: App,
  redis: RedisConnection,
  { desktops, lost, faults }: { desktops: number; lost: number; faults: string[] },
): Promise<Turn> {
  const tokens = await Promise.all(Array.from({ length: desktops }, (_, place) => tokenOf(place)));
  const sockets = new Map<number, WebSocket>();
  const open = async (place: number): Promise<void> => {
    sockets.set(place, await openDesktop(server, place, tokens[place]!));
  };
  const openS = desktops / (await perSecond(desktops, openingAtOnce, open));
  const { rssMb: memoryMb } = await processFigures(server.pid);
  const lostAt = performance.now();
  for (let place = 0; place < lost; place++) sockets.get(place)?.terminate();
  await waitFor(`${String(lost)} losses in Redis`, waitMsMax, async () => {
    const inGrace = await redis.zcard(keys.phase('grace'));
    return inGrace === lost ? { found: true } : { seen: `${String(inGrace)} agents in grace` };
  });
  const lossesMs = performance.now() - lostAt;
  await perSecond(lost, openingAtOnce, open);
  const closed = [...sockets.values()].map((socket) => codeOf(socket));
  const stoppedAt = performance.now();
  await server.stop();
  const stopS = secondsSince(stoppedAt);
  const codes = await Promise.all(closed);
  const otherwise = codes.filter((code) => code !== sentAwayCode);
  if (otherwise.length > 0)
    faults.push(`${String(otherwise.length)} desktops were not sent away but closed with ${String(otherwise[0])}`);
  const inGrace = await redis.zcard(keys.phase('grace'));
  if (inGrace > 0) faults.push(`${String(inGrace)} agents count as lost after a planned stop`);
  return { openS, memoryMb, lossesMs, stopS };
}

/** Resolves when the desktop is acknowledged. */
async function openDesktop(server: App, place: number, token: string): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/desktop?token=${token}`);
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => {
      socket.send(JSON.stringify({ type: 'open', desktopId: `desk-${String(place)}` }));
    });
    socket.on('message', (data: Buffer) => {
      if ((JSON.parse(data.toString()) as { type: string }).type === 'opened') resolve();
    });
    socket.once('error', reject);
    socket.once('close', (code, reason) => {
      reject(new Error(`desktop ${String(place)} was closed: ${String(code)} ${reason.toString()}`));
    });
  });
  return socket;
}

function codeOf(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}

function tokenOf(place: number): Promise<string> {
  return new SignJWT({ peripheralId })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(agentKey(place).agentId)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
}

function secondsSince(at: number): number {
  return (performance.now() - at) / 1_000;
}
