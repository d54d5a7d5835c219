/** Wrong attempts of one address before it has to wait. */
export const wrongAttemptsMax = 5;
/** How long it waits, counted from its last wrong attempt. */
export const waitAfterWrongMs = 60_000;
/** Addresses remembered; the oldest is forgotten first, so that a flood of addresses cannot fill the memory. */
export const addressesMax = 10_000;

interface Wrong {
  readonly count: number;
  readonly lastMs: number;
}

/** Counts wrong sign-ins per address. While an address waits, right credentials are refused as well: else it could go on guessing. */
export class SignInAttempts {
  private readonly wrong = new Map<string, Wrong>();

  /** @param monotonicMs milliseconds that never jump; only differences count. */
  constructor(private readonly monotonicMs: () => number) {}

  /** Milliseconds that this address has to wait before its next attempt; 0 when it may try now. */
  waitMs(address: string): number {
    const wrong = this.wrong.get(address);
    if (wrong === undefined) return 0;
    const leftMs = wrong.lastMs + waitAfterWrongMs - this.monotonicMs();
    if (leftMs > 0) return wrong.count >= wrongAttemptsMax ? leftMs : 0;
    this.wrong.delete(address);
    return 0;
  }

  failed(address: string): void {
    const count = (this.wrong.get(address)?.count ?? 0) + 1;
    // Deleting first puts the address at the end: the map's order is the order of the last wrong attempt.
    this.wrong.delete(address);
    this.wrong.set(address, { count, lastMs: this.monotonicMs() });
    const oldest = this.wrong.keys().next();
    if (this.wrong.size > addressesMax && oldest.done !== true) this.wrong.delete(oldest.value);
  }

  succeeded(address: string): void {
    this.wrong.delete(address);
  }
}
