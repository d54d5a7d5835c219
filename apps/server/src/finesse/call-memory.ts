import { type Dialog, type Standing } from '#store/link-call';

/** For so long a call that ended while another server had the name may have ended untold. */
const missedMsMax = 30_000;
const missedMax = 2_000;
/** More than the agents of the largest peripheral. */
const onCallMax = 15_000;

/** A call of an agent that ended, and the agent's standing then without it. */
export interface Ending {
  readonly after: Standing;
  readonly dialog: Dialog;
}

/**
 * The calls that agents are on, so that the end of one is told although the link was interrupted when it ended; and calls
 * that ended a moment ago while somebody else had the name, who may have died before it was told.
 */
export class CallMemory {
  private readonly onCall = new Map<string, Standing>();
  private missed: (Ending & { readonly atMs: number })[] = [];

  constructor(private readonly monotonicMs: () => number) {}

  /** As it was last noted; undefined for an agent who was on no call then. */
  known(agentId: string): Standing | undefined {
    return this.onCall.get(agentId);
  }

  note(standing: Standing): void {
    this.onCall.delete(standing.agentId);
    if (standing.dialogs.length > 0 && this.onCall.size < onCallMax) this.onCall.set(standing.agentId, standing);
  }

  /** We were not the ones to tell it. */
  miss(ending: Ending): void {
    if (this.missed.length >= missedMax) this.missed.shift();
    this.missed.push({ ...ending, atMs: this.monotonicMs() });
  }

  /** What may have ended untold; none of it a second time. */
  takeMissed(): readonly Ending[] {
    const sinceMs = this.monotonicMs() - missedMsMax;
    return this.missed.splice(0).filter(({ atMs }) => atMs >= sinceMs);
  }
}

/** Calls that were there before and are not any more. */
export function endings(before: Standing | undefined, after: Standing): Ending[] {
  const open = new Set(after.dialogs.map(({ id }) => id));
  return (before?.dialogs ?? []).filter(({ id }) => !open.has(id)).map((dialog) => ({ after, dialog }));
}
