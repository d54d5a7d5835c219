import { type LinkCaller } from '#store/link-caller';
import { type Logger } from 'pino';
import { type ServerMetrics } from './server-metrics';

/**
 * One line when the CTI link goes out of service and one when it is back, not one for each attempt and its reason; and its
 * figures. Nobody's desktop depends on it.
 */
export function watchLink(link: LinkCaller, metrics: Pick<ServerMetrics, 'gauge'>, log: Logger): void {
  let wasInService: boolean | null = null;
  link.follow({
    changed: () => undefined,
    service: (now) => {
      if (now.inService === wasInService) return;
      wasInService = now.inService;
      if (now.inService) log.info('the CTI link of this side is in service');
      else log.warn({ why: now.why }, 'the CTI link of this side is out of service');
    },
  });
  metrics.gauge('lastcall_link_in_service', '1 while a worker serves the CTI link of this side.', () =>
    link.service().inService ? 1 : 0,
  );
  metrics.gauge('lastcall_link_calls_waiting', 'Calls of the CTI link that wait for an answer.', () => link.size);
}
