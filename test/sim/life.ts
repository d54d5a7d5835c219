import { type Side } from '#domain/agent';
import { type Leaving } from './day-plan';
import { type Desktop, otherSide } from './desktop';
import { type Plan } from './plan';
import { type Random } from '../kit/random';
import { type Stage } from './stage';
import { type World } from './world';

const graceMs = 60_000;
const detectionMs = 25_000;

/** What an agent does next, and how likely. */
const steps = ['stay', 'refresh', 'flap', 'leave', 'failOver', 'second', 'networkLost', 'signOut', 'ready'] as const;
const weights: Readonly<Record<(typeof steps)[number], number>> = {
  stay: 5,
  refresh: 4,
  flap: 1,
  leave: 6,
  failOver: 2,
  second: 2,
  networkLost: 1,
  signOut: 0.6,
  ready: 3,
};
const ways = ['bye', 'beacon', 'closed', 'crashed', 'cableOut'] as const;
const weightSum = Object.values(weights).reduce((sum, weight) => sum + weight, 0);

/** Lets one agent live: opens a desktop, refreshes it, leaves, comes back late, telephones, until the active time is over. */
export class AgentLife {
  private readonly main: Desktop;
  private second: Desktop | undefined;
  private isAway = false;

  constructor(
    private readonly world: World,
    private readonly plan: Plan,
    private readonly agentId: string,
    private readonly random: Random,
  ) {
    world.addAgent(agentId);
    this.main = world.newDesktop(agentId, random.pick(['primary', 'secondary'] as const));
    this.in(random.between(0, 15_000), () => {
      this.main.open(this.main.side);
      this.next();
    });
  }

  /** Comes back this moment, if the agent is away. */
  comeBack(where: 'anywhere' | 'same' | 'elsewhere' = 'anywhere'): void {
    this.isAway = false;
    this.world.goneHome.delete(this.agentId);
    const { side } = this.main;
    if (where === 'anywhere') this.main.open(this.random.pick(['primary', 'secondary'] as const));
    else this.main.open(where === 'same' ? side : otherSide(side));
  }

  /** Goes home or to lunch: until the agent comes back nothing is opened, and nobody signs in. */
  stayAway(): void {
    this.isAway = true;
    this.world.goneHome.add(this.agentId);
  }

  leaveAll(how: Leaving): void {
    // The agent may be back before the desktops were closed.
    if (!this.isAway) return;
    this.main.leave(how);
    this.second?.leave(how);
  }

  /** Whether a desktop of the agent is, or is to be, on that side; null: on any. */
  isAt(side: Side | null): boolean {
    return this.main.wants && (side === null || this.main.side === side);
  }

  private reopen(side: Side): void {
    if (!this.isAway) this.main.open(side);
  }

  private get stage(): Stage {
    return this.world.stage;
  }

  private in(ms: number, act: () => void): void {
    const { time } = this.stage;
    time.after(ms, time.world, act);
  }

  private next(): void {
    this.in(this.random.between(1_000, 40_000), () => {
      if (this.stage.time.now > this.plan.activeMs) return;
      if (this.random.chance(this.plan.calls)) this.world.call(this.agentId, this.random.between(1_000, 90_000));
      if (this.isAway) this.next();
      else this.take();
    });
  }

  private take(): void {
    let lot = this.random.between(0, weightSum);
    const step = steps.find((each) => (lot -= weights[each]) < 0) ?? 'stay';
    switch (step) {
      case 'stay':
        break;
      case 'refresh':
        this.refresh();
        break;
      case 'flap':
        this.flap(this.random.whole(4, 15));
        return;
      case 'leave':
        this.leave();
        return;
      case 'failOver':
        this.stage.inject('desktop fails over', this.agentId);
        this.main.failOver();
        break;
      case 'second':
        this.toggleSecond();
        break;
      case 'networkLost':
        this.stage.inject('desktop half-open', this.agentId);
        this.main.loseNetwork();
        break;
      case 'signOut':
        this.stage.inject('signed out by hand', this.agentId);
        this.world.signOut(this.agentId);
        if (this.random.chance(0.5)) this.signInLater();
        break;
      case 'ready':
        this.world.goReady(this.agentId);
        break;
    }
    this.next();
  }

  private signInLater(): void {
    this.in(this.random.between(500, 60_000), () => {
      if (this.isAway || this.world.centre.isSignedIn(this.agentId)) return;
      this.stage.inject('signed in by hand', this.agentId);
      this.world.signIn(this.agentId);
      this.reopen(this.main.side);
    });
  }

  private refresh(): void {
    if (!this.main.wants) return;
    this.stage.inject('desktop refreshed', this.agentId);
    this.main.leave(this.random.pick(['beacon', 'closed'] as const));
    this.in(this.random.between(100, 5_000), () => {
      this.reopen(this.main.side);
    });
  }

  private flap(times: number): void {
    this.stage.inject('desktop flaps', this.agentId);
    this.main.leave('closed');
    this.in(this.random.between(200, 800), () => {
      this.reopen(this.random.pick(['primary', 'secondary'] as const));
      this.in(this.random.between(200, 800), () => {
        if (times > 1) this.flap(times - 1);
        else this.next();
      });
    });
  }

  private toggleSecond(): void {
    const side = otherSide(this.main.side);
    this.second ??= this.world.newDesktop(this.agentId, side);
    if (this.second.wants) this.second.leave(this.random.pick(ways));
    else this.second.open(side);
  }

  private leave(): void {
    const way = this.random.pick(ways);
    if (way === 'cableOut') this.stage.inject('desktop half-open', this.agentId);
    this.main.leave(way);
    if (this.random.chance(0.8)) this.second?.leave(this.random.pick(ways));
    const dueMs = graceMs + (way === 'cableOut' ? this.random.between(15_000, detectionMs + 1_000) : 0);
    if (this.random.chance(this.plan.calls)) this.callAround(dueMs);
    const fate = this.random.next();
    if (fate < this.plan.lateReturns) this.returnAround(dueMs);
    else if (fate < this.plan.lateReturns + 0.25) this.returnAfter(this.random.between(500, dueMs));
    else if (fate < this.plan.lateReturns + 0.4) this.returnAfter(this.random.between(dueMs, dueMs + 60_000));
  }

  private callAround(dueMs: number): void {
    const isLong = this.random.chance(0.3);
    this.stage.inject('call at the end of grace', this.agentId);
    this.in(isLong ? this.random.between(0, dueMs) : dueMs + this.random.between(-2_000, 400), () => {
      this.world.call(this.agentId, isLong ? this.random.between(30_000, 120_000) : this.random.between(100, 30_000));
    });
  }

  private returnAround(dueMs: number): void {
    this.stage.inject('return at the end of grace', this.agentId);
    this.returnAfter(dueMs + this.random.between(-150, 250));
  }

  private returnAfter(ms: number): void {
    this.in(ms, () => {
      this.reopen(this.random.pick(['primary', 'secondary'] as const));
      this.next();
    });
  }
}
