/** What a server may be late, of its lease, in leaving service and telling its desktops so: 2 s of the usual 15 s. */
const lateShare = 2 / 15;

/** How old a generation of the store must be before anything is issued: by then every lease from before it has ended, and desktops know. */
export function generationAgeMs(leaseMs: number): number {
  return Math.ceil(leaseMs * (1 + lateShare));
}
