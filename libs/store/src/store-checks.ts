import { type Refusal } from './redis-refusal';
import { sentinelFindings, type SentinelsSeen } from './sentinel-checks';

/**
 * What is wrong with a Redis, by what it answers to INFO and by what its replicas take: pure, so that whoever asks (a process
 * that runs, or a person) gets the same findings.
 */

export const findingCodes = [
  'infoRefused',
  'identityUnknown',
  'sentinelsShort',
  'replicasShort',
  'sentinelsReplaced',
  'keysEvicted',
  'evictionAllowed',
  'appendOnlyOff',
  'appendOnlyFails',
  'memoryNearlyFull',
  'timersSlow',
] as const;
export type FindingCode = (typeof findingCodes)[number];

export interface Finding {
  readonly code: FindingCode;
  /** `blocks`: nobody is signed out. `alarm`: data is lost, or will be. `warning`: it works, and not well. */
  readonly level: 'blocks' | 'alarm' | 'warning';
  readonly sentence: string;
  readonly remedy: string;
}

/** What Redis answered. */
export interface StoreAnswers {
  /** Why INFO was refused; null: it was not, or not asked yet. */
  readonly infoRefusal: Refusal | null;
  /** Of INFO, section names left out; null: not asked yet. A field that Redis does not have is not judged. */
  readonly info: ReadonlyMap<string, string> | null;
  /** Replicas that take what is written now, and how many must; null: not asked yet. */
  readonly replicas: { readonly inStep: number; readonly required: number } | null;
  /** Null where there are none, or they were not asked yet. */
  readonly sentinels: SentinelsSeen | null;
}

/** Of `hz`: with the default of 10 a delayed job comes up to 110 ms late, with 100 up to 16 ms. */
const hzMin = 100;

/** A replica says every second how far it is. */
const lagSecondsMax = 3;

/** Of `maxmemory`. */
const memoryShareMax = 0.9;

export function readInfo(text: string): ReadonlyMap<string, string> {
  const fields = text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const colon = line.indexOf(':');
    return line.startsWith('#') || colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
  });
  return new Map(fields);
}

/** Replicas that keep up, by what the master says: for whoever may not write. */
export function replicasInInfo(info: ReadonlyMap<string, string>): number {
  const lines = [...info].filter(([name]) => /^slave\d+$/.test(name)).map(([, text]) => text);
  return lines.filter((text) => text.includes('state=online') && Number(/lag=(\d+)/.exec(text)?.[1]) <= lagSecondsMax)
    .length;
}

/** The worst first. */
export function judgeStore({ info, infoRefusal, replicas, sentinels }: StoreAnswers): readonly Finding[] {
  const findings = [
    ...(infoRefusal === null ? [] : [infoRefused(infoRefusal)]),
    ...(replicas === null ? [] : replicaFindings(replicas)),
    ...(sentinels === null ? [] : sentinelFindings(sentinels)),
    ...(info === null ? [] : infoFindings(info)),
  ];
  return findings.sort((one, other) => findingCodes.indexOf(one.code) - findingCodes.indexOf(other.code));
}

function replicaFindings({ inStep, required }: { inStep: number; required: number }): Finding[] {
  if (inStep >= required) return [];
  return [
    {
      code: 'replicasShort',
      level: 'blocks',
      sentence: `${String(inStep)} of ${String(required)} required replicas of Redis are in step: nobody is signed out.`,
      remedy: 'Start the replicas again, or see why they do not follow the master (INFO replication).',
    },
  ];
}

function infoFindings(info: ReadonlyMap<string, string>): Finding[] {
  const isNot = (field: string, wanted: string): boolean => info.has(field) && info.get(field) !== wanted;
  const number = (field: string): number => Number(info.get(field) ?? Number.NaN);
  const found: Finding[] = [];
  // Either changes with every start; the Redis in JavaScript has the second alone.
  if (!isIdentity(info.get('run_id')) && !isIdentity(info.get('master_replid'))) found.push(identityUnknown);
  if (number('evicted_keys') > 0) found.push(keysEvicted(number('evicted_keys')));
  if (isNot('maxmemory_policy', 'noeviction')) found.push(evictionAllowed(info.get('maxmemory_policy') ?? ''));
  if (isNot('aof_enabled', '1')) found.push(appendOnlyOff);
  if (isNot('aof_last_write_status', 'ok') || isNot('aof_last_bgrewrite_status', 'ok')) found.push(appendOnlyFails);
  if (number('maxmemory') > 0 && number('used_memory') > memoryShareMax * number('maxmemory'))
    found.push(memoryNearlyFull(number('used_memory') / number('maxmemory')));
  if (number('configured_hz') < hzMin) found.push(timersSlow(number('configured_hz')));
  return found;
}

function isIdentity(text: string | undefined): boolean {
  return text !== undefined && /^[0-9a-f]+$/.test(text);
}

function infoRefused({ sentence, remedy }: Refusal): Finding {
  const meaning =
    'A Redis that was replaced cannot be told from this one, and BullMQ does not start: nobody is signed out.';
  return { code: 'infoRefused', level: 'blocks', sentence: `${sentence} ${meaning}`, remedy };
}

const identityUnknown: Finding = {
  code: 'identityUnknown',
  level: 'blocks',
  sentence:
    'INFO names neither a run id nor a replication id, so a Redis that was replaced could not be told from this one.',
  remedy: 'Let the users of server and worker use INFO, and do not rename it (docs/redis.md).',
};

function keysEvicted(count: number): Finding {
  return {
    code: 'keysEvicted',
    level: 'alarm',
    sentence: `Redis has evicted ${String(count)} keys: records of agents or wake-ups may be gone.`,
    remedy:
      'Set maxmemory-policy noeviction, give it more memory, look at the agents without a desktop, and then use CONFIG RESETSTAT.',
  };
}

function evictionAllowed(policy: string): Finding {
  return {
    code: 'evictionAllowed',
    level: 'alarm',
    sentence: `maxmemory-policy is ${policy}: a Redis that is full throws records of agents and wake-ups away.`,
    remedy: 'Set maxmemory-policy noeviction.',
  };
}

const appendOnlyOff: Finding = {
  code: 'appendOnlyOff',
  level: 'alarm',
  sentence: 'Redis keeps no append-only file: when it is restarted, the losses that are being counted are gone.',
  remedy: 'Set appendonly yes and appendfsync everysec.',
};

const appendOnlyFails: Finding = {
  code: 'appendOnlyFails',
  level: 'alarm',
  sentence: 'Redis cannot write its append-only file.',
  remedy: 'See whether its disk is full or broken (INFO persistence, and its log).',
};

function memoryNearlyFull(share: number): Finding {
  return {
    code: 'memoryNearlyFull',
    level: 'warning',
    sentence: `Redis uses ${String(Math.round(share * 100))} % of its maxmemory; when it is full it refuses writes, and nobody is signed out.`,
    remedy: 'Give it more memory, or keep fewer lines of the journal (JOURNAL_ENTRIES_MAX).',
  };
}

function timersSlow(hz: number): Finding {
  return {
    code: 'timersSlow',
    level: 'warning',
    sentence: `hz is ${String(hz)}: wake-ups come up to a tenth of a second late.`,
    remedy: 'Set hz 100.',
  };
}
