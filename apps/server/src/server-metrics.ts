import { scrapedMetrics } from '#config/scraped-metrics';
import { type Agent, type AgentKey, lossId } from '#domain/agent';
import { type Entry } from '#domain/command';
import { type AgentEvent } from '#domain/event';
import { Observer } from '#engine/ports';
import { type CloseName, type UpgradeRefusal } from '#presence/close-codes';
import { type Refused } from '#presence/refusal-log';
import { type Ending, Tally } from '#presence/tally';
import { type Logger } from 'pino';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** Seconds. A commit takes milliseconds; an opening that waits for an outcome takes up to twenty seconds. */
const handleBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];
const openBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20];

/** What Prometheus reads of a server. One registry; the observer of the engine and the tally of the gateway write to it. */
export class ServerMetrics {
  readonly registry = new Registry();
  private readonly scraped = scrapedMetrics(this.registry);
  readonly gauge = this.scraped.gauge;
  readonly gauges = this.scraped.gauges;
  readonly total = this.scraped.total;
  readonly totals = this.scraped.totals;
  readonly observer: Observer;
  readonly tally: Tally;
  private readonly handleSeconds = new Histogram({
    name: 'lastcall_handle_seconds',
    help: 'Time to commit one event and to carry out its commands, by event.',
    labelNames: ['event'],
    buckets: handleBuckets,
    registers: [this.registry],
  });

  private readonly refusals = new Counter({
    name: 'lastcall_refusals_total',
    help: 'What was refused, by where (surface) and why (a code of its table).',
    labelNames: ['surface', 'reason'],
    registers: [this.registry],
  });

  constructor(log: Logger) {
    collectDefaultMetrics({ register: this.registry, prefix: 'lastcall_' });
    this.observer = new EngineMetrics(this.registry, log);
    this.tally = new GatewayMetrics(this.registry);
  }

  countRefusal({ surface, reason }: Refused): void {
    this.refusals.inc({ surface, reason });
  }

  /** Measures the handling of one event, whatever comes of it. */
  async timed<T>(event: AgentEvent['type'], handle: () => Promise<T>): Promise<T> {
    const end = this.handleSeconds.startTimer({ event });
    try {
      return await handle();
    } finally {
      end();
    }
  }
}

class EngineMetrics extends Observer {
  private readonly events: Counter<'event'>;
  private readonly conflicts: Counter<'event'>;
  private readonly alarms: Counter;

  constructor(
    registry: Registry,
    private readonly log: Logger,
  ) {
    super();
    const registers = [registry];
    this.events = new Counter({
      name: 'lastcall_events_total',
      help: 'Events that were committed.',
      labelNames: ['event'],
      registers,
    });
    this.conflicts = new Counter({
      name: 'lastcall_commit_conflicts_total',
      help: 'Commits that lost a race and were decided again.',
      labelNames: ['event'],
      registers,
    });
    this.alarms = new Counter({ name: 'lastcall_alarms_total', help: 'Alarms raised.', registers });
  }

  override committed(_before: Agent, agent: Agent, event: AgentEvent, entries: readonly Entry[]): void {
    this.events.inc({ event: event.type });
    const { agentId } = agent.key;
    for (const { what, loss, sentence } of entries) {
      const line = { agentId, what, ...(loss === null ? {} : { loss: lossId(agentId, loss) }) };
      if (what === 'suppressed') this.log.debug(line, sentence);
      else this.log.info(line, sentence);
    }
  }

  override raised(agent: Agent, sentence: string): void {
    this.alarms.inc();
    this.log.error({ agentId: agent.key.agentId, alarm: true }, sentence);
  }

  override conflicted(_key: AgentKey, event: AgentEvent): void {
    this.conflicts.inc({ event: event.type });
  }

  override requested(): void {
    // A server has no link.
  }
}

class GatewayMetrics extends Tally {
  private readonly opens: Histogram;
  private readonly closes: Counter<'cause'>;
  private readonly refusals: Counter<'reason'>;
  private readonly stalls: Counter;

  constructor(registry: Registry) {
    super();
    const registers = [registry];
    this.opens = new Histogram({
      name: 'lastcall_open_seconds',
      help: 'From the open message of a desktop to its acknowledgement.',
      buckets: openBuckets,
      registers,
    });
    this.closes = new Counter({
      name: 'lastcall_desktops_closed_total',
      help: 'Desktops that ended: bye, lost, or sent away by a planned stop.',
      labelNames: ['cause'],
      registers,
    });
    this.refusals = new Counter({
      name: 'lastcall_desktops_refused_total',
      help: 'Connections that were refused or ended by the server, by the name in the table of close codes.',
      labelNames: ['reason'],
      registers,
    });
    this.stalls = new Counter({
      name: 'lastcall_stall_seconds_total',
      help: 'Time for which the event loop stood still, counted where it was more than a second.',
      registers,
    });
  }

  override opened(waitedMs: number): void {
    this.opens.observe(waitedMs / 1000);
  }

  override ended(ending: Ending): void {
    this.closes.inc({ cause: ending });
  }

  override refused(name: CloseName | UpgradeRefusal): void {
    this.refusals.inc({ reason: name });
  }

  override stalled(ms: number): void {
    this.stalls.inc(ms / 1000);
  }
}
