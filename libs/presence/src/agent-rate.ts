import { type Bucket, fullBucket, type RateRule, take } from './message-rate';

/** More than the agents of a peripheral; beyond it those whose rate is forgotten are those who have not asked lately. */
const agentsMax = 20_000;

/** How fast something may be done for each agent. */
export class AgentRate {
  private buckets = new Map<string, Bucket>();

  constructor(
    private readonly rule: RateRule,
    private readonly monotonicMs: () => number,
  ) {}

  /** False when it is one too many. */
  take(agentId: string): boolean {
    const nowMs = this.monotonicMs();
    if (this.buckets.size >= agentsMax) this.forgetTheIdle(nowMs);
    const bucket = take(this.buckets.get(agentId) ?? fullBucket(this.rule, nowMs), this.rule, nowMs);
    if (bucket !== null) this.buckets.set(agentId, bucket);
    return bucket !== null;
  }

  private forgetTheIdle(nowMs: number): void {
    const fillMs = (this.rule.burst / this.rule.perSecond) * 1000;
    this.buckets = new Map([...this.buckets].filter(([, { at }]) => nowMs - at < fillMs));
  }
}
