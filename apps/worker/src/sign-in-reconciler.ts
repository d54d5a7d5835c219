import { type Agent } from '#domain/agent';
import { AgentState, nameOf } from '#cti-protocol/enumerations';
import { type Mirror } from '#cti-client/mirror';
import { type AgentStore, type Loaded } from '#engine/ports';
import { type WithoutDesktop } from '#store/without-desktop';
import { levelOfFailure } from '#store/store-outage';
import { type Logger } from 'pino';
import { signInOf, type SignInReports } from './sign-in-reports';

/** Records loaded together. */
export const pageSize = 500;

/** Agents whose record is corrected in one pass; the next pass goes on. */
export const correctionsMax = 500;

export interface ReconcilerParts {
  readonly mirror: Pick<Mirror, 'states'>;
  readonly reports: Pick<SignInReports, 'handIn' | 'keyOf'>;
  readonly store: Pick<AgentStore, 'load'>;
  readonly withoutDesktop: Pick<WithoutDesktop, 'replace'>;
  readonly isActive: () => boolean;
  readonly everyMs: number;
  readonly log: Logger;
}

/**
 * Compares what the CTI server says with the records, again and again: who is signed in without a desktop, and who is
 * signed out although the record says otherwise? A loss that is settled is not the end of that question, and an event
 * that was missed is found here. Agents who are left alone on purpose are listed.
 */
export class SignInReconciler {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private listed = 0;

  constructor(private readonly parts: ReconcilerParts) {}

  start(): void {
    this.timer = setTimeout(() => {
      void this.run()
        .catch((error: unknown) => {
          const level = levelOfFailure(error);
          this.parts.log[level]({ err: error }, 'the records could not be compared with the CTI server; tried again');
        })
        .finally(() => {
          if (!this.stopped) this.start();
        });
    }, this.parts.everyMs);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Agents who are signed in without a desktop and without a loss, by the last comparison. */
  get withoutDesktop(): number {
    return this.listed;
  }

  /** One comparison; answers how many records were corrected. */
  async run(): Promise<number> {
    const { mirror, isActive, withoutDesktop } = this.parts;
    if (!isActive()) return 0;
    const all = [...mirror.states()];
    const alone: { agentId: string; state: string }[] = [];
    let corrected = 0;
    for (let first = 0; first < all.length && isActive(); first += pageSize) {
      const page = all.slice(first, first + pageSize);
      const loaded = await Promise.all(page.map((seen) => this.load(seen.agentId)));
      for (const [place, seen] of page.entries()) {
        const found = loaded[place];
        if (found === undefined) continue;
        if (isAlone(found.agent, seen.state))
          alone.push({ agentId: seen.agentId, state: nameOf(AgentState, seen.state) });
        if (corrected < correctionsMax && (await this.parts.reports.handIn(seen.agentId, seen.state, found)))
          corrected++;
      }
    }
    if (!isActive()) return corrected;
    this.listed = alone.length;
    await withoutDesktop.replace(alone);
    return corrected;
  }

  /** Undefined for a record that cannot be read; that is said elsewhere. */
  private load(agentId: string): Promise<Loaded | undefined> {
    return this.parts.store.load(this.parts.reports.keyOf(agentId)).catch((error: unknown) => {
      if ((error as { code?: unknown }).code === 'RECORD_UNREADABLE') return undefined;
      throw error;
    });
  }
}

/** Signed in, with no desktop open and no loss under way. */
function isAlone({ phase, desktops }: Agent, state: number): boolean {
  const signIn = signInOf(state);
  if (signIn === undefined || signIn === 'signedOut') return false;
  return (phase.name === 'unseen' || phase.name === 'settled') && Object.keys(desktops).length === 0;
}
