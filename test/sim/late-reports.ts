import { type SignInReports } from '../../apps/worker/src/sign-in-reports';
import { type Random } from '../kit/random';
import { type Stage } from './stage';

/** A report that comes once more does so within this time, when others have followed it. */
const repeatedMsMax = 5_000;

/** Reports of a link that come late, or once more after the agent's state has changed. */
export class LateReports implements Pick<SignInReports, 'handIn'> {
  constructor(
    private readonly whole: Pick<SignInReports, 'handIn'>,
    private readonly stage: Stage,
    private readonly random: Random,
  ) {}

  async handIn(agentId: string, state: number): Promise<boolean> {
    const { stage, random, whole } = this;
    const { reportsLateMs, reportsRepeated } = stage.weather;
    if (reportsRepeated > 0 && random.chance(reportsRepeated)) {
      stage.inject('sign-in report repeated', agentId);
      const again = (): Promise<boolean> => whole.handIn(agentId, state).catch(() => false);
      setTimeout(() => void again(), random.between(1, repeatedMsMax));
    }
    if (reportsLateMs > 0) {
      stage.inject('sign-in report late', agentId);
      await new Promise((resolve) => setTimeout(resolve, random.between(1, reportsLateMs)));
    }
    return whole.handIn(agentId, state);
  }
}
