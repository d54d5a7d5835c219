import { MinuteCounts, networkOf } from '#config/minute-counts';

/** Wrong sign-ins per minute of one network; and of one address or one browser that has signed in before. */
export const wrongPerMinuteMax = 5;
/** Wrong sign-ins per minute of all networks together, those that have signed in before left out. */
export const wrongOfAllPerMinuteMax = 60;
/** Addresses that have signed in, the latest ones. Nobody gets in here without the password. */
const knownAddressesMax = 1_000;

/** Who tries. */
export interface Client {
  readonly address: string;
  /** The id in the cookie of a browser that has signed in before. */
  readonly browserId: string | undefined;
}

export type Verdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong' }
  /** Not looked at. `of`: whose wrong sign-ins were too many. */
  | { readonly kind: 'wait'; readonly of: 'client' | 'everybody'; readonly waitMs: number };

/** Counts that one sign-in is held against: how often each key of it was wrong. */
type Held = readonly (readonly [MinuteCounts, string])[];

const allNetworks = 'all';

/**
 * Limits how fast the password can be guessed, without letting who guesses keep others out:
 *
 * - A stranger is held against the network and against all strangers together.
 * - A browser that has signed in before is held against itself alone, by its cookie; so is an address that has.
 * - A right sign-in clears nothing: whoever guesses beside it would guess without a limit.
 *
 * While a client has to wait, right credentials are refused as well: else it could go on guessing.
 */
export class SignInAttempts {
  private readonly ofOne = new MinuteCounts(wrongPerMinuteMax);
  private readonly ofAll = new MinuteCounts(wrongOfAllPerMinuteMax);
  private readonly knownAddresses = new Set<string>();

  async judge(client: Client, isRight: boolean): Promise<Verdict> {
    const held = this.heldAgainst(client);
    // All are read or counted at once, before anything is waited for: guesses that arrive together count one by one.
    const free = await Promise.all(held.map(([counts, key]) => (isRight ? notFull(counts, key) : counts.take(key))));
    const full = held[free.indexOf(false)];
    if (full !== undefined) return this.waitFor(full);
    if (!isRight) return { kind: 'wrong' };
    this.remember(client.address);
    return { kind: 'right' };
  }

  private heldAgainst({ address, browserId }: Client): Held {
    if (browserId !== undefined) return [[this.ofOne, `browser ${browserId}`]];
    if (this.knownAddresses.has(address)) return [[this.ofOne, `address ${address}`]];
    return [
      [this.ofOne, `network ${signInNetworkOf(address)}`],
      [this.ofAll, allNetworks],
    ];
  }

  private async waitFor([counts, key]: Held[number]): Promise<Verdict> {
    return { kind: 'wait', of: counts === this.ofAll ? 'everybody' : 'client', waitMs: await counts.waitMs(key) };
  }

  private remember(address: string): void {
    this.knownAddresses.delete(address);
    this.knownAddresses.add(address);
    const oldest = this.knownAddresses.values().next();
    if (this.knownAddresses.size > knownAddressesMax && oldest.done !== true) this.knownAddresses.delete(oldest.value);
  }
}

async function notFull(counts: MinuteCounts, key: string): Promise<boolean> {
  return !(await counts.isFull(key));
}

/** Of IPv4 the /24: addresses are rented by the block. Of IPv6 what other limits count by, which holds every /64 of a customer. */
function signInNetworkOf(address: string): string {
  return networkOf(address).replace(/^(\d+\.\d+\.\d+)\.\d+$/, '$1.0/24');
}
