import { type Redis, SentinelConnector } from 'ioredis';

/** What ioredis keeps to itself. */
interface Inner {
  connectToSentinel(endpoint: object, options?: object): Redis;
  failoverDetector: { cleanup(): void } | null;
}

/**
 * ioredis' own, with two faults made good.
 *
 * A connection that was lost goes on listening for failovers. One that it hears of while it asks the Sentinels for the
 * master aborts that question, and the connection has then ended for good: seen when a master was killed. So nobody
 * listens for a connection that is not there; the next one asks who is the master anyway.
 *
 * And it listens to Sentinels without a listener for their errors: each attempt to reach one that is away would be a
 * line on standard error. The connection itself tells that it is lost, once.
 */
export class SteadySentinelConnector extends SentinelConnector {
  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0]);
    const inner = this as unknown as Inner;
    const connectToSentinel = inner.connectToSentinel.bind(this);
    inner.connectToSentinel = (endpoint, options) => connectToSentinel(endpoint, options).on('error', () => undefined);
  }

  override connect(tell: Parameters<SentinelConnector['connect']>[0]): ReturnType<SentinelConnector['connect']> {
    const inner = this as unknown as Inner;
    inner.failoverDetector?.cleanup();
    inner.failoverDetector = null;
    return super.connect(tell);
  }
}
