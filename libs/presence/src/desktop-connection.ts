import { type Logger } from 'pino';
import { type Cause, type Desktop } from '#domain/agent';
import { type WebSocket } from 'ws';
import { type ClientMessage, parseClientMessage, type ServerMessage } from './client-message';
import { closeCodes, type CloseName, reasonBytesMax } from './close-codes';
import { type Holding, newHolding } from './desktop-table';
import { type Bucket, fullBucket, messageRate, onEachFrame, take } from './message-rate';
import { type Service } from './lease';
import { type Opening, type PresenceDesk } from './presence-desk';
import { isSameSignIn, type SignIns, type SignInState } from './sign-ins';
import { judgeSilence, type Silence, type SilenceRule } from './silence';
import { type Ending, type Tally } from './tally';

/** A connection without an open message is of no use to anybody. */
export const openWaitMsMax = 5_000;

/** A peer that does not answer our close frame is cut off after this. */
export const farewellMsMax = 2_000;

/** How things stand at the server. Every desktop that comes by meets them, and none is at fault: no warnings by the thousand. */
const ownStates: readonly CloseName[] = ['stopping', 'tryAgain'];
const maintenanceSentence = 'maintenance: go to the other side';

export interface ConnectionParts {
  readonly desk: PresenceDesk;
  readonly tally: Tally;
  readonly log: Logger;
  readonly rule: SilenceRule;
  readonly service: () => Service;
  readonly signIns: SignIns;
  /** The connection is no desktop any more, whatever its socket still does. */
  readonly onEnd: (connection: DesktopConnection) => void;
}

export interface Identity {
  readonly agentId: string;
  /** Names this connection in records and journal; never used again. */
  readonly connection: string;
  /** Whoever has it may say bye for this connection, and for no other. */
  readonly byeToken: string;
  readonly side: Desktop['side'];
  readonly serverId: string;
  /** The address of the peer, which may be a proxy's; for the log. */
  readonly from: string;
}

/** What a desktop was last told: out of service, or acknowledged with an agent who is signed in or out. */
type Told = 'outOfService' | SignInState;

/** What the record says of a sign-in, the link of this side has heard by then, or it never will. */
export const newsMsMax = 1_000;

/** Where a connection is in its life; `told` is what the desktop was last told. */
type Phase =
  | { readonly name: 'connected'; readonly openTimer: NodeJS.Timeout }
  | { readonly name: 'opening'; readonly holding: Holding }
  | { readonly name: 'open'; readonly holding: Holding; readonly epoch: number; readonly told: Told }
  | { readonly name: 'ended' };

/**
 * One WebSocket of one desktop.
 *
 * It begins `connected` and must send `open` within five seconds. Then it is `opening`: the desktop is in the table and
 * its presence is told to the store; nothing is acknowledged while a request for the agent is on its way. With the
 * acknowledgement it is `open`, until it says bye, falls silent, breaks, misbehaves or is sent to the other side. In
 * `ended` nothing that it sends counts, and what its end means for the agent has been handed in exactly once.
 */
export class DesktopConnection {
  private phase: Phase;
  private silence: Silence;
  private bucket: Bucket;
  private signInTimer: NodeJS.Timeout | undefined;
  /** The desktop is to go to the other side, and why: from now on only a bye is a loss. */
  private leaving: 'stopped' | 'movedAway' | null = null;

  constructor(
    private readonly socket: WebSocket,
    readonly identity: Identity,
    private readonly parts: ConnectionParts,
  ) {
    const nowMs = performance.now();
    this.silence = { heardAt: nowMs, pingedAt: nowMs };
    this.bucket = fullBucket(messageRate, nowMs);
    const openTimer = setTimeout(() => {
      this.refuse('noOpen', `no open message within ${String(openWaitMsMax)} ms`);
    }, openWaitMsMax);
    this.phase = { name: 'connected', openTimer };
    onEachFrame(socket, () => {
      this.meter();
    });
    socket.on('message', (data, isBinary) => {
      if (this.phase.name !== 'ended') this.receive(data as Buffer, isBinary);
    });
    socket.on('close', (code) => {
      this.end('lost', { code });
    });
    // ws answers what breaks the protocol by itself (1002, 1007, 1009), and 'close' follows.
    socket.on('error', (error) => {
      this.parts.log.debug({ agentId: identity.agentId, err: error }, 'desktop connection broke');
    });
  }

  /** Applies the rule of silence; called at every tick. */
  tick(nowMs: number): void {
    if (this.phase.name === 'ended') return;
    switch (judgeSilence(this.silence, this.parts.rule, nowMs)) {
      case 'well':
        return;
      case 'pingDue':
        this.silence = { ...this.silence, pingedAt: nowMs };
        this.socket.ping();
        return;
      case 'dead':
        this.end('lost', { silentMs: Math.round(nowMs - this.silence.heardAt) });
        this.socket.terminate();
    }
  }

  /** The server itself stood still: what it did not hear in that time says nothing. */
  restartSilence(nowMs: number): void {
    this.silence = { ...this.silence, heardAt: nowMs };
  }

  /** Bye by another way: the page was left and its beacon came. */
  bye(): void {
    this.end('bye', { beacon: true });
    this.close('bye', 'bye');
  }

  /** This server can acknowledge nobody for now. The desktop may stay. */
  tellOutOfService(): void {
    if (this.phase.name !== 'open' || this.phase.told === 'outOfService') return;
    this.phase = { ...this.phase, told: 'outOfService' };
    this.send({ type: 'outOfService' });
  }

  /** What was acknowledged may not hold any more: look at the record again and tell the desktop if that matters to it. */
  async acknowledgeAgain(): Promise<void> {
    if (this.phase.name !== 'open') return;
    const { holding, told } = this.phase;
    const opening = await this.parts.desk.acknowledge(holding);
    if (opening.kind === 'opened' && told !== 'outOfService' && !opening.mustSignIn) return;
    this.tell(holding, opening);
  }

  /** The CTI server says that the agent has signed in or was signed out: the desktop must not believe otherwise. */
  tellSignIn(signIn: SignInState): void {
    if (this.phase.name !== 'open' || this.phase.told === 'outOfService') return;
    if (!isSameSignIn(this.phase.told, signIn)) this.sendOpened(this.phase.holding, this.phase.epoch, signIn);
  }

  /** A planned stop has begun: a desktop that goes now goes to the other side, and its going is no loss. */
  leave(): void {
    this.leaving = 'stopped';
    this.tellOutOfService();
  }

  sendAway(): void {
    this.leaving = 'stopped';
    this.end('lost', {});
    this.close('stopping', 'the server is being stopped: go to the other side');
  }

  /** The side is in maintenance. */
  moveAway(): void {
    this.leaving = 'movedAway';
    this.end('lost', {});
    this.close('stopping', maintenanceSentence);
  }

  /** Any frame is a sign of life. Who sends too many is not read any further, after a refusal or a bye neither. */
  private meter(): void {
    const nowMs = performance.now();
    this.silence = { ...this.silence, heardAt: nowMs };
    const bucket = take(this.bucket, messageRate, nowMs);
    if (bucket !== null) {
      this.bucket = bucket;
      return;
    }
    this.refuse('tooFast', `more than ${String(messageRate.perSecond)} messages per second`);
    this.socket.pause();
  }

  private receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.refuse('malformed', 'the message is binary; messages are JSON text');
      return;
    }
    const parsed = parseClientMessage(data.toString());
    if (parsed.kind === 'malformed') this.refuse('malformed', parsed.sentence);
    else this.act(parsed.message);
  }

  private act(message: ClientMessage): void {
    if (this.phase.name === 'connected' && message.type !== 'open') {
      this.refuse('outOfOrder', `${message.type} came before open`);
      return;
    }
    switch (message.type) {
      case 'open':
        void this.open(message.desktopId);
        return;
      case 'ping':
        this.send({ type: 'pong', n: message.n });
        return;
      case 'pong':
        return;
      case 'bye':
        this.end('bye', {});
        this.close('bye', 'bye');
    }
  }

  private async open(desktopId: string): Promise<void> {
    if (this.phase.name !== 'connected') {
      this.refuse('outOfOrder', 'open came twice');
      return;
    }
    const service = this.parts.service();
    if (service.status === 'OUT_OF_SERVICE' && service.missing.includes('maintenance')) {
      this.refuse('stopping', maintenanceSentence);
      return;
    }
    if (service.status === 'OUT_OF_SERVICE') {
      this.refuse('tryAgain', `out of service: ${service.missing.join(' and ')} missing`);
      return;
    }
    clearTimeout(this.phase.openTimer);
    const { agentId, connection, side, serverId } = this.identity;
    const holding = newHolding(agentId, { connection, desktopId, side, serverId });
    this.phase = { name: 'opening', holding };
    const begunMs = performance.now();
    this.parts.desk.hold(holding);
    const opening = await this.parts.desk.acknowledge(holding);
    if (opening.kind === 'opened') {
      const waitedMs = performance.now() - begunMs;
      this.parts.tally.opened(waitedMs);
      this.log('desktop opened', holding, { epoch: opening.epoch, waitedMs: Math.round(waitedMs) });
    }
    this.tell(holding, opening);
  }

  private tell(holding: Holding, opening: Opening): void {
    if (this.phase.name === 'ended') return;
    switch (opening.kind) {
      case 'gone':
        return;
      case 'refused':
        this.refuse('tryAgain', opening.sentence);
        return;
      case 'opened': {
        if (this.isOutOfService()) {
          this.withhold();
          return;
        }
        this.tellOpened(holding, opening);
      }
    }
  }

  /** Record and link hear of a change one after the other: the record counts at first, and the link once it must have heard. */
  private tellOpened(holding: Holding, { epoch, mustSignIn }: Extract<Opening, { kind: 'opened' }>): void {
    this.sendOpened(holding, epoch, mustSignIn ? 'signedOut' : 'signedIn');
    clearTimeout(this.signInTimer);
    this.signInTimer = setTimeout(() => {
      const signIn = this.parts.signIns.of(holding.agentId);
      if (signIn !== undefined) this.tellSignIn(signIn);
    }, newsMsMax);
  }

  private sendOpened(holding: Holding, epoch: number, signIn: SignInState): void {
    this.phase = { name: 'open', holding, epoch, told: signIn };
    const { byeToken } = this.identity;
    const signOut = typeof signIn === 'object' ? { signOut: signIn } : {};
    this.send({ type: 'opened', epoch, mustSignIn: signIn !== 'signedIn', ...signOut, byeToken });
  }

  /** A desktop that is here in maintenance stays acknowledged until it is sent away. */
  private isOutOfService(): boolean {
    const service = this.parts.service();
    return service.status === 'OUT_OF_SERVICE' && !service.missing.includes('maintenance');
  }

  /** The lease ended while the store was being told: others may hold this server for dead by now. */
  private withhold(): void {
    if (this.phase.name === 'open') this.tellOutOfService();
    else this.refuse('tryAgain', 'out of service since the opening began');
  }

  /** Ends the desktop, and hands in what that means for the agent. Only the first end counts. */
  private end(cause: Extract<Cause, 'bye' | 'lost'>, why: Record<string, unknown>): void {
    const { phase } = this;
    if (phase.name === 'ended') return;
    this.phase = { name: 'ended' };
    clearTimeout(this.signInTimer);
    if (phase.name === 'connected') {
      clearTimeout(phase.openTimer);
    } else {
      const ending = this.leaving !== null && cause === 'lost' ? this.leaving : cause;
      this.handIn(phase.holding, ending);
      this.parts.tally.ended(ending);
      const left = ending === 'stopped' || ending === 'movedAway';
      this.log(left ? 'desktop left for the other side' : 'desktop closed', phase.holding, { cause: ending, ...why });
    }
    this.parts.onEnd(this);
  }

  private handIn(holding: Holding, ending: Ending): void {
    switch (ending) {
      case 'stopped':
        this.parts.desk.abandon(holding);
        return;
      case 'movedAway':
        this.parts.desk.moveAway(holding);
        return;
      case 'bye':
      case 'lost':
        this.parts.desk.close(holding, ending);
    }
  }

  private refuse(name: CloseName, sentence: string): void {
    if (this.phase.name === 'ended') return;
    this.parts.tally.refused(name);
    const { agentId, connection, from } = this.identity;
    const desktop = this.phase.name === 'connected' ? {} : { desktopId: this.phase.holding.desktop.desktopId };
    const level = ownStates.includes(name) ? 'info' : 'warn';
    this.parts.log[level](
      { agentId, ...desktop, connection, from, code: closeCodes[name].code, sentence },
      'desktop refused',
    );
    this.end('lost', { code: closeCodes[name].code });
    this.close(name, sentence);
  }

  private close(name: CloseName, reason: string): void {
    this.socket.close(closeCodes[name].code, reason.slice(0, reasonBytesMax));
    const timer = setTimeout(() => {
      this.socket.terminate();
    }, farewellMsMax);
    this.socket.once('close', () => {
      clearTimeout(timer);
    });
  }

  private send(message: ServerMessage): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private log(sentence: string, { desktop }: Holding, more: Record<string, unknown>): void {
    const { agentId, connection, from } = this.identity;
    this.parts.log.info({ agentId, desktopId: desktop.desktopId, connection, from, ...more }, sentence);
  }
}
