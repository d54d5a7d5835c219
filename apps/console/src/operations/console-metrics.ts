import { Gauge, Registry } from 'prom-client';
import { type Overview } from '../live/overview';

export interface MetricSources {
  readonly read: () => Promise<Overview>;
  /** Lines in the journal. */
  readonly journalLength: () => Promise<number>;
}

/** Gauges of one peripheral, read from Redis at each scrape. When Redis is away only `lastcall_store_up` is told: 0. */
export class ConsoleMetrics {
  private readonly registry = new Registry();
  private readonly up = this.gauge('lastcall_store_up', 'Whether Redis answers (1) or not (0).', []);
  private readonly agents = this.gauge('lastcall_agents', 'Agents by phase.', ['phase']);
  private readonly present = this.gauge('lastcall_side_agents_present', 'Agents with an open desktop on a side.', [
    'side',
  ]);
  private readonly servers = this.gauge('lastcall_servers', 'Server processes by side and state of their lease.', [
    'side',
    'state',
  ]);
  private readonly links = this.gauge('lastcall_link_in_service', 'Whether the CTI link of a side is in service.', [
    'side',
  ]);
  private readonly holds = this.gauge('lastcall_side_held', 'Whether an operator holds a side.', ['side']);
  private readonly losses = this.gauge(
    'lastcall_losses_last_minute',
    'Desktops lost in the last minute, byes left out.',
    ['side'],
  );
  private readonly overdue = this.gauge('lastcall_wake_ups_overdue', 'Wake-ups more than 2 s overdue.', []);
  private readonly paused = this.gauge('lastcall_queue_paused', 'Whether the queue logout is paused.', []);
  private readonly oldest = this.gauge(
    'lastcall_held_oldest_age_seconds',
    'Age of the oldest held loss of those due first.',
    [],
  );
  private readonly alarms = this.gauge('lastcall_alarms', 'Alarms shown on the console by level.', ['level']);
  private readonly journal = this.gauge('lastcall_journal_lines', 'Lines in the journal.', []);

  constructor(private readonly sources: MetricSources) {}

  get contentType(): string {
    return this.registry.contentType;
  }

  async scrape(): Promise<string> {
    this.registry.resetMetrics();
    try {
      const [overview, lines] = await Promise.all([this.sources.read(), this.sources.journalLength()]);
      this.tell(overview);
      this.journal.set(lines);
      this.up.set(1);
      return await this.registry.metrics();
    } catch {
      // Old figures would look like a calm night.
      this.registry.resetMetrics();
      this.up.set(0);
      return this.registry.getSingleMetricAsString('lastcall_store_up');
    }
  }

  private tell({ phases, sides, overdueWakeUps, queuePaused, heldSince, now, alarms }: Overview): void {
    for (const [phase, count] of Object.entries(phases)) this.agents.set({ phase }, count);
    for (const { side, present, servers, link, hold, lossesPerMinute } of sides) {
      this.present.set({ side }, present);
      for (const state of ['live', 'mustAssert', 'lapsed'] as const) {
        this.servers.set({ side, state }, servers.filter((server) => server.state === state).length);
      }
      this.links.set({ side }, link?.inService === true ? 1 : 0);
      this.holds.set({ side }, hold === null ? 0 : 1);
      this.losses.set({ side }, lossesPerMinute.at(-1) ?? 0);
    }
    for (const level of ['alarm', 'warning'] as const) {
      this.alarms.set({ level }, alarms.filter((alarm) => alarm.level === level).length);
    }
    this.overdue.set(overdueWakeUps);
    this.paused.set(queuePaused ? 1 : 0);
    this.oldest.set(heldSince === null ? 0 : (now - heldSince) / 1_000);
  }

  private gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}
