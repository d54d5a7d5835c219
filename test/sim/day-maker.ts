import { AgentState } from '#cti-protocol/enumerations';
import { type dayKinds } from './day-kinds';
import { type DayEvent, type Leaving } from './day-plan';
import { FeedSource, openMsMax } from './feed-source';
import { type AgentLife } from './life';
import { type Random } from '../kit/random';
import { type World } from './world';

type DayKind = (typeof dayKinds)[number];

const leavings = ['bye', 'closed', 'crashed', 'cableOut'] as const satisfies readonly Leaving[];

/** The record's phase in the words of the summary. */
const phaseKinds = {
  unseen: 'telephone used while unseen',
  present: 'telephone used while present',
  grace: 'telephone used while in grace',
  held: 'telephone used while held',
  issuing: 'telephone used while a request is on its way',
  settled: 'telephone used while settled',
} as const;

/** How likely the telephone is used right after a request was committed. */
const issuedShare = 0.4;

/** Lets the events of the ordinary days happen when their time comes. */
export class DayMaker {
  /** When the last one is over. */
  endsAt = 0;
  private phonesUntil = 0;

  constructor(
    private readonly world: World,
    private readonly lives: ReadonlyMap<string, AgentLife>,
    private readonly random: Random,
  ) {
    const { events } = world.plan.days;
    for (const event of events) {
      this.endsAt = Math.max(this.endsAt, lastOf(event));
      this.at(event.at, () => {
        this.begin(event);
      });
    }
    for (const agentId of world.phoneIds) {
      world.addAgent(agentId);
      this.count('signed in by telephone alone', agentId);
    }
    if (world.fedIds.length > 0) {
      new FeedSource(world, random, world.fedIds, world.plan);
      // The last desktops are opened within 100 s of the last look at the time.
      this.endsAt = Math.max(this.endsAt, world.plan.activeMs + 110_000 + openMsMax);
    }
    if (events.some(({ kind }) => kind === 'telephones')) this.watchRequests();
  }

  private begin(event: DayEvent): void {
    switch (event.kind) {
      case 'shiftEnd':
        this.endShift(event);
        return;
      case 'lunch':
        this.beginLunch(event);
        return;
      case 'telephones':
        this.phonesUntil = event.until;
        for (const agentId of [...this.lives.keys(), ...this.world.phoneIds])
          if (this.random.chance(event.share)) this.useTelephone(agentId, event);
    }
  }

  /** Each signs out, and the desktops are closed soon after; some forget to sign out. */
  private endShift(event: Extract<DayEvent, { kind: 'shiftEnd' }>): void {
    const { random, world } = this;
    this.count('shift end', event.side);
    for (const [agentId, life] of this.livesOn(event)) {
      const signsOut = !random.chance(event.ghostShare);
      const closesMs = random.between(20, event.closesMsMax);
      const how = random.pick(leavings);
      this.in(random.between(0, event.spreadMs), () => {
        // On a call nobody can sign out.
        if (signsOut && !world.signOut(agentId)) return;
        this.count(signsOut ? 'signed out and gone' : 'gone without signing out', agentId);
        life.stayAway();
        this.in(closesMs, () => {
          life.leaveAll(how);
        });
      });
    }
  }

  /** Each goes Not Ready and closes the browser or the laptop, and comes back after a while. */
  private beginLunch(event: Extract<DayEvent, { kind: 'lunch' }>): void {
    const { random, world } = this;
    this.count('lunch', event.side);
    for (const [agentId, life] of this.livesOn(event)) {
      const how = random.pick(leavings);
      const leavesMs = random.between(0, event.spreadMs);
      const isElsewhere = random.chance(event.elsewhereShare);
      this.in(leavesMs, () => {
        world.goNotReady(agentId);
        life.stayAway();
        this.in(random.between(100, 3_000), () => {
          life.leaveAll(how);
        });
      });
      this.in(leavesMs + 3_000 + random.between(event.awayMsMin, event.awayMsMax), () => {
        const isIn = world.centre.isSignedIn(agentId);
        this.count(isIn ? 'back from lunch' : 'back from lunch, signed out meanwhile', agentId);
        life.comeBack(isElsewhere ? 'elsewhere' : 'same');
      });
    }
  }

  private livesOn(event: Extract<DayEvent, { kind: 'shiftEnd' | 'lunch' }>): [string, AgentLife][] {
    return [...this.lives].filter(
      ([, life]) => life.isAt(event.side === 'both' ? null : event.side) && this.random.chance(event.share),
    );
  }

  private useTelephone(agentId: string, event: Extract<DayEvent, { kind: 'telephones' }>): void {
    this.in(this.random.between(0, 2 * event.everyMs), () => {
      if (this.world.stage.time.now > event.until) return;
      this.telephone(agentId);
      this.useTelephone(agentId, event);
    });
  }

  /** The worst moment: a request is about to leave. */
  private watchRequests(): void {
    const { world } = this;
    const before = world.onIssued;
    world.onIssued = (worker, agentId) => {
      before(worker, agentId);
      if (world.stage.time.now > this.phonesUntil || !this.random.chance(issuedShare)) return;
      this.in(this.random.between(0, 60), () => {
        this.telephone(agentId);
      });
    };
  }

  /** One thing that can be done by telephone in the agent's state. */
  private telephone(agentId: string): void {
    const { world, random } = this;
    const { state, calls } = world.centre.of(agentId);
    if (calls.size > 0) return;
    const { agent } = world.cluster.master.load(agentId);
    this.count(phaseKinds[agent.phase.name], agentId);
    if (state === AgentState.LOGOUT) world.signIn(agentId);
    else if (random.chance(0.3)) this.signOutAndIn(agentId);
    else if (state === AgentState.NOT_READY) world.goReady(agentId);
    else world.goNotReady(agentId);
  }

  /** Most sign in again, some within moments. */
  private signOutAndIn(agentId: string): void {
    const { world, random } = this;
    world.signOut(agentId);
    if (!random.chance(0.8)) return;
    this.in(random.pick([random.between(20, 2_000), random.between(2_000, 60_000)]), () => {
      if (!world.centre.isSignedIn(agentId)) world.signIn(agentId);
    });
  }

  private in(ms: number, act: () => void): void {
    const { time } = this.world.stage;
    time.after(ms, time.world, act);
  }

  private at(ms: number, act: () => void): void {
    this.in(ms - this.world.stage.time.now, act);
  }

  private count(kind: DayKind, who: string): void {
    this.world.stage.inject(kind, who);
  }
}

/** When everything that belongs to it has happened. */
function lastOf(event: DayEvent): number {
  switch (event.kind) {
    case 'shiftEnd':
      return event.at + event.spreadMs + event.closesMsMax;
    case 'lunch':
      return event.at + event.spreadMs + 3_000 + event.awayMsMax;
    case 'telephones':
      // Who signed out last signs in again within a minute.
      return event.until + 60_000;
  }
}
