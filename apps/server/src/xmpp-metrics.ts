import { type Ignored } from '#presence/xmpp/news';
import { type Passage } from '#presence/xmpp/ping-barrier';
import { type StreamEndKind } from '#presence/xmpp/stream-fault';
import { XmppTally } from '#presence/xmpp/xmpp-tally';
import { type XmppWatch } from '#presence/xmpp/xmpp-watch';
import { Counter, Histogram, type Registry } from 'prom-client';
import { type ServerMetrics } from './server-metrics';

/** Seconds; a ping that takes more than 0.4 s is not waited for. */
const barrierBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4];

/** What Prometheus reads of the watch of an XMPP server. */
export class XmppMetrics extends XmppTally {
  private readonly presences: Counter<'type'>;
  private readonly postponements: Counter;
  private readonly ignores: Counter<'why'>;
  private readonly ends: Counter<'kind'>;
  private readonly barriers: Histogram<'passage'>;

  constructor(registry: Registry) {
    super();
    const registers = [registry];
    this.presences = new Counter({
      name: 'lastcall_xmpp_presences_total',
      help: 'Presences of desktops that came from the XMPP server.',
      labelNames: ['type'],
      registers,
    });
    this.postponements = new Counter({
      name: 'lastcall_xmpp_openings_postponed_total',
      help: 'Desktops seen at the XMPP server that were told later, since their agent opens them too fast.',
      registers,
    });
    this.ignores = new Counter({
      name: 'lastcall_xmpp_ignored_total',
      help: 'Stanzas that say nothing of a desktop: of another domain, of no connection, of no agent.',
      labelNames: ['why'],
      registers,
    });
    this.ends = new Counter({
      name: 'lastcall_xmpp_streams_ended_total',
      help: 'Streams to the XMPP server that ended or never began, by kind.',
      labelNames: ['kind'],
      registers,
    });
    this.barriers = new Histogram({
      name: 'lastcall_xmpp_barrier_seconds',
      help: 'Pings before a last look is answered "none": passed, late (0.4 s) or ended by the end of the stream.',
      labelNames: ['passage'],
      buckets: barrierBuckets,
      registers,
    });
  }

  override presence(type: 'available' | 'unavailable'): void {
    this.presences.inc({ type });
  }

  override postponed(): void {
    this.postponements.inc();
  }

  override ignored(why: Ignored | 'unknownAgent'): void {
    this.ignores.inc({ why });
  }

  override streamEnded(kind: StreamEndKind): void {
    this.ends.inc({ kind });
  }

  override barrier(passage: Passage, ms: number): void {
    this.barriers.observe({ passage }, ms / 1000);
  }
}

export function publishWatch(metrics: ServerMetrics, watch: XmppWatch): void {
  metrics.gauge('lastcall_xmpp_in_sight', '1 while presence is seen at the XMPP server.', () =>
    watch.blindness === null ? 1 : 0,
  );
  metrics.gauge('lastcall_xmpp_desktops', 'Desktops known by their presence at the XMPP server.', () => watch.desktops);
  metrics.gauge(
    'lastcall_xmpp_doubtful',
    'Losses reported just before the end of a stream, until the next one has said more.',
    () => watch.doubtful,
  );
}
