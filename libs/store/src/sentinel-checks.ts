import { type Finding } from './store-checks';

/** A Sentinel that another one knows of. */
export interface KnownSentinel {
  /** `ip:port`. */
  readonly address: string;
  readonly runId: string;
  /** The other one has had no answer of it (`s_down`, `o_down`, `disconnected`). */
  readonly isDown: boolean;
}

/** What a Sentinel of REDIS_URL answered. */
export interface SentinelWord {
  /** Its own run id; null where it does not tell. */
  readonly runId: string | null;
  readonly others: readonly KnownSentinel[];
}

/** All Sentinels of REDIS_URL: `host:port` as it stands there, and what it answered; null: it did not. */
export interface SentinelsSeen {
  readonly masterName: string;
  readonly configured: readonly { readonly address: string; readonly word: SentinelWord | null }[];
}

/**
 * Whether a majority of the Sentinels can name the master (mastership.ts), now and after another loss. A Sentinel that was
 * replaced by one with another address is counted by the others until it is removed with SENTINEL RESET: then more are
 * counted than REDIS_URL names, and a majority of them may be out of reach for us though all that run are well. This only
 * reports: a Sentinel that is not in REDIS_URL is never asked, and its word does not count.
 */
export function sentinelFindings({ masterName, configured }: SentinelsSeen): Finding[] {
  const words = configured.flatMap(({ word }) => (word === null ? [] : [word]));
  const counted = Math.max(configured.length, ...words.map(({ others }) => others.length + 1));
  const needed = Math.floor(counted / 2) + 1;
  const { running, unnamed, down } = sortKnown(configured, words);
  // Without their run ids, those that REDIS_URL has by a host name would look like others.
  const isReplaced = counted > configured.length || (unnamed.length > 0 && words.every(({ runId }) => runId !== null));
  const isShort = words.length < needed;
  if (!isShort && !isReplaced) return [];
  const numbers = `REDIS_URL names ${String(configured.length)} Sentinels, of which ${String(words.length)} answer; ${String(counted)} are counted, so ${String(needed)} must name the master.`;
  if (!isReplaced) {
    const silent = configured.flatMap(({ address, word }) => (word === null ? [address] : [])).join(', ');
    return [tooFew(numbers, `Start these Sentinels, or see why they cannot be reached: ${silent}.`)];
  }
  const whole = `${numbers}${listed('Running, and not in REDIS_URL', unnamed)}${listed('No longer answering, and still counted', down)}`;
  const remedy = `Send SENTINEL RESET ${masterName} to each Sentinel that runs, one after the other and 30 s apart, and name all that run in REDIS_URL: ${running.join(', ')}.`;
  return [isShort ? tooFew(whole, remedy) : replaced(whole, remedy)];
}

/** What the Sentinels that answer know of others, by address. */
function sortKnown(
  configured: SentinelsSeen['configured'],
  words: readonly SentinelWord[],
): Readonly<Record<'running' | 'unnamed' | 'down', readonly string[]>> {
  const answering = configured.flatMap(({ address, word }) => (word === null ? [] : [address]));
  const others = words
    .flatMap((word) => word.others)
    .filter(({ address, runId }) => !answering.includes(address) && !words.some((word) => word.runId === runId));
  const up = new Set(others.filter(({ isDown }) => !isDown).map(({ address }) => address));
  const down = new Set(others.map(({ address }) => address).filter((address) => !up.has(address)));
  const named = new Set(configured.map(({ address }) => address));
  return {
    running: [...answering, ...up],
    unnamed: [...up].filter((address) => !named.has(address)),
    down: [...down],
  };
}

function listed(what: string, addresses: readonly string[]): string {
  return addresses.length === 0 ? '' : ` ${what}: ${addresses.join(', ')}.`;
}

function tooFew(numbers: string, remedy: string): Finding {
  const sentence = `${numbers} No majority can be reached from here: servers leave service, and nobody is signed out.`;
  return { code: 'sentinelsShort', level: 'blocks', sentence, remedy };
}

function replaced(numbers: string, remedy: string): Finding {
  const sentence = `${numbers} The Sentinels are not those of REDIS_URL: the loss of one more may take both sides out of service.`;
  return { code: 'sentinelsReplaced', level: 'alarm', sentence, remedy };
}
