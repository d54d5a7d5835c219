import { type HoldReason } from '#domain/agent';
import { type CtiLink } from '#cti-client/link';
import { type HeldWaker } from '#queue/held-waker';
import { type LinkKeeper } from './link-keeper';

/** What only a worker that may send requests can look at again. */
const heldForTheLink: readonly HoldReason[] = ['outage', 'rejected', 'unknownAgent', 'clock'];

/** What was held while this worker could not act is looked at as soon as it can. */
export function wakeWhenLinkReturns(
  keeper: Pick<LinkKeeper, 'mayRequest' | 'on'>,
  link: Pick<CtiLink, 'on'>,
  heldWaker: Pick<HeldWaker, 'wake'>,
): void {
  let could = false;
  const look = (): void => {
    const can = keeper.mayRequest();
    if (can && !could) void heldWaker.wake(heldForTheLink);
    could = can;
  };
  keeper.on('turned', look);
  link.on('phase', look);
}
