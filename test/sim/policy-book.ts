import { graceOf, type Policy } from '#domain/policy';
import { type PolicyChange } from './day-plan';
import { type PolicyTimes } from './oracle-policies';
import { type Random } from '../kit/random';
import { type Stage } from './stage';
import { type SimProcess } from './virtual-time';

/** Which policy each process acts by. A changed one is taken by one process after the other; who starts meanwhile has it at once. */
export class PolicyBook {
  private readonly taken = new Map<SimProcess, Policy>();
  private newest: Policy;

  constructor(
    private readonly stage: Stage,
    private readonly random: Random,
    first: Policy,
    private readonly changes: readonly PolicyChange[],
  ) {
    this.newest = first;
    const { time } = stage;
    for (const { at, policy } of changes)
      time.after(at, time.world, () => {
        this.newest = policy;
      });
  }

  policyOf(process: SimProcess): Policy {
    return this.taken.get(process) ?? this.newest;
  }

  starts(process: SimProcess, isWorker: boolean): void {
    this.take(process, isWorker, this.newest);
    const { time } = this.stage;
    for (const { at, policy, lateMsMax } of this.changes)
      if (at > time.now)
        time.after(at - time.now + this.random.between(0, lateMsMax), time.world, () => {
          if (!process.isAlive) return;
          this.stage.inject('policy changed', process.name);
          this.take(process, isWorker, policy);
        });
  }

  private take(process: SimProcess, isWorker: boolean, policy: Policy): void {
    this.taken.set(process, policy);
    const { time } = this.stage;
    this.stage.see({ at: time.now, what: 'policy', process: process.name, isWorker, policy: timesOf(policy) });
  }
}

function timesOf(policy: Policy): PolicyTimes {
  const { stages, withoutDesktop } = policy;
  return {
    graceMs: graceOf(policy, 'lost'),
    graceServerLostMs: graceOf(policy, 'serverLost'),
    graceWithoutDesktopMs: graceOf(policy, 'withoutDesktop'),
    notReadyAfterMs: stages[0].action === 'notReady' ? stages[0].afterMs : null,
    logoutAfterMs: stages.find(({ action }) => action === 'logout')?.afterMs ?? Number.POSITIVE_INFINITY,
    withoutDesktop,
  };
}
