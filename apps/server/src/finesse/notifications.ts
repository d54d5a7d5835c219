import { type Side } from '#domain/agent';
import { type PubsubComponent } from '#presence/xmpp/pubsub-component';
import { type AgentLink, type Standing } from '#store/link-call';
import { type SideSign, type SideSigns } from '#store/side-signs';
import { type AgentProfile } from '#config/agents-file';
import { type Logger } from 'pino';
import { CallMemory, endings } from './call-memory';
import { type FinesseEvent, type FinesseEvents } from './finesse-events';
import { OpenRequests } from './open-requests';
import { SideBoard } from './side-board';
import {
  dialogNotifications,
  failureNotification,
  isUserChanged,
  type Notification,
  systemInfoNotification,
  userNotification,
} from './standing-news';
import { type FinesseServiceState, type SystemInfo } from './system-info-document';

/**
 * Tells agents by XMPP what becomes of them: their state, their calls, the service of their side.
 *
 * Every server follows its side's link and every server's requests all the time; the one that has the component's name
 * sends. A server wants the name while it is in service and hears nobody who has it. One that goes out of service keeps
 * the name for as long as it takes to tell so, and lets go of it as soon as another one serves. Whoever gets the name
 * tells all agents that are present how they stand, and so does the one whose link was interrupted: events that nobody
 * sent are made good by that.
 */

const lookEveryMs = 250;
const signEveryMs = 1_000;
/** A server that is out of service, and hears no other, has told everybody by then: another one may not be heard by it. */
const lingerMsMax = 5_000;
/** The link's news of a change may come after the answer that it is done. */
const doneWaitMs = 300;
/** Well above the 12 000 agents of the largest peripheral. */
const toldEarlyMax = 20_000;
/** Agents that are looked at at once while all are told anew. */
const looksAtOnce = 8;

export interface NotificationsParts {
  readonly component: Pick<PubsubComponent, 'ask' | 'rest' | 'publish' | 'whenSent' | 'holdsName'>;
  readonly link: Pick<AgentLink, 'look' | 'follow'>;
  readonly events: Pick<FinesseEvents, 'follow'>;
  readonly signs: Pick<SideSigns, 'follow' | 'tell' | 'agents'>;
  readonly service: () => FinesseServiceState;
  readonly profileOf: (agentId: string) => AgentProfile;
  /** As GET /finesse/api/SystemInfo answers it, with that service. */
  readonly systemInfo: (service: FinesseServiceState) => SystemInfo;
  /** Agents who have a desktop as this server sees it. */
  readonly presentAgents: () => readonly string[];
  readonly domain: string;
  /** The accounts by which this agent is reached: what stands before the `@`. */
  readonly accountsOf: (agentId: string) => readonly string[];
  /** As in `SideSign`. */
  readonly componentName: string;
  readonly side: Side;
  readonly serverId: string;
  readonly log: Logger;
  readonly monotonicMs: () => number;
}

export class Notifications {
  private readonly requests: OpenRequests;
  private readonly board: SideBoard;
  private readonly calls: CallMemory;
  private readonly sides = new Map<string, Side>();
  /** What each side's agents were told last, by this process while it has the name. */
  private readonly told = new Map<Side, string>();
  /** Agents who were told how they stand before the link's own news of it came. */
  private readonly toldEarly = new Map<string, Standing>();
  private readonly stops: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private lastSign: { readonly text: string; readonly atMs: number } | undefined;
  private outSinceMs: number | undefined;
  /** Counts the rounds in which all are told anew: a new one ends the one before. */
  private round = 0;

  constructor(private readonly parts: NotificationsParts) {
    this.requests = new OpenRequests(parts.monotonicMs);
    this.calls = new CallMemory(parts.monotonicMs);
    this.board = new SideBoard(parts.serverId, parts.componentName, parts.monotonicMs());
  }

  start(): void {
    const { link, events, signs, log, monotonicMs } = this.parts;
    this.stops.push(
      link.follow({
        changed: (before, after) => {
          this.changed(before, after);
        },
        service: ({ inService }) => {
          if (inService) this.tellAnew();
        },
      }),
      events.follow((event) => {
        this.heard(event);
      }),
    );
    const listener = {
      sign: (sign: SideSign): void => {
        if (sign.serverId !== this.parts.serverId) this.board.heard(sign, monotonicMs());
      },
      signedIn: (agentId: string, side: Side): void => {
        this.sides.set(agentId, side);
      },
    };
    signs.follow(listener).catch((error: unknown) => {
      log.error({ err: error }, 'signs of other servers cannot be heard; both sides may ask for the name all the time');
    });
    this.timer = setInterval(() => {
      this.look();
    }, lookEveryMs);
  }

  /** Says that this server does not serve any more, sends what waits and lets go of the name. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    const nowMs = this.parts.monotonicMs();
    this.giveSign({ status: 'OUT_OF_SERVICE', why: 'The server is being stopped.' }, nowMs);
    if (this.parts.component.holdsName) this.tellServices(nowMs);
    this.round += 1;
    for (const stop of this.stops.splice(0)) stop();
    await this.parts.component.rest();
  }

  /** The name is ours, or events were lost: every agent is told how things stand. */
  tellAnew(): void {
    this.told.clear();
    this.round += 1;
    if (!this.parts.component.holdsName) return;
    void this.tellAllAnew(this.round).catch((error: unknown) => {
      this.parts.log.error({ err: error }, 'agents could not be told anew');
    });
  }

  private async tellAllAnew(round: number): Promise<void> {
    const { signs, component, presentAgents, link } = this.parts;
    // Without Redis those that are known must do; it is out of service then, too.
    const sides = await signs.agents().catch(() => undefined);
    for (const [agentId, side] of sides ?? []) if (!this.sides.has(agentId)) this.sides.set(agentId, side);
    for (const { after, dialog } of this.calls.takeMissed()) this.tellDialogs({ ...after, dialogs: [dialog] }, after);
    const agents = [...presentAgents()];
    const isOver = (): boolean => round !== this.round || !component.holdsName;
    const tellNext = async (): Promise<void> => {
      for (let agentId = agents.shift(); agentId !== undefined && !isOver(); agentId = agents.shift()) {
        const looked = await link.look(agentId);
        if (isOver() || looked.kind !== 'known') continue;
        this.tellUser(looked.standing);
        this.tellDialogsAnew(looked.standing);
        await component.whenSent();
      }
    };
    await Promise.all(Array.from({ length: looksAtOnce }, tellNext));
  }

  private changed(before: Standing | undefined, after: Standing): void {
    const early = this.toldEarly.get(after.agentId);
    this.toldEarly.delete(after.agentId);
    const isTold = early !== undefined && !isUserChanged(early, after);
    if (!isTold && isUserChanged(before, after)) this.tellUser(after, this.requests.claim(after));
    this.tellDialogs(before ?? this.calls.known(after.agentId), after);
  }

  private tellUser(standing: Standing, requestId = ''): void {
    this.send(standing.agentId, userNotification(this.parts.profileOf(standing.agentId), standing, requestId));
  }

  private tellDialogs(before: Standing | undefined, after: Standing): void {
    this.calls.note(after);
    for (const notification of dialogNotifications(before, after)) this.send(after.agentId, notification);
    if (this.parts.component.holdsName) return;
    for (const ending of endings(before, after)) this.calls.miss(ending);
  }

  /** All calls that the agent is on, as if they had just begun, and the end of those that we knew. */
  private tellDialogsAnew(now: Standing): void {
    const over = endings(this.calls.known(now.agentId), now).map(({ dialog }) => dialog);
    this.tellDialogs({ ...now, dialogs: over }, now);
  }

  private heard(event: FinesseEvent): void {
    const { agentId, requestId = '', action } = event;
    switch (event.kind) {
      case 'asked':
        this.requests.asked(agentId, requestId, action);
        return;
      case 'done':
        setTimeout(() => {
          void this.closeDone(agentId, requestId);
        }, doneWaitMs);
        return;
      case 'failed':
        this.requests.close(agentId, requestId);
        this.send(agentId, failureNotification(agentId, event.error, requestId));
    }
  }

  /**
   * Done. Without news of a change an agent who is signed in signed in again and waits to be told so, or the news is late: it
   * may come while the link is asked.
   */
  private async closeDone(agentId: string, requestId: string): Promise<void> {
    const { component, link } = this.parts;
    const looked =
      component.holdsName && !this.requests.isTold(agentId, requestId) ? await link.look(agentId) : undefined;
    if (this.requests.close(agentId, requestId) || looked?.kind !== 'known') return;
    if (this.toldEarly.size < toldEarlyMax) this.toldEarly.set(agentId, looked.standing);
    this.tellUser(looked.standing, requestId);
  }

  private send(agentId: string, { node, payload }: Notification): void {
    const { component, accountsOf, domain } = this.parts;
    for (const account of accountsOf(agentId)) component.publish({ to: `${account}@${domain}`, node, payload });
  }

  /** Looks how this server and the others are: gives a sign of life, takes the name or lets go of it, tells of a change. */
  private look(): void {
    const { component, service, monotonicMs } = this.parts;
    const nowMs = monotonicMs();
    const own = service();
    this.giveSign(own, nowMs);
    if (component.holdsName) this.tellServices(nowMs);
    if (own.status === 'IN_SERVICE') {
      this.outSinceMs = undefined;
      const isOthers = component.holdsName ? this.board.elderNotifies(nowMs) : this.board.otherNotifies(nowMs);
      if (isOthers) void component.rest();
      else component.ask();
      return;
    }
    this.outSinceMs ??= nowMs;
    const isOver = nowMs - this.outSinceMs >= lingerMsMax || this.board.otherServesSince(this.outSinceMs);
    if (!component.holdsName || isOver) void component.rest();
  }

  private giveSign(own: FinesseServiceState, nowMs: number): void {
    const { signs, serverId, side, component, componentName } = this.parts;
    const inService = own.status === 'IN_SERVICE';
    const why = own.status === 'IN_SERVICE' ? '' : own.why;
    const notifies = component.holdsName;
    const sign: SideSign = { serverId, side, inService, why, component: componentName, notifies };
    this.board.heard(sign, nowMs);
    const text = JSON.stringify(sign);
    if (text === this.lastSign?.text && nowMs - this.lastSign.atMs < signEveryMs) return;
    this.lastSign = { text, atMs: nowMs };
    // Redis away: the others see us silent, as they should.
    signs.tell(sign).catch(() => undefined);
  }

  private tellServices(nowMs: number): void {
    const { systemInfo, side: ownSide, presentAgents } = this.parts;
    for (const side of ['primary', 'secondary'] as const) {
      const service = this.board.statusOf(side, nowMs);
      if (service === undefined || this.told.get(side) === service.status) continue;
      this.told.set(side, service.status);
      const notification = systemInfoNotification(systemInfo(service));
      const agents = new Set([...this.sides].flatMap(([agentId, at]) => (at === side ? [agentId] : [])));
      // Whoever has signed in at no side hears of the side of the server that sends.
      if (side === ownSide) for (const agentId of presentAgents()) if (!this.sides.has(agentId)) agents.add(agentId);
      for (const agentId of agents) this.send(agentId, notification);
    }
  }
}
