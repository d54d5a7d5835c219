import { type Agent, type Phase } from '#domain/agent';
import { type Mirror } from '#cti-client/mirror';
import { type WakeUps } from '#engine/ports';
import { levelOfFailure } from '#store/store-outage';
import { type Logger } from 'pino';

/** Losses that wait for the end of a call and are followed; beyond this they are looked at every `heldLookMs` only. */
export const heldForCallMax = 20_000;

/**
 * Losses that wait for a change of their agent at the CTI server, mostly for the end of a call: their jobs stay in the
 * delayed set, and are promoted as soon as the mirror sees it. A missed change costs nothing but time: held losses are
 * looked at again anyway.
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

  /** Follows the agent while its loss waits for such a change, and no longer. */
  follow(agent: Agent): void {
    const { agentId } = agent.key;
    if (!waitsForAgent(agent.phase) || this.held.size >= heldForCallMax) {
      this.held.delete(agentId);
      return;
    }
    this.held.set(agentId, agent);
    // The call may have ended between the look and now.
    if (waitsForCall(agent.phase) && this.mirror.view(agentId)?.onCall === false) this.wake(agentId);
  }

  get size(): number {
    return this.held.size;
  }

  private wake(agentId: string): void {
    const agent = this.held.get(agentId);
    if (agent === undefined) return;
    this.held.delete(agentId);
    this.wakeUps.wakeNow(agent.key, agent.epoch).catch((error: unknown) => {
      this.log[levelOfFailure(error)](
        { err: error, agentId },
        'a wake-up at the end of a call failed; the next look will do',
      );
    });
  }
}

/** For the end of a call, or for anything that may make a request succeed that was rejected. */
function waitsForAgent(phase: Phase): boolean {
  if (waitsForCall(phase)) return true;
  return phase.name === 'held' && phase.reasons.some((reason) => reason === 'rejected' || reason === 'unknownAgent');
}

/** Held for a call, or with a change of ours that the CTI server keeps until its end. */
function waitsForCall(phase: Phase): boolean {
  return phase.name === 'held' ? phase.reasons.includes('call') : phase.name === 'issuing' && phase.pending !== null;
}
