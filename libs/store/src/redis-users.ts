import { peripheralsKey } from './keys';

/**
 * The users of Redis and their rights: the source of the users.acl that docs/redis.md prints, and that the tests run with.
 */

/** `replica`: how a node signs in at its master. `sentinel`: how a Sentinel signs in at the nodes. */
export const redisUsers = ['server', 'worker', 'console', 'journal', 'replica', 'sentinel'] as const;
export type RedisUser = (typeof redisUsers)[number];

/** Rules of redis.conf's ACL, in the order in which Redis applies them; `{tag}` stands for the peripheral's hash tag. */
type Rules = readonly string[];

const recordCommands = [
  ...['-@all', '+@hash', '+@list', '+@set', '+@sortedset', '+@stream', '+@string', '+@keyspace'],
  ...['+@transaction', '+@connection', '+@pubsub', '+eval', '+evalsha', '+time', '-@dangerous'],
] as const;

/** They look at all keys, whoever they belong to. */
const notAllKeys = ['-scan', '-randomkey', '-dbsize'] as const;

/** Rule GEN asks INFO for the life of the store; ioredis and BullMQ ask it for the state and the version. */
const info = '+info';

/** In a Cluster every connection asks for the master of its slot; elsewhere a node refuses it, whatever the rights. */
const askForMaster = ['+cluster|slots', '+cluster|info'] as const;

const serverKeys = [
  ...['agent:*', 'phase:*', 'desktops:*', 'losses:*', 'absent:*', 'present:*', 'journal', 'journal:head', 'servers'],
  ...[
    'generation',
    'logout:*',
    'ticket:*',
    'spent:*',
    'wrong-passwords:*',
    'agent-sides',
    'cleared:*',
    'restores',
    'overloads',
    'policies',
    'clock',
  ],
].map((key) => `~{tag}:${key}`);

const sharedKeys = `~${peripheralsKey}`;

const rulesOf: Readonly<Record<RedisUser, Rules>> = {
  server: [
    ...['resetchannels', '&{tag}:*', ...serverKeys, sharedKeys, '%R~{tag}:drains', '%R~{tag}:configured-agents:*'],
    ...[...recordCommands, '-@blocking', ...notAllKeys, info, ...askForMaster],
  ],
  worker: [
    ...['resetchannels', '&{tag}:*', '~{tag}:*', sharedKeys],
    ...[...recordCommands, ...notAllKeys, info, ...askForMaster, '+wait'],
  ],
  console: [
    ...['resetchannels', '&{tag}:*', '~{tag}:*', sharedKeys],
    ...[...recordCommands, '-@blocking', ...notAllKeys, info, ...askForMaster, '+client|list'],
  ],
  journal: [
    ...['resetchannels', '%R~{tag}:journal', '%R~{tag}:journal:head'],
    ...['-@all', '+@connection', '+xrange', '+xrevrange', '+xlen', '+get', info, ...askForMaster, '-client|kill'],
  ],
  replica: ['resetchannels', '-@all', '+psync', '+replconf', '+ping'],
  sentinel: [
    ...['allchannels', '-@all', '+multi', '+slaveof', '+ping', '+exec', '+subscribe', '+publish', '+role', info],
    ...['+config|rewrite', '+client|setname', '+client|kill', '+script|kill'],
  ],
};

/** Commands that servers and workers use in their daily work, blocking ones of the worker alone included. */
export const usedCommands = [
  ...['evalsha', 'eval', 'time', 'info', 'ping', 'get', 'set', 'del', 'exists', 'mget', 'mset', 'incr', 'pexpire'],
  ...['hget', 'hset', 'hdel', 'hmget', 'hgetall', 'hsetnx', 'hvals', 'hexists', 'sadd', 'srem', 'scard', 'smembers'],
  ...['srandmember', 'zadd', 'zrem', 'zrange', 'zscore', 'zmscore', 'zcard', 'zcount', 'zrangebyscore'],
  ...['zremrangebyscore', 'xadd', 'xrange', 'xrevrange', 'xlen', 'xtrim', 'xread', 'publish', 'subscribe'],
  ...['lpush', 'rpush', 'lrange', 'llen', 'lrem', 'rpoplpush', 'multi', 'exec', 'wait', 'bzpopmin', 'client|setname'],
] as const;

/**
 * Nobody can sign in as the default user, but it must have all rights: Redis 7 replays the commands of its append-only file
 * as this user. Without the rights it refuses every transaction in the file at its next start, and the data is gone.
 */
export const defaultUserLine = 'user default off ~* &* +@all';

/** What that user may do at the nodes that hold data, as a line of users.acl. */
export function aclLineOf(
  user: RedisUser,
  { peripheralId, password }: { peripheralId: number; password: string },
): string {
  const tag = `{${String(peripheralId)}}`;
  const rules = rulesOf[user].map((rule) => rule.replace('{tag}', tag));
  return ['user', `lastcall-${user}`, 'on', `>${password}`, ...rules].join(' ');
}

/** The whole users.acl, the same for every node. */
export function aclFileOf(peripheralId: number, passwordOf: (user: RedisUser) => string): string {
  const lines = redisUsers.map((user) => aclLineOf(user, { peripheralId, password: passwordOf(user) }));
  return [defaultUserLine, ...lines, ''].join('\n');
}
