/**
 * The red baseline: what a good engineer would write in an afternoon with BullMQ alone. A delayed job when the last desktop is
 * lost, removed on return, and a check when it fires. It speaks the same protocols as our server and worker, so that the
 * same faults can be put to both. It is a yardstick for test/faults and nothing else; nobody should run it.
 */
import { createServer } from 'node:http';
import { AgentDesk } from '#cti-client/agent-desk';
import { CtiLink } from '#cti-client/link';
import { Mirror } from '#cti-client/mirror';
import { DelayedError, Queue, Worker } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import { decodeJwt } from 'jose';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';

const { SIDE, REDIS_URL, HTTP_HOST, HTTP_PORT, CTI_A, CTI_B } = process.env;
const graceMs = Number(process.env.GRACE_MS);
const detectionMs = Number(process.env.DETECTION_MS);
const callLookMs = 500;
const endpoint = (text) => ({ host: text.split(':')[0], port: Number(text.split(':')[1]) });

const [, sentinels, name] = /^redis\+sentinel:\/\/([^/]+)\/(.+)$/.exec(REDIS_URL) ?? [];
const patience = { maxRetriesPerRequest: null };
const [, nodes] = /^redis\+cluster:\/\/(.+)$/.exec(REDIS_URL) ?? [];
const connect = () => {
  if (nodes !== undefined) return new Cluster(nodes.split(',').map(endpoint), { redisOptions: patience });
  if (sentinels === undefined) return new Redis(REDIS_URL, patience);
  return new Redis({ ...patience, name, sentinels: sentinels.split(',').map(endpoint) });
};
const redis = connect();
const queue = new Queue('baseline', { connection: redis, prefix: '{5000}' });
const log = pino({ level: 'silent' });
const link = new CtiLink({
  endpoints: { a: endpoint(CTI_A), b: endpoint(CTI_B) },
  peripheralId: 5000,
  version: 24,
  clientId: `baseline-${SIDE}`,
  clientPassword: '',
  heartbeatMs: 5_000,
  openTimeoutMs: 30_000,
  requestTimeoutMs: Number(process.env.CTI_REQUEST_TIMEOUT_MS ?? 20_000),
  requestsPerSecondMax: 500,
  startSide: SIDE === 'primary' ? 'a' : 'b',
  backOffFirstMs: 200,
  randomWaitMsMax: 200,
  log,
});
const agentDesk = new AgentDesk(link, new Mirror({ peripheralId: 5000 }), { log });
link.start();

/** Desktops by agent, in Redis: both sides see all of them. */
const desktopsOf = (agentId) => `{5000}:baseline:${agentId}`;
const jobIdOf = (agentId) => `logout-${agentId}`;
let connections = 0;

async function opened(agentId, connection) {
  await redis.sadd(desktopsOf(agentId), connection);
  await queue.remove(jobIdOf(agentId)).catch(() => 0);
}

async function lost(agentId, connection) {
  await redis.srem(desktopsOf(agentId), connection);
  if ((await redis.scard(desktopsOf(agentId))) > 0) return;
  await queue.add(
    'logout',
    { agentId },
    { jobId: jobIdOf(agentId), delay: graceMs, removeOnComplete: true, attempts: 5 },
  );
}

async function logout(job, token) {
  const { agentId } = job.data;
  if ((await redis.scard(desktopsOf(agentId))) > 0) return;
  const look = await agentDesk.look(agentId);
  if (look.kind === 'unavailable') throw new Error(look.why);
  if (look.kind === 'unknownAgent' || look.view.signedOut) return;
  if (look.view.onCall) {
    await job.moveToDelayed(Date.now() + callLookMs, token);
    throw new DelayedError();
  }
  const outcome = await agentDesk.forceLogout(agentId, {
    reasonCode: 255,
    notReadyReasonCode: 20001,
    mayStillSend: () => true,
  });
  if (outcome.kind !== 'confirmed' && outcome.kind !== 'alreadySignedOut') throw new Error(outcome.kind);
}

const worker = new Worker('baseline', logout, { connection: redis.duplicate(), prefix: '{5000}', concurrency: 50 });
for (const emitter of [queue, worker, redis]) emitter.on('error', () => undefined);

const http = createServer((request, response) => {
  const ready = request.url === '/health/live' || (link.inService && redis.status === 'ready');
  response.writeHead(ready ? 200 : 503).end();
});
const sockets = new WebSocketServer({ noServer: true });
http.on('upgrade', (request, socket, head) => {
  const agentId = decodeJwt(new URL(request.url, 'http://x').searchParams.get('token')).sub;
  sockets.handleUpgrade(request, socket, head, (webSocket) => serve(webSocket, agentId));
});

function serve(webSocket, agentId) {
  const connection = `${SIDE}:${process.pid}:${String(++connections)}`;
  let isAlive = true;
  const pings = setInterval(() => {
    if (!isAlive) webSocket.terminate();
    isAlive = false;
    webSocket.ping();
  }, detectionMs / 2);
  webSocket.on('pong', () => (isAlive = true));
  webSocket.on('error', () => undefined);
  webSocket.on('message', async (data) => {
    const { type } = JSON.parse(data.toString());
    if (type === 'bye') return webSocket.close(1000);
    if (type !== 'open') return;
    await opened(agentId, connection);
    webSocket.send(JSON.stringify({ type: 'opened', epoch: 1, mustSignIn: false, byeToken: connection }));
  });
  webSocket.on('close', () => {
    clearInterval(pings);
    void lost(agentId, connection);
  });
}

http.listen(Number(HTTP_PORT), HTTP_HOST);
process.on('SIGTERM', () => process.exit(0));
