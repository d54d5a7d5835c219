import { type FedDesktop } from '#presence/presence-feed';
import { type EndedHow } from './oracle-log';
import { type Plan } from './plan';
import { type Random } from '../kit/random';
import { type ServerProcess } from './server-process';
import { type World } from './world';

/** A desktop counts as open for so long without another report (FEED_LEASE_MS)… */
export const feedLeaseMs = 60_000;
/** …and is reported again this often. */
const reportMs = 15_000;
const answerMsMax = 5_000;
const againMs = 3_000;
const wayMsMax = 40;
/** The longest that a desktop of the feed is open. */
export const openMsMax = 240_000;
const feed = 'f';

/** What the source knows of one desktop. */
interface Fed {
  readonly agentId: string;
  isOpen: boolean;
  /** A server holds less than it was told of: heartbeats do not do. */
  isMissed: boolean;
  /** Counts changes; what belongs to an earlier one is void. */
  turn: number;
  /** As the oracle names the desktop while a server has accepted it; null: none has. */
  accepted: {
    readonly desktop: string;
    readonly serverId: string;
    readonly sentAt: number;
    readonly isGated: boolean;
  } | null;
  names: number;
}

/**
 * Presence that is known elsewhere, and reported to a server of ours: by a source that moves from one server to another,
 * reports a desktop twice or late, and stops for a while. It renews what it reported by reporting it again, or reports it once
 * to each server to which it moves and then sends heartbeats. A desktop of it is acknowledged from when a server accepted it
 * until it is gone, its lease has ended without another report or heartbeat that was accepted, or a server answered that it
 * cannot.
 */
export class FeedSource {
  private server: ServerProcess | undefined;
  private stopsUntil = 0;
  private readonly desktops: Fed[] = [];
  private readonly until: number;
  private readonly hasHeartbeats: boolean;

  constructor(
    private readonly world: World,
    private readonly random: Random,
    agentIds: readonly string[],
    { activeMs, days }: Plan,
  ) {
    this.until = activeMs;
    this.hasHeartbeats = days.feedHeartbeats;
    for (const agentId of agentIds) {
      world.addAgent(agentId);
      const fed: Fed = { agentId, isOpen: false, isMissed: false, turn: 0, accepted: null, names: 0 };
      this.desktops.push(fed);
      this.in(random.between(1_000, 15_000), () => {
        this.open(fed);
      });
    }
    this.in(random.between(10_000, 60_000), () => {
      this.move();
    });
    if (this.hasHeartbeats) this.in(reportMs, this.beat);
  }

  /** From one server to another, or silent for a while. */
  private move(): void {
    const { random, world } = this;
    const { time } = world.stage;
    if (time.now > this.until) return;
    if (random.chance(0.3)) {
      world.stage.inject('feed stops', feed);
      this.stopsUntil = time.now + random.between(20_000, 120_000);
    } else this.choose();
    this.in(random.between(10_000, 60_000), () => {
      this.move();
    });
  }

  private choose(): void {
    const { world, random } = this;
    const alive = world.servers.filter(({ process, isStopping }) => process.isAlive && !isStopping);
    const others = alive.filter((server) => server !== this.server);
    const next = others.length > 0 ? random.pick(others) : alive[0];
    if (next !== this.server) world.stage.inject('feed moves', next?.serverId ?? 'nowhere');
    this.server = next;
  }

  /** Renews all that the server was told of; what it does not hold is reported again. */
  private readonly beat = (): void => {
    const { time } = this.world.stage;
    this.in(reportMs, this.beat);
    if (time.now < this.stopsUntil) return;
    const sentAt = time.now;
    const held = this.desktops
      .filter(({ accepted }) => accepted !== null && accepted.serverId === this.server?.serverId)
      .map((fed) => ({ fed, turn: fed.turn }));
    this.ask(
      (server) => Promise.resolve(server.fedHeartbeat(feed)),
      (renewed, serverId) => {
        if (renewed === undefined || serverId === undefined) this.choose();
        for (const { fed, turn } of held) {
          if (serverId === undefined || fed.turn !== turn || fed.accepted?.serverId !== serverId) continue;
          if (renewed === undefined || renewed < held.length) fed.isMissed = true;
          else this.accept(fed, serverId, sentAt);
        }
      },
    );
  };

  private open(fed: Fed): void {
    const { random } = this;
    fed.isOpen = true;
    fed.turn += 1;
    this.report(fed, fed.turn);
    const { turn } = fed;
    // Some stay open for longer than a lease and a grace together.
    this.in(random.chance(0.2) ? openMsMax : random.between(5_000, 90_000), () => {
      if (fed.turn === turn) this.close(fed);
    });
  }

  /** Gone, and perhaps back after a while. */
  private close(fed: Fed): void {
    const { random, world } = this;
    const isOver = world.stage.time.now > this.until;
    fed.isOpen = false;
    fed.turn += 1;
    const cause = random.pick(['bye', 'lost'] as const);
    this.end(fed, cause === 'bye' ? 'bye' : 'gone', world.stage.time.now);
    const serverIds = world.servers.map(({ serverId }) => serverId);
    world.stage.see({ at: world.stage.time.now, what: 'toldGone', agentId: fed.agentId, serverIds });
    this.tellGone(fed, fed.turn, cause);
    if (isOver || random.chance(0.3)) return;
    const { turn } = fed;
    // Reports of one desktop are in order: the next one leaves when the last one can have arrived.
    this.in(random.between(answerMsMax + againMs, 100_000), () => {
      if (fed.turn === turn) this.open(fed);
    });
  }

  private report(fed: Fed, turn: number): void {
    const { world, random } = this;
    const { time } = world.stage;
    if (fed.turn !== turn) return;
    const again = (ms: number): void => {
      this.in(ms, () => {
        this.report(fed, turn);
      });
    };
    if (time.now < this.stopsUntil) {
      again(againMs);
      return;
    }
    if (
      this.hasHeartbeats &&
      !fed.isMissed &&
      fed.accepted?.serverId === this.server?.serverId &&
      fed.accepted !== null
    ) {
      // Heartbeats renew it; until the source moves.
      again(againMs);
      return;
    }
    const sentAt = time.now;
    const isTwice = random.chance(0.1);
    if (isTwice) world.stage.inject('feed repeats', fed.agentId);
    for (let n = 0; n < (isTwice ? 2 : 1); n++)
      this.ask(
        (server) => server.fedAvailable(this.nameOf(fed)),
        (answer, serverId) => {
          if (fed.turn !== turn || n > 0) return;
          if (answer?.kind === 'accepted' && serverId !== undefined) this.accept(fed, serverId, sentAt);
          else {
            this.end(fed, answer === undefined ? 'silent' : 'outOfService', fed.accepted?.sentAt ?? sentAt);
            this.choose();
          }
          again(answer?.kind === 'accepted' && !this.hasHeartbeats ? reportMs : againMs);
        },
      );
  }

  private accept(fed: Fed, serverId: string, sentAt: number): void {
    const { stage } = this.world;
    const at = stage.time.now;
    const before = fed.accepted;
    const { agentId } = fed;
    fed.names += 1;
    const desktop = `${feed}-${agentId}#${String(fed.names)}`;
    const side = this.sideOf(serverId);
    // Accepted is not acknowledged: a report waits for no outcome of a request (rule GATE), so until it is known nothing new is promised.
    const isIssuing = this.world.cluster.master.load(agentId).agent.phase.name === 'issuing';
    const isGated = isIssuing && (before === null || before.isGated);
    fed.accepted = { desktop, serverId, sentAt, isGated };
    fed.isMissed = false;
    if (isGated) stage.see({ at, what: 'tried', agentId, desktop, side });
    else stage.see({ at, what: 'acknowledged', agentId, desktop, side, serverId });
    // The same desktop, from now on by another report.
    if (before !== null) stage.see({ at, what: 'ended', agentId, desktop: before.desktop, how: 'closed', heardAt: at });
    this.in(sentAt + feedLeaseMs - at, () => {
      if (fed.accepted?.desktop === desktop) this.end(fed, 'silent', sentAt);
    });
  }

  private end(fed: Fed, how: EndedHow, heardAt: number): void {
    const { stage } = this.world;
    if (fed.accepted === null) return;
    const { desktop } = fed.accepted;
    fed.accepted = null;
    stage.see({ at: stage.time.now, what: 'ended', agentId: fed.agentId, desktop, how, heardAt });
  }

  private tellGone(fed: Fed, turn: number, cause: 'bye' | 'lost'): void {
    this.ask(
      (server) => server.fedGone(this.nameOf(fed), cause),
      (answer) => {
        if (answer?.kind === 'accepted' || fed.turn !== turn) return;
        this.choose();
        this.in(againMs, () => {
          if (fed.turn === turn) this.tellGone(fed, turn, cause);
        });
      },
    );
  }

  /** `done` gets undefined when no answer came in time. */
  private ask<Answer>(
    asked: (server: ServerProcess) => Promise<Answer>,
    done: (answer: Answer | undefined, serverId?: string) => void,
  ): void {
    const { world, random } = this;
    const { time } = world.stage;
    if (this.server?.process.isAlive !== true) this.choose();
    const { server } = this;
    let isDone = false;
    const finish = (answer: Answer | undefined): void => {
      if (isDone) return;
      isDone = true;
      done(answer, server?.serverId);
    };
    this.in(answerMsMax, () => {
      finish(undefined);
    });
    if (server === undefined) return;
    const isLate = random.chance(0.1);
    if (isLate) world.stage.inject('feed late', server.serverId);
    time.after(random.between(1, isLate ? answerMsMax / 2 : wayMsMax), server.process, () => {
      void asked(server).then((answer) => {
        time.after(random.between(1, wayMsMax), time.world, () => {
          finish(answer);
        });
      });
    });
  }

  private nameOf({ agentId }: Fed): FedDesktop {
    return { agentId, desktopId: 'x', feed };
  }

  private sideOf(serverId: string): 'primary' | 'secondary' {
    return serverId.startsWith('primary') ? 'primary' : 'secondary';
  }

  private in(ms: number, act: () => void): void {
    const { time } = this.world.stage;
    time.after(ms, time.world, act);
  }
}
