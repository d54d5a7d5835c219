import { randomUUID } from 'node:crypto';
import { Keys } from '#store/keys';
import { type LinkBus } from '#store/link-bus';
import { z } from 'zod';
import { type FinesseEvent, FinesseEvents } from './finesse-events';

const request = {
  agentId: z.string(),
  requestId: z.string().optional(),
  action: z.enum(['LOGIN', 'READY', 'NOT_READY', 'LOGOUT']),
};

const shape = z.object({
  from: z.string(),
  event: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('asked'), ...request }),
    z.object({ kind: z.literal('done'), ...request }),
    z.object({
      kind: z.literal('failed'),
      ...request,
      error: z.object({ errorType: z.string(), errorMessage: z.string(), errorData: z.string() }),
    }),
  ]),
});

/** Tells other server processes over the bus of the links; this one hears its own events at once, bus or no bus. */
export class BusFinesseEvents extends FinesseEvents {
  private readonly own = randomUUID();
  private readonly channel: string;
  private readonly listeners = new Set<(event: FinesseEvent) => void>();

  constructor(
    private readonly bus: Pick<LinkBus, 'publish' | 'subscribe'>,
    options: { readonly peripheralId: number },
  ) {
    super();
    this.channel = new Keys(options.peripheralId).restEvents;
  }

  /** Resolves when the events of other processes arrive. Rejects with a StoreError. */
  start(): Promise<void> {
    return this.bus.subscribe(this.channel, {
      heard: (text) => {
        const message = read(text);
        if (message !== undefined && message.from !== this.own) this.hear(message.event);
      },
      lost: () => undefined,
    });
  }

  override tell(event: FinesseEvent): void {
    this.hear(event);
    // What is lost costs a notification its requestId: nobody waits for it, and nothing hangs on it.
    this.bus.publish(this.channel, JSON.stringify({ from: this.own, event })).catch(() => undefined);
  }

  override follow(listener: (event: FinesseEvent) => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  private hear(event: FinesseEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

/** Anybody with access to Redis can publish a message; one that is none of ours is not heard. */
function read(text: string): { readonly from: string; readonly event: FinesseEvent } | undefined {
  try {
    const { data } = shape.safeParse(JSON.parse(text));
    return data === undefined ? undefined : { from: data.from, event: whole(data.event) };
  } catch {
    return undefined;
  }
}

/** JSON leaves out what is undefined. */
function whole(event: z.output<typeof shape>['event']): FinesseEvent {
  return { ...event, requestId: event.requestId };
}
