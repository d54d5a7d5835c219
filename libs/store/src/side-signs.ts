import { z } from 'zod';
import { type Side } from '#domain/agent';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { type LinkBus } from './link-bus';
import { asStoreError } from './store-error';

/** A server's sign of life, once a second and with every change. */
export interface SideSign {
  readonly serverId: string;
  readonly side: Side;
  readonly inService: boolean;
  /** Why it is not in service; '' while it is. */
  readonly why: string;
  /** The component that agents are notified by, with the address of its XMPP server: others there stand for the same name. */
  readonly component: string;
  /** It is the one that sends agents their notifications. */
  readonly notifies: boolean;
}

export interface SignListener {
  sign(sign: SideSign): void;
  /** An agent has signed in at that side. */
  signedIn(agentId: string, side: Side): void;
}

const side = z.enum(['primary', 'secondary']);
const messageShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('sign'),
    serverId: z.string(),
    side,
    inService: z.boolean(),
    why: z.string(),
    component: z.string(),
    notifies: z.boolean(),
  }),
  z.object({ kind: z.literal('signedIn'), agentId: z.string(), side }),
]);
type Message = z.infer<typeof messageShape>;

/**
 * What servers tell each other so that one of them can notify all agents: how each of them is, and at which side each
 * agent is. Best effort: what is lost is told again a second later, and the sides of agents are kept in a hash.
 */
export class SideSigns {
  private readonly keys: Keys;

  constructor(
    private readonly bus: LinkBus,
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** Resolves when signs arrive, this server's own included. Rejects with a StoreError. */
  follow(listener: SignListener): Promise<void> {
    return this.bus.subscribe(this.keys.sideSigns, {
      heard: (text) => {
        const message = read(text);
        if (message === undefined) return;
        if (message.kind === 'sign') listener.sign(message);
        else listener.signedIn(message.agentId, message.side);
      },
      // Whoever is not heard for a while counts as gone, for whatever reason.
      lost: () => undefined,
    });
  }

  /** Rejects with a StoreError. */
  tell(sign: SideSign): Promise<void> {
    return this.publish({ kind: 'sign', ...sign });
  }

  /** Rejects with a StoreError. */
  async tellSignIn(agentId: string, at: Side): Promise<void> {
    try {
      await this.redis.hset(this.keys.sidesOfAgents, agentId, at);
    } catch (error) {
      throw asStoreError('sides of agents', error);
    }
    await this.publish({ kind: 'signedIn', agentId, side: at });
  }

  /** The side at which each agent signed in last. Rejects with a StoreError. */
  async agents(): Promise<Map<string, Side>> {
    try {
      const found = Object.entries(await this.redis.hgetall(this.keys.sidesOfAgents));
      return new Map(found.flatMap(([agentId, at]) => (at === 'primary' || at === 'secondary' ? [[agentId, at]] : [])));
    } catch (error) {
      throw asStoreError('sides of agents', error);
    }
  }

  private publish(message: Message): Promise<void> {
    return this.bus.publish(this.keys.sideSigns, JSON.stringify(message));
  }
}

/** A message that is none of ours is not heard; anybody with access to Redis can publish one. */
function read(text: string): Message | undefined {
  try {
    return messageShape.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
