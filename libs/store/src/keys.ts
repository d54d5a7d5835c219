import { type PhaseName, type Side } from '#domain/agent';

/** Hash by process id: for which peripheral each process acts. The only key that all peripherals of a Redis share. */
export const peripheralsKey = 'lastcall:peripherals';

/**
 * Every key and channel of one peripheral. They share the hash tag `{5000}`, and so one slot of a Redis Cluster: one
 * commit touches one slot. The queues have the same tag (libs/queue).
 */
export class Keys {
  private readonly tag: string;
  private readonly phases: Readonly<Record<PhaseName, string>>;

  constructor(peripheralId: number) {
    this.tag = `{${String(peripheralId)}}`;
    const phase = (name: PhaseName): string => `${this.tag}:phase:${name}`;
    this.phases = {
      unseen: phase('unseen'),
      present: phase('present'),
      grace: phase('grace'),
      held: phase('held'),
      issuing: phase('issuing'),
      settled: phase('settled'),
    };
  }

  /** String `<version>|<json>`: the record of an agent. */
  agent(agentId: string): string {
    return `${this.tag}:agent:${agentId}`;
  }
  /** String: how many lines of the journal were written about an agent, and what was left out. See agent-lines.lua.ts. */
  agentLines(agentId: string): string {
    return `${this.agent(agentId)}:lines`;
  }
  /** Sorted set of agents by the time since which lines about them are left out. No agent id has a colon. */
  get linesLeftOut(): string {
    return `${this.tag}:agent:lines:left-out`;
  }
  /** Agents in one phase: a sorted set where the phase has a time, else a set. See index-moves.ts. */
  phase(name: PhaseName): string {
    return this.phases[name];
  }
  /** Set of the agents whose record names a desktop of this server. */
  desktops(serverId: string): string {
    return `${this.tag}:desktops:${serverId}`;
  }
  /** Set of the agents with a desktop on that side, whichever servers hold them, less those known to be signed out. */
  present(side: Side): string {
    return `${this.tag}:present:${side}`;
  }
  /** Sorted set of agents by the time of their latest loss on that side, byes and operators' orders left out. */
  losses(side: Side): string {
    return `${this.tag}:losses:${side}`;
  }
  /** Sorted set of agents by the time of a loss on that side of whom it turned out that they had signed out. */
  cleared(side: Side): string {
    return `${this.tag}:cleared:${side}`;
  }
  /** Sorted set of agents to whom Ready is to be given back, by the time after which it is not any more. */
  get restores(): string {
    return `${this.tag}:restores`;
  }
  /** Set of agents in grace, held or issuing who lost their last desktop on that side. */
  absent(side: Side): string {
    return `${this.tag}:absent:${side}`;
  }
  /** Hash by process: the digest and the values of what it acts by, as JSON. */
  get policies(): string {
    return `${this.tag}:policies`;
  }
  /** Stream of everything that was decided. */
  get journal(): string {
    return `${this.tag}:journal`;
  }
  /** String: the hash of the journal's last line. */
  get journalHead(): string {
    return `${this.journal}:head`;
  }
  /** Hash serverId → `side|leaseEnd|asserted`. */
  get servers(): string {
    return `${this.tag}:servers`;
  }
  /** Hash {id, since, asserted}: the present life of the store. */
  get generation(): string {
    return `${this.tag}:generation`;
  }
  /** String: the last correction of store time (clock/store-time.ts). The last key of every script that asks for the time. */
  get clock(): string {
    return `${this.tag}:clock`;
  }
  /** Prefix of the windows in which requests are counted, and of the lines of those that were refused. */
  get issued(): string {
    return `${this.tag}:issued`;
  }
  /** String: written to see whether replicas take it. */
  get replicaCheck(): string {
    return `${this.tag}:replica-check`;
  }
  /** The windows in which a request of that side is counted; null: of no side. */
  issuedWindows(side: Side | null): string[] {
    const ofSide = side === null ? [] : [`${this.issued}:${side}:minute`, `${this.issued}:${side}:second`];
    return [`${this.issued}:second`, ...ofSide];
  }
  /** Sorted set of record keys by their turn: the line of those whom the limit of that side refused; null: of no side. */
  places(side: Side | null): string {
    return `${this.issued}:places:${side ?? ''}`;
  }
  /** String: the highest limit of that side's requests per minute, for a minute. */
  minuteMax(side: Side | null): string {
    return `${this.issued}:${side ?? ''}:minute:max`;
  }
  /** Hash {holder, token, until, inService}. */
  link(side: Side): string {
    return `${this.tag}:link:${side}`;
  }
  /** Hash agentId → `since|state`: agents signed in without a desktop, as that side's worker sees them. */
  withoutDesktop(side: Side): string {
    return `${this.tag}:without-desktop:${side}`;
  }
  /** Hash {version, agents}: every agent whom the CTI server named, as that side's worker knows it. */
  configuredAgents(side: Side): string {
    return `${this.tag}:configured-agents:${side}`;
  }
  /** Hash side → `since|by`. */
  get holds(): string {
    return `${this.tag}:holds`;
  }
  /** Hash side → until when (epoch ms) its losses are an outage, since it cannot let everybody in. */
  get overloads(): string {
    return `${this.tag}:overloads`;
  }
  /** Hash side → `since|overMs|by`: sides in maintenance. */
  get drains(): string {
    return `${this.tag}:drains`;
  }
  /** String agentId: a ticket that was given out and not taken yet, by its hash. */
  ticket(hash: string): string {
    return `${this.tag}:ticket:${hash}`;
  }
  /** Present while a token that was accepted once could be sent again, by its hash. */
  spentToken(hash: string): string {
    return `${this.tag}:spent:${hash}`;
  }
  /** Sorted set of the open sessions of the console, by their ends (epoch ms, by the clocks of consoles). */
  get consoleSessions(): string {
    return `${this.tag}:console-sessions`;
  }
  /** Hash side → `state|since|lost`. */
  get protections(): string {
    return `${this.tag}:protections`;
  }
  /** Channel on which last looks are asked. */
  get feedNotices(): string {
    return `${this.tag}:feed-notices`;
  }

  get lastLook(): string {
    return `${this.tag}:last-look`;
  }
  /** Channel on which one asker is answered. */
  lastLookAnswers(askerId: string): string {
    return `${this.tag}:last-look:${askerId}`;
  }
  /** Channel on which the holder of a side's link is called. */
  linkCalls(side: Side): string {
    return `${this.tag}:link-calls:${side}`;
  }
  /** Channel on which one caller is answered. */
  linkAnswers(callerId: string): string {
    return `${this.tag}:link-answers:${callerId}`;
  }
  /** Channel on which the holder of a side's link tells how it is, and of every change. */
  linkNews(side: Side): string {
    return `${this.tag}:link-news:${side}`;
  }
  /** String: how many wrong passwords of this agent in a row; it ends by itself. */
  wrongPasswords(agentId: string): string {
    return `${this.tag}:wrong-passwords:${agentId}`;
  }
  /** Channel on which servers tell each other what becomes of REST requests. */
  get restEvents(): string {
    return `${this.tag}:rest-events`;
  }
  /** Channel on which servers tell how they are, for notifications. */
  get sideSigns(): string {
    return `${this.tag}:side-signs`;
  }
  /** Hash agentId → side: where each agent signed in last through REST. */
  get sidesOfAgents(): string {
    return `${this.tag}:agent-sides`;
  }
  /** Channel on which servers are asked since when their desktops are open. */
  get openingTimes(): string {
    return `${this.tag}:opening-times`;
  }
  /** Channel on which one asker is answered. */
  openingTimesAnswers(askerId: string): string {
    return `${this.tag}:opening-times:${askerId}`;
  }
}
