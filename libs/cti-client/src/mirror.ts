/**
 * What the CTI server last told about agents and their calls. Pure: messages in, views and events out; no socket, no
 * clock. It never guesses. An agent is *known* only when everything was told since the last gap:
 *
 * - signed out: an event or a query said LOGOUT;
 * - signed in: an event or a query told the state on the voice domain, **and** a snapshot told the calls of its device
 *   (GED-188: there is no replay of states: SNAPSHOT_DEVICE). From then on events keep it up to date.
 *
 * A gap (link lost, peripheral or gateway off line) empties the mirror: a call may have begun or ended unseen, and a call
 * whose END_CALL_EVENT was missed would never end. Only devices of agents whose calls were asked for are watched, so that
 * the calls kept are those of agents somebody cares for.
 */
import { EventEmitter } from 'node:events';
import { AgentState } from '#cti-protocol/enumerations';
import { type Message, type MessageOf } from '#cti-protocol/messages';
import { type AgentFacts, type AgentView, isSameView, isStateOnCall, makeView, reasonIn } from './agent-view';
import { type BookChange, CALLS_MAX, CallBook, callKey, type Connection } from './call-book';
import { type CallChange, peripheralOf, readCallEvent } from './call-events';
import { type DomainState, DomainStates } from './domain-states';

/** The media routing domain of voice calls (GED-188). The other domains say nothing about the phone. */
export const VOICE_MRD_ID = 1;
/** "No state" on the wire (GED-188). */
const NULL_STATE = 0xffff;
/** Whoever waits for one agent listens for a while: about as many as there are requests at once. */
const LISTENERS_MAX = 1_000;
/** Well above the 12 000 agents of the largest peripheral. */
export const AGENTS_MAX = 20_000;

export interface MirrorOptions {
  peripheralId: number;
  voiceMrdId?: number;
  agentsMax?: number;
  callsMax?: number;
}

export interface MirrorEvents {
  /** A known agent changed. `before` is undefined when it was not known. */
  agentChanged: [before: AgentView | undefined, after: AgentView];
  /** Every voice state that was told, changed or not: a repeated event may be the proof that a request waits for. */
  stateTold: [agentId: string, state: number, reasonCode: number, nextState: number | undefined];
  /** A state on another media routing domain, which decides nothing. */
  domainTold: [agentId: string, told: DomainState];
  /** Calls of this device are not followed any more. */
  deviceReleased: [device: string];
  /** One agent is no longer known (it moved to another device, or there was no room for its call): ask again. */
  agentUnknown: [before: AgentView];
  /** Nothing is known any more. `watched` are the agents whose calls were being followed. */
  gap: [why: string, watched: readonly string[]];
}

/** A snapshot that is on its way: what it will say is older than the events that overtake it. */
export interface SnapshotTicket {
  readonly agentId: string;
  readonly device: string;
  readonly since: number;
  /** Keys of connections that ended after the snapshot was asked for. */
  readonly gone: Set<string>;
}

/** What an event or an answer told of an agent. `device`: extension and instrument. */
interface ToldFacts {
  readonly state: number;
  readonly reasonCode: number;
  readonly nextState: number | undefined;
  readonly device: readonly [string | undefined, string | undefined];
}

interface AgentRecord {
  facts: AgentFacts;
  callsKnown: boolean;
}

export class Mirror extends EventEmitter<MirrorEvents> {
  private readonly agents = new Map<string, AgentRecord>();
  private readonly agentIdsByIcmId = new Map<number, string>();
  private readonly watchers = new Map<string, string>();
  private readonly views = new Map<string, AgentView>();
  private readonly tickets = new Set<SnapshotTicket>();
  private readonly book: CallBook;
  private readonly domains: DomainStates;
  private readonly peripheralId: number;
  private readonly voiceMrdId: number;
  private readonly agentsMax: number;

  constructor(options: MirrorOptions) {
    super();
    this.setMaxListeners(LISTENERS_MAX);
    this.peripheralId = options.peripheralId;
    this.voiceMrdId = options.voiceMrdId ?? VOICE_MRD_ID;
    this.agentsMax = options.agentsMax ?? AGENTS_MAX;
    this.book = new CallBook(options.callsMax ?? CALLS_MAX);
    this.domains = new DomainStates(this.agentsMax);
  }

  /** How much is held, for metrics. */
  get size(): { agents: number; known: number; calls: number; snapshots: number; onOtherDomains: number } {
    const { agents, views, book, tickets, domains } = this;
    return {
      agents: agents.size,
      known: views.size,
      calls: book.size,
      snapshots: tickets.size,
      onOtherDomains: domains.size,
    };
  }

  /** The agent, or undefined when it is not known since the last gap. */
  view(agentId: string): AgentView | undefined {
    return this.views.get(agentId);
  }

  /** Every agent whose state was told since the last gap, with or without its calls. */
  *states(): Iterable<{ readonly agentId: string; readonly state: number }> {
    for (const { facts } of this.agents.values()) yield { agentId: facts.agentId, state: facts.state };
  }

  /** The agent's states on media routing domains other than voice, as far as events told them since the last gap. */
  domainsOf(agentId: string): readonly DomainState[] {
    return this.domains.of(agentId);
  }

  /** The agent on whose behalf the calls of this device are followed. */
  watcherOf(device: string): string | undefined {
    return this.watchers.get(device);
  }

  /** ConnectionCallIDs of the open calls on a device. */
  callIdsOn(device: string): ReadonlySet<number> {
    return this.book.callIdsOf(device);
  }

  /** Agents whose state says "no call" although a call is open: a non-ACD call, or an end that was never told. */
  agentsInDoubt(): string[] {
    return [...this.views.values()]
      .filter((view) => view.onCall && !isStateOnCall(view.state))
      .map((view) => view.agentId);
  }

  /** Takes any message of the link; those about other peripherals change nothing, those about other domains no view. */
  apply(message: Message): void {
    if (peripheralOf(message) !== this.peripheralId) return;
    if (message.name === 'AGENT_STATE_EVENT') this.applyAgentState(message);
    else for (const change of readCallEvent(message)) this.applyCallChange(change);
  }

  /** The answer to a QUERY_AGENT_STATE_REQ about `agentId`. It tells no reason code: the known one is kept if the state is. */
  applyQuery(agentId: string, conf: MessageOf<'QUERY_AGENT_STATE_CONF'>): void {
    const { ICMAgentID, AgentState: state, AgentExtension, AgentInstrument } = conf;
    this.learn(agentId, ICMAgentID, { ...this.keptIn(agentId, state), device: [AgentExtension, AgentInstrument] });
  }

  /** The CTI server answered a query with "not logged on". */
  applyNotLoggedOn(agentId: string): void {
    this.learn(agentId, 0, { ...this.keptIn(agentId, AgentState.LOGOUT), device: [undefined, undefined] });
  }

  /**
   * To be called right before SNAPSHOT_DEVICE_REQ leaves: from here on events about the agent's device count.
   * Undefined when the agent is signed out, unknown, or on no device that was named.
   */
  beginSnapshot(agentId: string): SnapshotTicket | undefined {
    const facts = this.agents.get(agentId)?.facts;
    const device = facts?.instrument ?? facts?.extension;
    if (facts === undefined || device === undefined || facts.state === AgentState.LOGOUT) return undefined;
    for (const each of devicesOf(facts)) this.watchers.set(each, agentId);
    const ticket: SnapshotTicket = { agentId, device, since: this.book.changeCount, gone: new Set() };
    this.tickets.add(ticket);
    return ticket;
  }

  /** The snapshot's answer: the calls of the device as they were, corrected by the events since. */
  completeSnapshot(ticket: SnapshotTicket, calls: readonly Connection[]): void {
    const record = this.agents.get(ticket.agentId);
    if (!this.tickets.delete(ticket) || record === undefined) return;
    if (!devicesOf(record.facts).includes(ticket.device)) return;
    const open = calls.filter((call) => !ticket.gone.has(callKey(call)));
    const keep = new Set(open.map(callKey));
    for (const device of devicesOf(record.facts)) this.book.retain(device, keep, ticket.since);
    record.callsKnown = true;
    for (const call of open) this.afterBookChange(this.book.link(call, [ticket.device]));
    this.refresh(ticket.agentId);
  }

  /** The snapshot will not be answered. What was known before stays known. */
  abandonSnapshot(ticket: SnapshotTicket): void {
    this.tickets.delete(ticket);
  }

  /** A gap: forgets everything. */
  forgetAll(why: string): void {
    const watched = [...new Set(this.watchers.values())];
    this.agents.clear();
    this.agentIdsByIcmId.clear();
    this.watchers.clear();
    this.views.clear();
    this.tickets.clear();
    this.book.clear();
    this.domains.clear();
    this.emit('gap', why, watched);
  }

  private applyAgentState(event: MessageOf<'AGENT_STATE_EVENT'>): void {
    const agentId = event.AgentID ?? this.agentIdsByIcmId.get(event.ICMAgentID);
    if (agentId === undefined || agentId === '') return;
    if (event.MRDID !== this.voiceMrdId) {
      this.applyOtherDomain(agentId, event);
      return;
    }
    const { ICMAgentID, AgentState: state, EventReasonCode, AgentExtension, AgentInstrument } = event;
    const nextState = event.NextAgentState === NULL_STATE ? undefined : event.NextAgentState;
    const told: ToldFacts = {
      state,
      reasonCode: EventReasonCode,
      nextState,
      device: [AgentExtension, AgentInstrument],
    };
    this.learn(agentId, ICMAgentID, told);
    this.emit('stateTold', agentId, state, reasonIn(state, EventReasonCode), nextState);
  }

  private applyOtherDomain(agentId: string, event: MessageOf<'AGENT_STATE_EVENT'>): void {
    const { MRDID: mrdId, AgentState: state } = event;
    const told: DomainState = { mrdId, state, reasonCode: reasonIn(state, event.EventReasonCode) };
    if (state === AgentState.LOGOUT) this.domains.remove(agentId, mrdId);
    else this.domains.put(agentId, told);
    this.emit('domainTold', agentId, told);
  }

  /** What a query does not tell: it is kept where the state is the same. */
  private keptIn(agentId: string, state: number): Pick<ToldFacts, 'state' | 'reasonCode' | 'nextState'> {
    const known = this.agents.get(agentId)?.facts;
    if (known?.state !== state) return { state, reasonCode: 0, nextState: undefined };
    return { state, reasonCode: known.reasonCode, nextState: known.nextState };
  }

  private learn(agentId: string, icmAgentId: number, told: ToldFacts): void {
    const record = this.agents.get(agentId) ?? this.admit(agentId, icmAgentId);
    if (record === undefined) return;
    const before = record.facts;
    const { state, reasonCode, nextState } = told;
    const [extension, instrument] = told.device;
    const facts: AgentFacts = {
      agentId,
      state,
      reasonCode: reasonIn(state, reasonCode),
      nextState,
      // A sign-out may be told without the device; an event without it says nothing about it.
      extension: extension === undefined || extension === '' ? before.extension : extension,
      instrument: instrument === undefined || instrument === '' ? before.instrument : instrument,
    };
    record.facts = facts;
    const moved = devicesOf(facts).join(' ') !== devicesOf(before).join(' ');
    if (facts.state === AgentState.LOGOUT || moved) this.unwatch(record, before);
    this.refresh(agentId);
  }

  private admit(agentId: string, icmAgentId: number): AgentRecord | undefined {
    if (this.agents.size >= this.agentsMax) return undefined;
    const facts: AgentFacts = {
      agentId,
      state: AgentState.UNKNOWN,
      reasonCode: 0,
      nextState: undefined,
      extension: undefined,
      instrument: undefined,
    };
    const record: AgentRecord = { facts, callsKnown: false };
    this.agents.set(agentId, record);
    if (icmAgentId > 0) this.agentIdsByIcmId.set(icmAgentId, agentId);
    return record;
  }

  private unwatch(record: AgentRecord, facts: AgentFacts): void {
    record.callsKnown = false;
    // A snapshot on its way would tell of a time before this, and its device is not watched any more.
    for (const ticket of this.tickets) if (ticket.agentId === facts.agentId) this.tickets.delete(ticket);
    for (const device of devicesOf(facts)) {
      if (this.watchers.get(device) !== facts.agentId) continue;
      this.watchers.delete(device);
      this.book.forgetDevice(device);
      this.emit('deviceReleased', device);
    }
  }

  private applyCallChange(change: CallChange): void {
    switch (change.kind) {
      case 'joined':
        this.afterBookChange(this.book.link(change.connection, this.watchedOf(change.devices)));
        return;
      case 'left':
        this.noteGone(change.connection, change.device);
        this.afterBookChange(this.book.leave(change.connection, change.device));
        return;
      case 'ended':
        this.noteGone(change.connection, undefined);
        this.afterBookChange(this.book.end(change.connection));
        return;
      case 'renamed': {
        this.noteGone(change.from, undefined);
        this.afterBookChange(this.book.rename(change.from, change.to));
        // A call that moved to another device is that device's call now.
        const arrived = change.to.deviceId === change.from.deviceId ? [] : this.watchedOf([change.to.deviceId]);
        this.afterBookChange(this.book.link(change.to, arrived));
        return;
      }
    }
  }

  private watchedOf(devices: readonly string[]): string[] {
    return devices.filter((device) => this.watchers.has(device));
  }

  private noteGone(connection: Connection, device: string | undefined): void {
    for (const ticket of this.tickets)
      if (device === undefined || device === ticket.device) ticket.gone.add(callKey(connection));
  }

  private afterBookChange(change: BookChange): void {
    for (const device of new Set(change.devices)) {
      const agentId = this.watchers.get(device);
      const record = agentId === undefined ? undefined : this.agents.get(agentId);
      if (record === undefined) continue;
      // No room for a call of this agent: better unknown than wrong.
      if (change.full) this.unwatch(record, record.facts);
      this.refresh(record.facts.agentId);
    }
  }

  private refresh(agentId: string): void {
    const record = this.agents.get(agentId);
    const before = this.views.get(agentId);
    const after = record === undefined ? undefined : this.lookAt(record);
    if (isSameView(before, after)) return;
    if (after === undefined) {
      this.views.delete(agentId);
      if (before !== undefined) this.emit('agentUnknown', before);
    } else {
      this.views.set(agentId, after);
      this.emit('agentChanged', before, after);
    }
  }

  private lookAt(record: AgentRecord): AgentView | undefined {
    const { facts } = record;
    // On no call of ours, even when its last call goes on without it (LOAD 1).
    if (facts.state === AgentState.LOGOUT) return makeView(facts, []);
    if (facts.state === AgentState.UNKNOWN || !record.callsKnown) return undefined;
    return makeView(facts, [...new Set(devicesOf(facts).flatMap((device) => this.book.callsOf(device)))]);
  }
}

const devicesOf = (facts: AgentFacts): string[] => [
  ...new Set([facts.instrument, facts.extension].filter((device) => device !== undefined)),
];
