import { type Redis, SentinelConnector } from 'ioredis';
import { type MasterNode } from './mastership';

/** What ioredis keeps to itself. */
interface Inner {
  connectToSentinel(endpoint: object, options?: object): Redis;
  resolve(endpoint: object): Promise<MasterNode | null>;
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
 *
 * It also remembers which node a Sentinel named, in the Sentinel's words, for these to be compared with what others say.
 */
export class SteadySentinelConnector extends SentinelConnector {
  /** The node of the connection that is, or is being made. */
  node: MasterNode | undefined;

  constructor(options: unknown) {
    super(options as ConstructorParameters<typeof SentinelConnector>[0]);
    const inner = this as unknown as Inner;
    const connectToSentinel = inner.connectToSentinel.bind(this);
    inner.connectToSentinel = (endpoint, options) => connectToSentinel(endpoint, options).on('error', () => undefined);
    const resolve = inner.resolve.bind(this);
    inner.resolve = async (endpoint) => {
      const found = await resolve(endpoint);
      this.node = found === null ? undefined : { host: found.host, port: found.port };
      return found;
    };
  }

  override connect(tell: Parameters<SentinelConnector['connect']>[0]): ReturnType<SentinelConnector['connect']> {
    const inner = this as unknown as Inner;
    inner.failoverDetector?.cleanup();
    inner.failoverDetector = null;
    return super.connect(tell);
  }
}
