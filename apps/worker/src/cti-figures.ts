import { type AgentDesk } from '#cti-client/agent-desk';
import { type CtiLink } from '#cti-client/link';
import { type LinkCounters } from '#cti-client/link-counters';
import { type Mirror } from '#cti-client/mirror';
import { type StallWatch } from '#presence/stall-watch';
import { type LinkKeeper } from './link-keeper';
import { type LinkServing } from './link-serving';
import { type WorkerMetrics } from './worker-metrics';

const counterHelp: Readonly<Record<keyof LinkCounters, string>> = {
  connects: 'Connections to CTI servers that were begun.',
  sessions: 'Times that the link came into service.',
  gaps: 'Times that events may have been missed.',
  faults: 'Connections given up for bytes that could not be read or written.',
  framesReceived: 'Messages received on the link.',
  framesSent: 'Messages sent on the link.',
  messagesUnknown: 'Messages skipped because their type is not known.',
  heartbeatsMissed: 'Heartbeats without an answer.',
  requestsSent: 'Requests sent on the link, queries among them.',
  requestsTimedOut: 'Requests that got no last word in time.',
};

/** Figures of this worker's CTI link and of what its mirror knows, read when Prometheus asks. */
export function watchLink(
  metrics: Pick<WorkerMetrics, 'gauge' | 'total'>,
  parts: {
    link: CtiLink;
    mirror: Mirror;
    agentDesk: AgentDesk;
    keeper: LinkKeeper;
    linkServing: LinkServing;
    stallWatch: StallWatch;
  },
): void {
  const { link, mirror, agentDesk, keeper, linkServing, stallWatch } = parts;
  metrics.total(
    'lastcall_stall_seconds_total',
    'For how long this process stood still.',
    () => stallWatch.stalledMs / 1_000,
  );
  const flag = (claim: boolean): number => (claim ? 1 : 0);
  const { warmUp } = agentDesk;
  metrics.gauge('lastcall_store_up', '1 while Redis answers.', () => flag(keeper.storeAnswers));
  metrics.gauge('lastcall_cti_in_service', 'The CTI link is in service.', () => flag(link.inService));
  metrics.gauge('lastcall_cti_active', 'This worker may send requests: link in service and lease held.', () =>
    flag(keeper.mayRequest()),
  );
  metrics.gauge('lastcall_cti_fencing_token', 'Of the lease last granted to this worker.', () => keeper.token);
  metrics.gauge('lastcall_cti_agents', 'Agents known by name.', () => warmUp?.progress.agents ?? mirror.size.agents);
  metrics.gauge('lastcall_cti_agents_known', 'Agents whose state and calls are known.', () => mirror.size.known);
  metrics.gauge(
    'lastcall_cti_agents_on_other_domains',
    'Agents on other media routing domains than voice.',
    () => mirror.size.onOtherDomains,
  );
  metrics.gauge('lastcall_cti_agents_waiting', 'Agents to be asked about.', () =>
    warmUp === undefined ? 0 : warmUp.progress.waiting + warmUp.progress.underWay,
  );
  metrics.gauge(
    'lastcall_cti_agents_unanswered',
    'Agents asked about in vain since the last gap.',
    () => warmUp?.progress.unanswered ?? 0,
  );
  metrics.gauge('lastcall_cti_complete', 'Every agent was asked about since the last gap.', () =>
    flag(warmUp?.isComplete ?? false),
  );
  metrics.gauge('lastcall_cti_calls', 'Open calls that are followed.', () => mirror.size.calls);
  metrics.gauge('lastcall_cti_dialogs', 'Calls that are followed to be shown.', () => agentDesk.dialogs.size);
  metrics.gauge('lastcall_cti_requests_pending', 'Requests without an outcome so far.', () => link.requestsPending);
  metrics.gauge(
    'lastcall_cti_calls_served',
    'Looks and changes of servers that are being answered.',
    () => linkServing.callsUnderWay,
  );
  for (const [name, help] of Object.entries(counterHelp) as [keyof LinkCounters, string][])
    metrics.total(`lastcall_cti_${snakeCase(name)}_total`, help, () => link.counters[name]);
}

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
