import { type Standing } from '#store/link-call';
import { type FinesseAction } from './finesse-events';

/** A request that is not done by then has been given up by everybody. */
const openMsMax = 60_000;
const openRequestsMax = 5_000;

interface OpenRequest {
  readonly requestId: string;
  readonly action: FinesseAction;
  readonly atMs: number;
  told: boolean;
}

/** Requests that were answered with 202, until it is known what became of them: the newest of each agent. */
export class OpenRequests {
  private readonly byAgent = new Map<string, OpenRequest>();

  constructor(private readonly monotonicMs: () => number) {}

  asked(agentId: string, requestId: string, action: FinesseAction): void {
    // Set anew, so that the oldest is always the first.
    this.byAgent.delete(agentId);
    this.byAgent.set(agentId, { requestId, action, atMs: this.monotonicMs(), told: false });
    if (this.byAgent.size <= openRequestsMax) return;
    const [oldest] = this.byAgent.keys();
    if (oldest !== undefined) this.byAgent.delete(oldest);
  }

  /** The request that this change is the effect of, '' when it is nobody's. A request has one effect. */
  claim({ agentId, ...standing }: Standing): string {
    const open = this.byAgent.get(agentId);
    if (open === undefined || open.told || this.monotonicMs() - open.atMs > openMsMax) return '';
    if (!isEffectOf(open.action, standing)) return '';
    open.told = true;
    return open.requestId;
  }

  /** True when the agent has been told of its effect. */
  isTold(agentId: string, requestId: string): boolean {
    const open = this.byAgent.get(agentId);
    return open?.requestId === requestId && open.told;
  }

  /** It is over. True when the agent has been told. */
  close(agentId: string, requestId: string): boolean {
    const isTold = this.isTold(agentId, requestId);
    if (this.byAgent.get(agentId)?.requestId === requestId) this.byAgent.delete(agentId);
    return isTold;
  }
}

function isEffectOf(action: FinesseAction, { state, pendingState, signedOut }: Omit<Standing, 'agentId'>): boolean {
  switch (action) {
    case 'LOGIN':
      return !signedOut;
    case 'LOGOUT':
      return signedOut || pendingState === 'LOGOUT';
    case 'READY':
    case 'NOT_READY':
      return state === action || pendingState === action;
  }
}
