import { type Side } from '#domain/agent';
import { type Random } from '../kit/random';
import { type Seat } from '../faults/seat';
import { type Stage } from '../faults/stage';
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
    private readonly stage: Stage,
    private readonly seat: Seat,
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
    const { seat, random, stage } = this;
    const { graceMs, detectionMs } = stage.times;
    const here = seat.side ?? 'primary';
    const there: Side = here === 'primary' ? 'secondary' : 'primary';
    switch (name) {
      case 'refresh':
        seat.leave('crash');
        return this.comeBack(here, reloadMsMax);
      case 'failover':
        seat.leave('crash');
        return this.comeBack(there, graceMs / 2);
      case 'byeAndBack':
        seat.leave('bye');
        return this.comeBack(random.pick([here, there]), graceMs * 0.8);
      case 'flap':
        return this.flap(here);
      case 'call':
        return this.call(() => pause(random.between(0, graceMs)));
      case 'crashInCall':
        return this.call(async () => {
          seat.leave('crash');
          await pause(graceMs + random.between(0, graceMs));
          if (random.chance(0.5)) seat.arrive(here);
        }).then(() => this.comeBack(here, graceMs));
      case 'ghost':
        seat.leave(random.pick(['crash', 'bye'] as const));
        await this.untilOut();
        if (random.chance(0.5)) await stage.signIn(seat.agentId);
        return this.comeBack(random.pick([here, there]), graceMs);
      case 'handover':
        return this.signOutByHand(there);
      case 'halfOpen':
        seat.leave('freeze');
        return this.comeBack(there, detectionMs + graceMs / 2);
    }
  }

  private async comeBack(side: Side, withinMs: number): Promise<void> {
    await pause(this.random.between(0, withinMs));
    if (!this.seat.isWanted) this.seat.arrive(side);
  }

  private async flap(side: Side): Promise<void> {
    for (let flaps = this.random.whole(2, flapsMax); flaps > 0; flaps--) {
      this.seat.leave('crash');
      await this.comeBack(side, reloadMsMax);
      await pause(flapEveryMs - reloadMsMax / 2);
    }
  }

  /** Somebody is on the telephone meanwhile, if the CTI server lets a call come. */
  private async call(meanwhile: () => Promise<void>): Promise<void> {
    const { agentId } = this.seat;
    await this.stage.post(`/agents/${agentId}/state`, { state: 'READY' }).catch(() => undefined);
    const callId = await this.beginCall();
    if (callId === undefined) return;
    this.stage.note({ at: Date.now(), what: 'callBegan', agentId, callId });
    await meanwhile();
    this.stage.note({ at: Date.now(), what: 'callEnded', agentId, callId });
    await this.stage.post(`/calls/${String(callId)}`, undefined, 'DELETE').catch(async (error: unknown) => {
      // Asked again although it was heard the first time, it is over all the same.
      if ((await this.openCallIds()).includes(callId)) throw error;
    });
  }

  /** Asked again although it was heard the first time, the CTI server refuses: the call is there, and is not left open. */
  private async beginCall(): Promise<number | undefined> {
    const { agentId } = this.seat;
    const call = await this.stage.post('/calls', { agentId }).catch(() => undefined);
    if (call !== undefined) return Number(call['callId']);
    const [callId] = await this.openCallIds();
    if (callId !== undefined) this.onHappening('callUnheard');
    return callId;
  }

  private openCallIds(): Promise<number[]> {
    return this.stage.callIds(this.seat.agentId);
  }

  /** Waits for the forced logout; that it comes in time is for the oracle to say. */
  private async untilOut(): Promise<void> {
    await pause(this.stage.times.graceMs);
    await waitFor('the forced logout', () => !this.signedIn.has(this.seat.agentId)).catch(() => undefined);
  }

  /** The end of a shift: out at the telephone, the desktop closed, and somebody signs in again later. */
  private async signOutByHand(side: Side): Promise<void> {
    const { stage, seat, random } = this;
    const { agentId } = seat;
    const isOut = await stage.post(`/agents/${agentId}/logout`, {}).catch(() => undefined);
    if (isOut === undefined) return;
    stage.note({ at: Date.now(), what: 'signedOut', agentId });
    seat.leave('bye');
    await pause(random.between(0, 2 * stage.times.graceMs));
    await stage.signIn(agentId);
    seat.arrive(side);
  }
}
