import { type LeftOut, leftOutMs, linesLeftOutOf } from '#store/agent-lines';
import { type Journal } from '#store/journal';
import { type Logger } from 'pino';

/** Agents that a line in the log names. */
const agentsNamedMax = 10;

/** Nothing was left out for so long: it is over. */
export const overAfterMs = 2 * leftOutMs;

export interface LeftOutLinesParts {
  readonly journal: Pick<Journal, 'tellLeftOut'>;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  readonly monotonicMs: () => number;
}

/** Lines about agents that were left out of the journal: the journal says how many, and the log says so once while it lasts. */
export class LeftOutLines {
  private lastMs: number | null = null;

  constructor(private readonly parts: LeftOutLinesParts) {}

  /** Answers what was left out and has been told by this call. */
  async tell(): Promise<readonly LeftOut[]> {
    const { journal, log, monotonicMs } = this.parts;
    const leftOut = await journal.tellLeftOut();
    const nowMs = monotonicMs();
    if (leftOut.length > 0) {
      if (this.lastMs === null) this.warn(leftOut);
      this.lastMs = nowMs;
    } else if (this.lastMs !== null && nowMs - this.lastMs >= overAfterMs) {
      this.lastMs = null;
      log.info('no lines about agents are left out of the journal any more');
    }
    return leftOut;
  }

  private warn(leftOut: readonly LeftOut[]): void {
    const lines = leftOut.reduce((sum, one) => sum + linesLeftOutOf(one), 0);
    const agentIds = leftOut.slice(0, agentsNamedMax).map(({ agentId }) => agentId);
    this.parts.log.warn(
      { agentIds, agents: leftOut.length, lines },
      'lines about agents are left out of the journal: their presence changes too often; the journal says how many were',
    );
  }
}
