import { type MasterNode, Mastership } from '#store/mastership';
import { quorumAnswerMsMax } from '#store/sentinel-quorum';
import { type Random } from '../kit/random';
import { type Stage } from './stage';
import { type StoreLink } from './store-link';

/** One way to a Sentinel. */
const wayMsMin = 0.2;
const wayMsMax = 5;

/** What one process hears from the Sentinels: the word of a majority of them, or nothing where it is cut off. */
export class SentinelWords extends Mastership {
  private question: { then: () => void } | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly link: StoreLink,
    private readonly random: Random,
  ) {
    super();
  }

  override nodeOf({ cluster, process }: StoreLink): MasterNode | undefined {
    return cluster.addressFor(process);
  }

  override confirm(node: MasterNode): Promise<boolean> {
    const { time } = this.stage;
    const { cluster, process } = this.link;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const question = { then: (): void => undefined };
    this.question = question;
    time.after(this.way(), time.world, () => {
      if (cluster.cutOff.has(process)) {
        time.after(quorumAnswerMsMax, process, () => {
          resolve(false);
        });
        return;
      }
      const isNamed = cluster.isNamed(node);
      time.after(this.way(), process, () => {
        resolve(isNamed);
      });
      if (isNamed) question.then();
    });
    return promise;
  }

  /** Called at the moment when the node of the question just put is named. */
  whenNamed(act: () => void): void {
    if (this.question !== undefined) this.question.then = act;
    this.question = undefined;
  }

  override close(): void {
    // Nothing is open.
  }

  private way(): number {
    return this.random.between(wayMsMin, wayMsMax);
  }
}
