import { type Side } from '#domain/agent';
import { type SideSigns } from '#store/side-signs';
import { type FinesseEvent, FinesseEvents } from './finesse-events';

/** The events of this server's requests; whoever signs in here is at this side from then on. */
export class SideNotingEvents extends FinesseEvents {
  constructor(
    private readonly events: FinesseEvents,
    private readonly signs: Pick<SideSigns, 'tellSignIn'>,
    private readonly side: Side,
  ) {
    super();
  }

  override tell(event: FinesseEvent): void {
    if (event.kind === 'asked' && event.action === 'LOGIN') {
      // Without Redis nobody signs in. What is lost costs the agent a word about the service of the side.
      this.signs.tellSignIn(event.agentId, this.side).catch(() => undefined);
    }
    this.events.tell(event);
  }

  override follow(listener: (event: FinesseEvent) => void): () => void {
    return this.events.follow(listener);
  }
}
