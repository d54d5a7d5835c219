import { type LinkCaller } from '#store/link-caller';
import { type Logger } from 'pino';
import { type ServerMetrics } from './server-metrics';

/** One line for each change of service of the CTI link, and its figures. Nobody's desktop depends on it. */
export function watchLink(link: LinkCaller, metrics: Pick<ServerMetrics, 'gauge'>, log: Logger): void {
  link.follow({
    changed: () => undefined,
    service: (now) => {
      if (now.inService) log.info('the CTI link of this side is in service');
      else log.warn({ why: now.why }, 'the CTI link of this side is out of service');
    },
  });
  metrics.gauge('lastcall_link_in_service', '1 while a worker serves the CTI link of this side.', () =>
    link.service().inService ? 1 : 0,
  );
  metrics.gauge('lastcall_link_calls_waiting', 'Calls of the CTI link that wait for an answer.', () => link.size);
}
