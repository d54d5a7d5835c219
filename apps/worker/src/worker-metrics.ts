import { scrapedMetrics } from '#config/scraped-metrics';
import { type AgentKey, lossId, type Agent } from '#domain/agent';
import { type Entry } from '#domain/command';
import { type AgentEvent, type RequestResult } from '#domain/event';
import { type CommandOf, Observer } from '#engine/ports';
import { type Logger } from 'pino';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';
import { type SweepReport } from './sweep';

/** Seconds; the last two tell of a fault. */
const latenessBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60];

/** What Prometheus reads and the log tells of this worker's decisions. */
export class WorkerMetrics extends Observer {
  readonly registry = new Registry();
  private readonly scraped = scrapedMetrics(this.registry);
  readonly gauge = this.scraped.gauge;
  readonly gauges = this.scraped.gauges;
  readonly total = this.scraped.total;
  readonly totals = this.scraped.totals;
  private readonly outcomes = this.counter('lastcall_outcomes_total', 'Losses that this worker settled.', ['outcome']);
  private readonly holds = this.counter('lastcall_holds_total', 'Losses that this worker held, by reason.', ['reason']);
  private readonly requests = this.counter('lastcall_requests_total', 'Requests sent to the CTI server.', ['action']);
  private readonly alarms = this.counter('lastcall_alarms_total', 'Alarms raised.', []);
  private readonly conflicts = this.counter('lastcall_commit_conflicts_total', 'Commits that lost a race.', ['event']);
  private readonly swept_ = this.counter('lastcall_sweep_findings_total', 'What sweeps found.', ['finding']);
  private readonly leftOut = this.counter('lastcall_journal_lines_left_out_total', 'Lines about agents left out.', [
    'what',
  ]);
  private readonly lateness = new Histogram({
    name: 'lastcall_request_lateness_seconds',
    help: 'From the due time of a loss to the commit of its request, where nothing held it.',
    buckets: latenessBuckets,
    registers: [this.registry],
  });

  constructor(private readonly log: Logger) {
    super();
    collectDefaultMetrics({ register: this.registry });
  }

  override committed(before: Agent, agent: Agent, _event: AgentEvent, entries: readonly Entry[], now: number): void {
    for (const entry of entries) this.tell(agent, entry);
    if (agent.phase.name === 'issuing' && before.phase.name === 'grace') {
      this.lateness.observe(Math.max(0, now - before.phase.dueAt) / 1_000);
    }
  }

  override raised(agent: Agent, sentence: string): void {
    this.alarms.inc();
    this.log.error({ agentId: agent.key.agentId, alarm: true }, sentence);
  }

  override conflicted(_key: AgentKey, event: AgentEvent): void {
    this.conflicts.inc({ event: event.type });
  }

  override requested({ action }: CommandOf<'request'>, { kind }: RequestResult): void {
    if (kind !== 'notSent') this.requests.inc({ action });
  }

  swept(report: SweepReport): void {
    this.swept_.inc({ finding: 'serverLost' }, report.serversLost);
    this.swept_.inc({ finding: 'desktopClosed' }, report.desktopsClosed);
    this.swept_.inc({ finding: 'overdue' }, report.overdue);
    for (const { losses, suppressed, signIns } of report.leftOut) {
      this.leftOut.inc({ what: 'lossBegan' }, losses);
      this.leftOut.inc({ what: 'returned' }, losses);
      this.leftOut.inc({ what: 'suppressed' }, suppressed);
      this.leftOut.inc({ what: 'signIn' }, signIns);
    }
  }

  private tell(agent: Agent, entry: Entry): void {
    const { agentId } = agent.key;
    const loss = entry.loss === null ? undefined : lossId(agentId, entry.loss);
    this.log.info({ agentId, loss, what: entry.what }, entry.sentence);
    switch (entry.what) {
      case 'outcome':
        this.outcomes.inc({ outcome: entry.outcome });
        return;
      case 'held':
        for (const reason of entry.reasons) this.holds.inc({ reason });
        return;
      case 'issuing':
      case 'lossBegan':
      case 'graceRenewed':
      case 'released':
      case 'inDoubt':
      case 'pending':
      case 'stageDone':
      case 'alarm':
      case 'suppressed':
      case 'operatorActed':
      case 'sideProtected':
      case 'dataLost':
      case 'clockCorrected':
      case 'linesLeftOut':
      case 'signedOut':
      case 'signedIn':
      case 'restored':
        return;
    }
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}
