/**
 * Fills the mirror after OPEN and after every gap: learns who exists, and asks about each agent in spare turns, so that
 * a gate finds what it needs without asking. Whom to ask next is decided in `warm-up-plan.ts`; here is what it takes of
 * the link: the names from the configuration upload, teams and events, a limited rate, and what comes back.
 *
 * Gates do not wait for it: they ask on demand as long as an agent is not known, and their requests go first.
 */
import { EventEmitter } from 'node:events';
import { type Logger } from 'pino';
import { type CancelTimer } from './clock';
import { ConfigurationUpload, UPLOAD_SILENCE_MS_MAX } from './configuration-upload';
import { type CtiLink } from './link';
import { AGENTS_MAX, type Mirror } from './mirror';
import { Pace } from './pace';
import { type LookAnswer } from './request-outcome';
import { readRoster, type RosterChange } from './roster';
import { ACTIVE_PHASES, type LinkPhase } from './session-model';
import { type Enquiry, WarmUpPlan, type WarmUpProgress } from './warm-up-plan';

/** Our choice: 12 000 agents in two minutes, at a load that a CTI server does not notice. */
export const ENQUIRIES_PER_SECOND_MAX = 100;
/** Enquiries never take more of the link's pace than this; the rest is for losses that are due. */
export const SPARE_SHARE_MAX = 0.5;
/** QUERY_AGENT_STATE_REQ, and SNAPSHOT_DEVICE_REQ for those who are signed in. */
const MESSAGES_PER_ENQUIRY = 2;
/** Enquiries on their way at once: a server that answers slowly is asked slowly. */
export const ENQUIRIES_AT_ONCE_MAX = 32;
/** Those who got no answer are asked about again after so long. */
export const ASK_AGAIN_AFTER_MS = 5_000;

export interface WarmUpOptions {
  log: Logger;
  /** Agents asked about per second. */
  enquiriesPerSecondMax?: number;
  /** Ask for the configuration upload, where the link was opened for it (`LinkOptions.configuration`). */
  upload?: boolean;
  uploadSilenceMsMax?: number;
  /** Agents that the caller knows to exist. */
  agents?: readonly string[];
  agentsMax?: number;
}

export interface ConfiguredAgents {
  readonly agentIds: readonly string[];
  /** By agent id, of those who have one. */
  readonly loginNames: ReadonlyMap<string, string>;
  /** Changes with the names. */
  readonly revision: number;
}

export interface WarmUpEvents {
  /** Every agent was asked about since the last gap, which the mirror tells. */
  complete: [progress: WarmUpProgress];
}

export class WarmUp extends EventEmitter<WarmUpEvents> {
  private readonly agentsMax: number;
  private readonly plan: WarmUpPlan;
  private readonly pace: Pace;
  private readonly upload: ConfigurationUpload;
  /** By agent id, of agents that the plan has. */
  private readonly loginNames = new Map<string, string>();
  private loginNameChanges = 0;
  private waitsForTurn = false;
  private wasComplete = false;
  private wasUploaded = false;
  /** Whether the configuration was uploaded, or found unchanged, since it was last in doubt. */
  private isUpToDate = false;
  private cancelPause: CancelTimer | undefined;

  constructor(
    private readonly link: CtiLink,
    private readonly mirror: Mirror,
    private readonly ask: (agentId: string) => Promise<LookAnswer>,
    private readonly options: WarmUpOptions,
  ) {
    super();
    this.agentsMax = options.agentsMax ?? AGENTS_MAX;
    this.plan = new WarmUpPlan(this.agentsMax);
    const sparePerSecond = (link.requestsPerSecondMax * SPARE_SHARE_MAX) / MESSAGES_PER_ENQUIRY;
    const perSecondMax = options.enquiriesPerSecondMax ?? ENQUIRIES_PER_SECOND_MAX;
    this.pace = new Pace(link.clock, Math.min(perSecondMax, sparePerSecond));
    this.upload = new ConfigurationUpload(link, options.uploadSilenceMsMax ?? UPLOAD_SILENCE_MS_MAX, (why, isWhole) => {
      this.isUpToDate = isWhole;
      this.wasUploaded ||= isWhole;
      options.log.info({ agents: this.plan.progress.agents }, `the configuration upload is over: ${why}`);
      // What was not answered out of service is asked for again in service.
      if (isWhole || link.inService) this.plan.settleSources();
      this.advance();
    });
    for (const agentId of options.agents ?? []) this.plan.learn(agentId);
  }

  get progress(): WarmUpProgress {
    return this.plan.progress;
  }

  /**
   * Every agent that the CTI server named, in its configuration or since; undefined before a whole upload, and where there
   * are more than are followed: then somebody may exist who is not named.
   */
  get configuredAgents(): ConfiguredAgents | undefined {
    const { agentIds, progress } = this.plan;
    if (!this.wasUploaded || progress.turnedAway > 0) return undefined;
    return { agentIds, loginNames: this.loginNames, revision: this.plan.revision + this.loginNameChanges };
  }

  /** True from when everybody was asked about until the next gap. */
  get isComplete(): boolean {
    return this.plan.progress.phase === 'complete';
  }

  /** Somebody needs to know this agent: after a gap it is asked about first. */
  prefer(agentId: string): void {
    this.plan.prefer(agentId);
  }

  start(): void {
    const { link, mirror, plan } = this;
    link.on('configuration', (message) => {
      for (const change of readRoster(message, link.peripheralId)) this.learn(change);
      this.advance();
    });
    link.on('phase', (phase) => {
      this.follow(phase);
      if (phase === 'idle') this.pace.stop();
    });
    mirror.on('gap', () => {
      plan.gap();
      this.wasComplete = false;
      this.doubtConfiguration();
      this.cancelPause?.();
      this.cancelPause = undefined;
    });
    mirror.on('stateTold', (agentId) => {
      // Signed in just now, or never heard of: its calls are not known.
      if (mirror.view(agentId) === undefined) plan.renew(agentId);
      else plan.learn(agentId);
      this.advance();
    });
    mirror.on('agentUnknown', ({ agentId }) => {
      plan.renew(agentId);
      this.advance();
    });
    this.follow(link.phase);
  }

  private learn({ kind, agentId, loginName }: RosterChange): void {
    if (kind === 'added') this.plan.learn(agentId);
    else this.plan.forget(agentId);
    const known = this.loginNames.get(agentId);
    const now = kind === 'removed' ? null : loginName === undefined ? known : loginName;
    if (now === known || (now === null && known === undefined)) return;
    if (now == null) this.loginNames.delete(agentId);
    else if (this.loginNames.size < this.agentsMax) this.loginNames.set(agentId, now);
    this.loginNameChanges += 1;
  }

  /**
   * The configuration is asked for as soon as the session is open and its server active: who exists does not depend on
   * the peripheral, which may be off line for long. Agents are asked about in service.
   */
  private follow(phase: LinkPhase): void {
    if (ACTIVE_PHASES.includes(phase)) this.askConfiguration();
    else if (phase !== 'draining') this.doubtConfiguration();
    if (phase !== 'inService') return;
    if (this.plan.isVoid) this.plan.begin();
    this.advance();
  }

  private askConfiguration(): void {
    if (this.options.upload === false || !this.link.asksConfiguration) {
      this.plan.settleSources();
    } else if (!this.isUpToDate) {
      this.plan.awaitSources();
      this.upload.begin();
    }
  }

  /** Updates may have been missed. */
  private doubtConfiguration(): void {
    this.isUpToDate = false;
    this.upload.abandon();
  }

  /** Does what is to be done next; called after whatever may have changed it. */
  private advance(): void {
    if (!this.link.inService) return;
    if (this.isComplete && !this.wasComplete) this.tellComplete();
    if (this.plan.mustPause) this.pause();
    if (this.plan.hasNext && !this.waitsForTurn && this.plan.progress.underWay < ENQUIRIES_AT_ONCE_MAX)
      void this.enquireInTurn();
  }

  private async enquireInTurn(): Promise<void> {
    this.waitsForTurn = true;
    const turn = await this.pace.turn();
    this.waitsForTurn = false;
    const enquiry = turn === 'now' && this.link.inService ? this.takeUnknown() : undefined;
    if (enquiry !== undefined) void this.enquire(enquiry);
    this.advance();
  }

  /** The next agent that nobody has asked about meanwhile. */
  private takeUnknown(): Enquiry | undefined {
    for (let enquiry = this.plan.take(); enquiry !== undefined; enquiry = this.plan.take()) {
      if (this.mirror.view(enquiry.agentId) === undefined) return enquiry;
      this.plan.settle(enquiry, true);
    }
    return undefined;
  }

  private async enquire(enquiry: Enquiry): Promise<void> {
    const answer = await this.ask(enquiry.agentId);
    this.plan.settle(enquiry, answer.kind !== 'unavailable');
    this.advance();
  }

  private pause(): void {
    this.cancelPause ??= this.link.clock.after(ASK_AGAIN_AFTER_MS, () => {
      this.cancelPause = undefined;
      this.plan.resume();
      this.advance();
    });
  }

  private tellComplete(): void {
    this.wasComplete = true;
    this.options.log.info(this.progress, 'the mirror is complete: every known agent was asked about');
    this.emit('complete', this.progress);
  }
}
