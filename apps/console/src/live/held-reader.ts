import { type Agent } from '#domain/agent';
import { retryMsMax } from '#domain/policy';
import { type Journal } from '#store/journal';
import { type Roll } from '#store/roll';
import { type RejectedLoss, rejectedOf } from './rejected';

/** Held losses are counted up to here; a peripheral has at most some 12 000 agents. */
const heldCountedMax = 20_000;
const heldPerRead = 1_000;
/** Where more are held than rows are listed, all of them are read this often; and what the CTI server said of the rejected. */
const lookMs = 5_000;
/** A rejected request is repeated at least every `retryMsMax`, and each time the journal has a line. */
const sentencesMs = 2 * retryMsMax;
/** Rejected ones that a page names; the API lists all of them. */
const rejectedShown = 20;

export interface RejectedShown {
  readonly count: number;
  readonly longest: readonly RejectedLoss[];
}

const noneRejected: RejectedShown = { count: 0, longest: [] };

/** Reads all held losses: for what is told of many of them together. */
export class HeldReader {
  private held: readonly Agent[] = [];
  private heldReadAt = 0;
  private shown = noneRejected;
  private shownReadAt = 0;

  constructor(
    private readonly roll: Pick<Roll, 'byPhase'>,
    private readonly journal: Pick<Journal, 'latestRejections'>,
  ) {}

  /** All of them, perhaps of some seconds ago; `first` are those that were read just now, of `count`. */
  async all(first: readonly Agent[], count: number, now: number): Promise<readonly Agent[]> {
    if (count <= first.length) return first;
    if (now - this.heldReadAt < lookMs) return this.held;
    this.heldReadAt = now;
    this.held = await this.read();
    return this.held;
  }

  /** Ghosts whose sign-out the CTI server has rejected: all of them, as they are now. */
  async rejected(now: number): Promise<readonly RejectedLoss[]> {
    return this.withSentences(rejectedOf(await this.read()), now);
  }

  /** How many of these there are, and those of the longest time. */
  async shownRejected(held: readonly Agent[], now: number): Promise<RejectedShown> {
    const rejected = rejectedOf(held);
    if (rejected.length === 0) this.shown = noneRejected;
    else if (this.shown.count === 0 || now - this.shownReadAt >= lookMs) {
      this.shownReadAt = now;
      const longest = await this.withSentences(rejected.slice(0, rejectedShown), now);
      this.shown = { count: rejected.length, longest };
    }
    return this.shown;
  }

  private async withSentences(rejected: readonly RejectedLoss[], now: number): Promise<readonly RejectedLoss[]> {
    if (rejected.length === 0) return rejected;
    const agentIds = new Set(rejected.map(({ agentId }) => agentId));
    const sentences = await this.journal.latestRejections(agentIds, now - sentencesMs);
    return rejected.map((loss) => ({ ...loss, sentence: sentences.get(loss.agentId) ?? null }));
  }

  private async read(): Promise<readonly Agent[]> {
    const held: Agent[] = [];
    for (let offset = 0; offset < heldCountedMax; offset += heldPerRead) {
      const page = await this.roll.byPhase('held', { limit: heldPerRead, offset });
      held.push(...page);
      if (page.length === 0) break;
    }
    return held;
  }
}
