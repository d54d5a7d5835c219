import { type RedisConnection } from '#store/connection';
import { type LinkService } from '#store/link-call';
import { type LinkCaller } from '#store/link-caller';
import { type Logger } from 'pino';
import { type ServerMetrics } from './server-metrics';

/** Signs of life of a worker come each second; one that is there is heard by then. */
const heardMsMax = 5_000;

export interface LinkWatchParts {
  readonly link: Pick<LinkCaller, 'follow' | 'service' | 'size'>;
  /** By which the link is heard of: while it is away nothing is known, and the log has that already. */
  readonly subscriber: Pick<RedisConnection, 'status' | 'on'>;
  readonly metrics: Pick<ServerMetrics, 'gauge'>;
  readonly log: Logger;
}

/**
 * One line when the CTI link goes out of service and one when it is back, not one for each attempt and its reason; and its
 * figures. Nobody's desktop depends on it.
 */
export function watchLink({ link, subscriber, metrics, log }: LinkWatchParts): void {
  let told: boolean | null = null;
  const tell = (now: LinkService): void => {
    if (now.inService === told) return;
    if (now.inService) {
      log.info('the CTI link of this side is in service');
    } else if (subscriber.status === 'ready') {
      log.warn({ why: now.why }, 'the CTI link of this side is out of service');
    } else {
      log.debug({ why: now.why }, 'the CTI link of this side cannot be heard of');
      return;
    }
    told = now.inService;
  };
  link.follow({ changed: () => undefined, service: tell });
  subscriber.on('ready', () => {
    setTimeout(() => {
      if (told === true && !link.service().inService)
        tell({ inService: false, why: 'No worker has been heard since Redis is back.' });
    }, heardMsMax).unref();
  });
  metrics.gauge('lastcall_link_in_service', '1 while a worker serves the CTI link of this side.', () =>
    link.service().inService ? 1 : 0,
  );
  metrics.gauge('lastcall_link_calls_waiting', 'Calls of the CTI link that wait for an answer.', () => link.size);
}
