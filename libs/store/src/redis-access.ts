import { readCa } from '#config/read-ca';
import { type App } from '#config/key';
import { type Config } from '#config/table';

/** What a connection needs beside REDIS_URL. */
export interface RedisAccess {
  /** PEM; undefined: the system's CAs. */
  readonly ca: string | undefined;
  readonly sentinelUser: string | undefined;
  readonly sentinelPassword: string | undefined;
}

/** @throws ConfigError when the file of the CA cannot be used. */
export function redisAccess(
  app: App,
  config: Pick<Config<'server'>, 'redisTlsCa' | 'redisSentinelUser' | 'redisSentinelPassword'>,
): RedisAccess {
  const { redisTlsCa, redisSentinelUser: sentinelUser, redisSentinelPassword: sentinelPassword } = config;
  const ca = redisTlsCa === undefined ? undefined : readCa(app, 'REDIS_TLS_CA', redisTlsCa);
  return { ca, sentinelUser, sentinelPassword };
}
