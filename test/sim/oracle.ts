import { type Side } from '#domain/agent';
import { type JournalLine } from '#store/journal-line';
import { type ClockError, clockErrorOf } from './oracle-clock';
import { judgeGhosts } from './oracle-ghosts';
import { judgeJournal } from './oracle-journal';
import { type Observation } from './oracle-log';
import { judgePace } from './oracle-pace';
import { judgePhones } from './oracle-phones';
import { PolicyLog, type PolicyTimes } from './oracle-policies';
import { type OpenDesktop, type OracleRules, seconds, usualRules, type Violation } from './oracle-rules';

/**
 * The one oracle: judges I1 to I7 (docs/reliability.md) by what the desktops and the CTI server saw, on one clock, and by
 * the journal. Pure; the order of the lines is that of their times.
 *
 * What is promised to a desktop: from the moment it is told `opened` the agent is not signed out, for as long as the
 * desktop, by its own view, is open and acknowledged. By its own view that ends when it says bye, when it is no more, when
 * its connection is closed, when it is told `outOfService`, and when it has heard nothing for the time of detection: a
 * desktop that hears nothing of its server can rely on nothing. A loss that is seen late can only make a logout later: it
 * counts from when somebody saw it, so nothing here depends on when that was, but I3.
 */
export function judge(
  observations: readonly Observation[],
  journal: readonly JournalLine[],
  options: { readonly rules?: OracleRules; readonly endsAt: number; readonly journalEpochMs: number },
): Violation[] {
  const rules = options.rules ?? usualRules;
  const policies = new PolicyLog(observations, rules);
  const clockError = clockErrorOf(observations);
  const presence = new Presence(rules, policies, clockError);
  const found = observations.flatMap((observation) => presence.see(observation));
  return [
    ...found,
    ...judgeGhosts(observations, policies, { rules: policies.mostPatient(rules), endsAt: options.endsAt, clockError }),
    ...judgePhones(observations, policies, clockError),
    ...judgePace(observations, rules),
    ...judgeJournal(observations, journal, rules, options.journalEpochMs),
  ].sort((one, other) => one.at - other.at);
}

interface Ending {
  readonly at: number;
  /** The earliest time at which anybody can have seen it. */
  readonly boundAt: number;
  readonly serverId: string;
  readonly side: Side;
  readonly how: string;
  /** Another desktop ended shortly before, elsewhere, or others were told of its end: who saw the last one is not for its end to say. */
  readonly isOneOfSeveral: boolean;
  /** Servers that may have seen the last one. */
  readonly seenBy: readonly string[];
}

interface SeenAgent {
  readonly open: Map<string, OpenDesktop>;
  lastEnding: Ending | null;
  /** When the desktop that ended last was acknowledged. */
  acknowledgedAt: number;
  /** Since when the agent is signed out; null while signed in. */
  outSince: number | null;
  signedInAt: number;
  readonly calls: Map<number, number>;
  /** Effective changes since the agent was last present or signed in, by what was asked. */
  readonly effects: Map<string, number>;
}

/** I1, I2, I4 and I5: what each forced change meets when it arrives and when it has its effect. */
class Presence {
  private readonly agents = new Map<string, SeenAgent>();
  private readonly asked = new Map<number, string>();
  private readonly died = new Map<string, number>();
  private readonly sourcesAway = new Map<string, number>();
  private readonly lostWrites: { readonly from: number; readonly until: number }[] = [];

  constructor(
    private readonly rules: OracleRules,
    private readonly policies: PolicyLog,
    private readonly clockError: ClockError,
  ) {}

  see(observation: Observation): Violation[] {
    switch (observation.what) {
      case 'tried':
      case 'disturbed':
      case 'policy':
      case 'workerDied':
      case 'storeClockStepped':
        return [];
      case 'writesLost':
        this.lostWrites.push({ from: observation.at, until: observation.until });
        return [];
      case 'serverDied':
        this.died.set(observation.serverId, observation.at);
        return [];
      case 'sourceAway':
        this.sourcesAway.set(observation.serverId, observation.at);
        return [];
      case 'acknowledged': {
        const { desktop, side, serverId, at: since } = observation;
        const agent = this.of(observation.agentId);
        agent.open.set(desktop, { desktop, side, serverId, since });
        agent.effects.clear();
        return [];
      }
      case 'ended':
        this.end(observation);
        return [];
      case 'signedIn':
        Object.assign(this.of(observation.agentId), { outSince: null, signedInAt: observation.at });
        this.of(observation.agentId).effects.clear();
        return [];
      case 'signedOut':
        Object.assign(this.of(observation.agentId), { outSince: observation.at });
        return [];
      case 'becameReady':
      case 'becameNotReady':
        // By hand, so the agent is not in the state that a request led to: once Ready a ghost again, with LOAD 0; and once Not
        // Ready for another reason, a request whose answer was lost cannot be known to have had its effect.
        this.of(observation.agentId).effects.clear();
        return [];
      case 'callBegan':
        this.of(observation.agentId).calls.set(observation.callId, observation.at);
        // A call takes the agent out of the state that a request led to.
        this.of(observation.agentId).effects.clear();
        return [];
      case 'callEnded':
        this.of(observation.agentId).calls.delete(observation.callId);
        return [];
      case 'toldGone':
        this.toldGone(observation);
        return [];
      case 'requested':
        return this.requested(observation);
      case 'took':
        return this.took(observation);
    }
  }

  private end(observation: Extract<Observation, { what: 'ended' }>): void {
    const agent = this.of(observation.agentId);
    const open = agent.open.get(observation.desktop);
    if (open === undefined) return;
    agent.open.delete(observation.desktop);
    const { at, how, heardAt } = observation;
    // A desktop that went by itself knows when; of one that was cut off its server may have known since it last heard.
    const wentByItself = (how === 'bye' || how === 'gone') && at - heardAt < this.rules.detectionMs / 2;
    const boundAt = wentByItself ? at : heardAt;
    const before = agent.lastEnding;
    const isOneOfSeveral =
      before !== null && before.serverId !== open.serverId && at - before.at < 2 * this.rules.detectionMs;
    const seenBy = isOneOfSeveral ? [...before.seenBy, open.serverId] : [open.serverId];
    agent.lastEnding = { at, boundAt, how, serverId: open.serverId, side: open.side, isOneOfSeveral, seenBy };
    agent.acknowledgedAt = open.since;
  }

  /** A server that never accepted the desktop may be the one that saw its end. */
  private toldGone({ agentId, serverIds }: Extract<Observation, { what: 'toldGone' }>): void {
    const agent = this.of(agentId);
    if (agent.lastEnding === null) return;
    const seenBy = [...agent.lastEnding.seenBy, ...serverIds];
    agent.lastEnding = { ...agent.lastEnding, isOneOfSeveral: true, seenBy };
  }

  private requested(observation: Extract<Observation, { what: 'requested' }>): Violation[] {
    const { at, agentId, request, asked } = observation;
    this.asked.set(request, asked);
    const agent = this.of(agentId);
    const found: Violation[] = [];
    const call = [...agent.calls.values()].sort((one, other) => one - other)[0];
    if (call !== undefined && at - call > 2 * this.rules.wayMsMax) {
      const sentence = `request ${String(request)} (${asked}) reached the CTI server during a call that began ${seconds(at - call)} before`;
      found.push({ invariant: 'I5', at, agentId, sentence });
    }
    const { outSince } = agent;
    if (outSince !== null && at - outSince > 2 * this.rules.wayMsMax + this.rules.sendWindowMs) {
      const sentence = `request ${String(request)} (${asked}) came for an agent who has been signed out for ${seconds(at - outSince)}`;
      found.push({ invariant: 'I4', at, agentId, sentence });
    }
    return found;
  }

  private took(observation: Extract<Observation, { what: 'took' }>): Violation[] {
    const { at, agentId, request, became } = observation;
    const asked = this.asked.get(request) ?? 'nothing known';
    const agent = this.of(agentId);
    const found: Violation[] = [];
    const add = (invariant: Violation['invariant'], sentence: string): void => {
      found.push({ invariant, at, agentId, sentence: `request ${String(request)} (${asked}, ${became}) ${sentence}` });
    };
    for (const { desktop, side, since } of agent.open.values())
      add(
        'I1',
        `took effect while desktop ${desktop} on the ${side} side has been acknowledged for ${seconds(at - since)}`,
      );
    if (agent.open.size === 0 && agent.lastEnding !== null) {
      const graceMs = this.graceOf(agent, agent.lastEnding, at, asked);
      const { boundAt, how } = agent.lastEnding;
      if (
        at - boundAt < graceMs - this.clockError(at, graceMs) &&
        !this.isForgotten(agent.acknowledgedAt, agent.lastEnding.at)
      )
        add(
          'I2',
          `took effect ${seconds(at - boundAt)} after the last desktop ended (${how}); grace is ${seconds(graceMs)}`,
        );
    }
    const before = agent.effects.get(asked) ?? 0;
    agent.effects.set(asked, before + 1);
    if (before > 0) add('I4', `is the second effective one of its kind in one absence`);
    if (agent.calls.size > 0) add('I5', 'took effect during a call');
    if (became === 'loggedOut') agent.outSince = at;
    return found;
  }

  /** A store that forgot the return or the loss knows an older loss only: then I1 is promised, and I2 is not. */
  private isForgotten(acknowledgedAt: number, endedAt: number): boolean {
    const { detectionMs, wayMsMax } = this.rules;
    return this.lostWrites.some(
      ({ from, until }) => until > acknowledgedAt - detectionMs && from < endedAt + detectionMs + wayMsMax,
    );
  }

  /**
   * The longer grace where the server of the desktop is dead, too, and its lease has ended; and where its source went with it.
   * By the policy of that server, or of a worker where a sweep can have begun the loss, or a sign-in after it.
   */
  private graceOf({ signedInAt }: SeenAgent, ending: Ending, at: number, asked: string): number {
    const { graceServerLostMs, detectionMs } = this.rules;
    const { serverId, at: endedAt, boundAt, seenBy } = ending;
    const awayAt = this.sourcesAway.get(serverId);
    if (awayAt !== undefined && endedAt >= awayAt) return graceServerLostMs;
    const workers = this.policies.ofWorkers(boundAt, at);
    const earliest = (begunBy: readonly PolicyTimes[], grace: 'graceMs' | 'graceServerLostMs'): number =>
      this.policies.earliest(begunBy, grace, asked, workers);
    const swept = earliest(workers, 'graceServerLostMs');
    const signedIn =
      signedInAt > boundAt - detectionMs
        ? this.policies.earliest(workers, 'graceWithoutDesktopMs', asked, workers)
        : Number.POSITIVE_INFINITY;
    const seen = this.isSwept(ending, at)
      ? Number.POSITIVE_INFINITY
      : earliest(
          seenBy.flatMap((server) => this.policies.of(server, boundAt, at)),
          'graceMs',
        );
    return Math.min(seen, swept, signedIn);
  }

  private isSwept({ serverId, at: endedAt, isOneOfSeveral }: Ending, at: number): boolean {
    const { leaseMs, wayMsMax } = this.rules;
    const diedAt = this.died.get(serverId);
    if (diedAt === undefined || diedAt < endedAt - 1 || isOneOfSeveral) return false;
    return at > diedAt + leaseMs + 2 * wayMsMax;
  }

  private of(agentId: string): SeenAgent {
    const known = this.agents.get(agentId);
    if (known !== undefined) return known;
    const fresh: SeenAgent = {
      open: new Map(),
      lastEnding: null,
      acknowledgedAt: 0,
      outSince: null,
      signedInAt: Number.NEGATIVE_INFINITY,
      calls: new Map(),
      effects: new Map(),
    };
    this.agents.set(agentId, fresh);
    return fresh;
  }
}
