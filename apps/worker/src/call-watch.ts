import { type Agent } from '#domain/agent';
import { type Mirror } from '#cti-client/mirror';
import { type WakeUps } from '#engine/ports';
import { type Logger } from 'pino';

/** Losses held for a call that are followed; beyond this they are looked at every `heldLookMs` only. */
export const heldForCallMax = 20_000;

/**
 * Losses that wait for the end of a call: their jobs stay in the delayed set, and are promoted as soon as the mirror
 * sees the agent without a call. A missed end costs nothing but time: held losses are looked at again anyway.
 */
export class CallWatch {
  private readonly held = new Map<string, Agent>();

  constructor(
    private readonly mirror: Pick<Mirror, 'on' | 'view'>,
    private readonly wakeUps: Pick<WakeUps, 'wakeNow'>,
    private readonly log: Logger,
  ) {
    mirror.on('agentChanged', (_, after) => {
      if (!after.onCall) this.wake(after.agentId);
    });
    mirror.on('gap', () => {
      this.held.clear();
    });
  }

  /** Follows the agent while it is held for a call, and no longer. */
  follow(agent: Agent): void {
    const { agentId } = agent.key;
    const waits = agent.phase.name === 'held' && agent.phase.reasons.includes('call');
    if (!waits || this.held.size >= heldForCallMax) {
      this.held.delete(agentId);
      return;
    }
    this.held.set(agentId, agent);
    // The call may have ended between the look and now.
    if (this.mirror.view(agentId)?.onCall === false) this.wake(agentId);
  }

  get size(): number {
    return this.held.size;
  }

  private wake(agentId: string): void {
    const agent = this.held.get(agentId);
    if (agent === undefined) return;
    this.held.delete(agentId);
    this.wakeUps.wakeNow(agent.key, agent.epoch).catch((error: unknown) => {
      this.log.warn({ err: error, agentId }, 'a wake-up at the end of a call failed; the next look will do');
    });
  }
}
