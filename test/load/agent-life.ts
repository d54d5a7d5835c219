import { type Side } from '#domain/agent';
import { type Experiment } from '../faults/experiment';
import { type ReconnectingDesktop } from '../faults/reconnecting-desktop';
import { type Random } from '../kit/random';
import { pause, waitFor } from '../kit/wait';

/** What happens to an agent, and how often compared with the others. */
const happenings = {
  refresh: 30,
  failover: 15,
  byeAndBack: 15,
  flap: 4,
  call: 12,
  crashInCall: 6,
  ghost: 12,
  handover: 5,
  halfOpen: 1,
} as const satisfies Record<string, number>;

export type Happening = keyof typeof happenings | 'callUnheard';

const restMs = { min: 500, max: 8_000 };
/** A page that is loaded again. */
const reloadMsMax = 400;
const flapsMax = 6;
const flapEveryMs = 1_000;

const names = Object.keys(happenings) as (keyof typeof happenings)[];
const weights = names.flatMap((name) => Array.from({ length: happenings[name] }, () => name));

/** Who is signed in, asked by all lives together. */
export interface SignedIn {
  has(agentId: string): boolean;
}

/** One agent of a long day: everything that may happen to a desktop, again and again, and at last it is open. */
export class AgentLife {
  constructor(
    private readonly experiment: Experiment,
    private readonly desktop: ReconnectingDesktop,
    private readonly random: Random,
    private readonly signedIn: SignedIn,
    private readonly onHappening: (name: Happening) => void,
  ) {}

  async live(endsAt: number): Promise<void> {
    for (;;) {
      await pause(this.random.between(restMs.min, restMs.max));
      if (Date.now() > endsAt) return;
      const name = this.random.pick(weights);
      this.onHappening(name);
      await this.pass(name);
    }
  }

  private async pass(name: keyof typeof happenings): Promise<void> {
    const { desktop, random, experiment } = this;
    const { graceMs, detectionMs } = experiment.times;
    const here = desktop.side ?? 'primary';
    const there: Side = here === 'primary' ? 'secondary' : 'primary';
    switch (name) {
      case 'refresh':
        desktop.leave('crash');
        return this.comeBack(here, reloadMsMax);
      case 'failover':
        desktop.leave('crash');
        return this.comeBack(there, graceMs / 2);
      case 'byeAndBack':
        desktop.leave('bye');
        return this.comeBack(random.pick([here, there]), graceMs * 0.8);
      case 'flap':
        return this.flap(here);
      case 'call':
        return this.call(() => pause(random.between(0, graceMs)));
      case 'crashInCall':
        return this.call(async () => {
          desktop.leave('crash');
          await pause(graceMs + random.between(0, graceMs));
          if (random.chance(0.5)) desktop.arrive(here);
        }).then(() => this.comeBack(here, graceMs));
      case 'ghost':
        desktop.leave(random.pick(['crash', 'bye'] as const));
        await this.untilOut();
        if (random.chance(0.5)) await experiment.signIn(desktop.agentId);
        return this.comeBack(random.pick([here, there]), graceMs);
      case 'handover':
        return this.signOutByHand(there);
      case 'halfOpen':
        desktop.leave('freeze');
        return this.comeBack(there, detectionMs + graceMs / 2);
    }
  }

  private async comeBack(side: Side, withinMs: number): Promise<void> {
    await pause(this.random.between(0, withinMs));
    if (!this.desktop.isWanted) this.desktop.arrive(side);
  }

  private async flap(side: Side): Promise<void> {
    for (let flaps = this.random.whole(2, flapsMax); flaps > 0; flaps--) {
      this.desktop.leave('crash');
      await this.comeBack(side, reloadMsMax);
      await pause(flapEveryMs - reloadMsMax / 2);
    }
  }

  /** Somebody is on the telephone meanwhile, if the CTI server lets a call come. */
  private async call(meanwhile: () => Promise<void>): Promise<void> {
    const { agentId } = this.desktop;
    await this.experiment.site.post(`/agents/${agentId}/state`, { state: 'READY' }).catch(() => undefined);
    const callId = await this.beginCall();
    if (callId === undefined) return;
    this.experiment.note({ at: Date.now(), what: 'callBegan', agentId, callId });
    await meanwhile();
    this.experiment.note({ at: Date.now(), what: 'callEnded', agentId, callId });
    await this.experiment.site.post(`/calls/${String(callId)}`, undefined, 'DELETE').catch(async (error: unknown) => {
      // Asked again although it was heard the first time, it is over all the same.
      if ((await this.openCallIds()).includes(callId)) throw error;
    });
  }

  /** Asked again although it was heard the first time, the CTI server refuses: the call is there, and is not left open. */
  private async beginCall(): Promise<number | undefined> {
    const { agentId } = this.desktop;
    const call = await this.experiment.site.post('/calls', { agentId }).catch(() => undefined);
    if (call !== undefined) return Number(call['callId']);
    const [callId] = await this.openCallIds();
    if (callId !== undefined) this.onHappening('callUnheard');
    return callId;
  }

  private openCallIds(): Promise<number[]> {
    return this.experiment.site.callIds(this.desktop.agentId);
  }

  /** Waits for the forced logout; that it comes in time is for the oracle to say. */
  private async untilOut(): Promise<void> {
    await pause(this.experiment.times.graceMs);
    await waitFor('the forced logout', () => !this.signedIn.has(this.desktop.agentId)).catch(() => undefined);
  }

  /** The end of a shift: out at the telephone, the desktop closed, and somebody signs in again later. */
  private async signOutByHand(side: Side): Promise<void> {
    const { experiment, desktop, random } = this;
    const { agentId } = desktop;
    const isOut = await experiment.site.post(`/agents/${agentId}/logout`, {}).catch(() => undefined);
    if (isOut === undefined) return;
    experiment.note({ at: Date.now(), what: 'signedOut', agentId });
    desktop.leave('bye');
    await pause(random.between(0, 2 * experiment.times.graceMs));
    await experiment.signIn(agentId);
    desktop.arrive(side);
  }
}
