import { readCa } from '#config/read-ca';
import { type Config } from '#config/table';
import { AgentDesk } from '#cti-client/agent-desk';
import { CtiLink } from '#cti-client/link';
import { HEARTBEAT_MS, OPEN_TIMEOUT_MS } from '#cti-client/link-options';
import { Mirror } from '#cti-client/mirror';
import { isProtocolVersion } from '#cti-protocol/messages';
import { StallWatch } from '#presence/stall-watch';
import { type StoreClock } from '#store/clock/store-clock';
import { type RedisConnection } from '#store/connection';
import { LinkLease } from '#store/links';
import { type StoreOutage } from '#store/store-outage';
import { type Logger } from 'pino';
import { LinkDesk } from './link-desk';
import { LinkKeeper } from './link-keeper';
import { LinkServing } from './link-serving';

export interface LinkParts {
  readonly link: CtiLink;
  readonly mirror: Mirror;
  readonly agentDesk: AgentDesk;
  readonly keeper: LinkKeeper;
  readonly stallWatch: StallWatch;
  readonly linkDesk: LinkDesk;
  readonly linkServing: LinkServing;
}

/** The CTI link of this worker's side with what follows from it; nothing is started. */
export function buildLink(
  config: Config<'worker'>,
  { log, clock, outage }: { log: Logger; clock: StoreClock; outage: StoreOutage },
  store: RedisConnection,
  subscriber: RedisConnection,
): LinkParts {
  const { ctiA, ctiB, ctiVersion, side, workerId, leaseMs, ctiPeripheralId: peripheralId } = config;
  if (!isProtocolVersion(ctiVersion)) throw new Error('unreachable: the configuration table checks CTI_VERSION');
  const { ctiEnquiriesPerSecondMax: enquiriesPerSecondMax } = config;
  const isKeptWarm = enquiriesPerSecondMax > 0;
  const link = new CtiLink({
    endpoints: { a: ctiA, b: ctiB },
    peripheralId,
    version: ctiVersion,
    clientId: config.ctiClientId,
    clientPassword: config.ctiClientPassword,
    heartbeatMs: config.ctiHeartbeatMs,
    openTimeoutMs: Math.max(OPEN_TIMEOUT_MS, HEARTBEAT_MS),
    requestTimeoutMs: config.ctiRequestTimeoutMs,
    requestsPerSecondMax: config.ctiMessagesPerSecondMax,
    startSide: side === 'primary' ? 'a' : 'b',
    backOffFirstMs: config.ctiBackOffMs,
    randomWaitMsMax: config.ctiBackOffMs,
    configuration: isKeptWarm,
    ...(config.ctiTlsCa === undefined ? {} : { tls: { ca: readCa('worker', 'CTI_TLS_CA', config.ctiTlsCa) } }),
    log,
  });
  const mirror = new Mirror({ peripheralId });
  const lease = new LinkLease(store, { peripheralId, leaseMs, clock });
  const stallWatch = watchStalls(log);
  const isSteady = (): boolean => stallWatch.isSteady();
  const monotonicMs = (): number => performance.now();
  const keeper = new LinkKeeper(link, lease, { side, workerId, leaseMs, monotonicMs, isSteady, log, outage });
  const agentDesk = new AgentDesk(link, mirror, { log, ...(isKeptWarm ? { warmUp: { enquiriesPerSecondMax } } : {}) });
  const linkDesk = new LinkDesk(keeper, agentDesk, mirror, {
    notReadyReasonCode: config.ctiNotReadyReasonCode,
    password: config.ctiAgentPassword,
    supervisorId: config.ctiSupervisorId,
  });
  const { ctiRequestTimeoutMs: requestTimeoutMs, ctiAgentPassword: password } = config;
  const linkServing = new LinkServing(
    { link, mirror, keeper, agentDesk, store, subscriber, log },
    { peripheralId, side, requestTimeoutMs, password },
  );
  return { link, mirror, agentDesk, keeper, stallWatch, linkDesk, linkServing };
}

function watchStalls(log: Logger): StallWatch {
  const onStall = (ms: number): void => {
    log.warn(
      { stalledMs: Math.round(ms) },
      'this process stood still; what it knew is void until it has heard the rest',
    );
  };
  return new StallWatch({ monotonicMs: () => performance.now(), onStall });
}
