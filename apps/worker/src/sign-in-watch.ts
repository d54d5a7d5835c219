import { type Mirror } from '#cti-client/mirror';
import { levelOfFailure } from '#store/store-outage';
import { type Logger } from 'pino';
import { type SignIn, signInOf, type SignInReports } from './sign-in-reports';

/** Agents whose state is followed; well above the 12 000 of the largest peripheral. */
export const agentsMax = 20_000;

/** Reports that wait to be handed in; those beyond are found by the reconciler (sign-in-reconciler.ts). */
export const reportsMax = 5_000;

/** Reports to the records when agents sign in or out at the CTI server, and when one that is Not Ready becomes Ready. */
export class SignInWatch {
  private readonly reported = new Map<string, SignIn>();
  private readonly reports = new Map<string, Promise<void>>();

  constructor(
    private readonly parts: {
      mirror: Pick<Mirror, 'on'>;
      reports: Pick<SignInReports, 'handIn'>;
      isActive: () => boolean;
      log: Logger;
    },
  ) {}

  start(): void {
    const { mirror } = this.parts;
    mirror.on('stateTold', (agentId, state) => {
      this.take(agentId, state);
    });
    mirror.on('gap', () => {
      this.reported.clear();
    });
  }

  private take(agentId: string, state: number): void {
    const signIn = signInOf(state);
    if (signIn === undefined || this.reported.get(agentId) === signIn || !this.parts.isActive()) return;
    if (this.reported.size >= agentsMax && !this.reported.has(agentId)) return;
    this.reported.set(agentId, signIn);
    const before = this.reports.get(agentId) ?? Promise.resolve();
    if (this.reports.size >= reportsMax) return;
    const report = before
      .then(() => this.parts.reports.handIn(agentId, state))
      .then(() => undefined)
      .catch((error: unknown) => {
        this.reported.delete(agentId);
        const level = levelOfFailure(error);
        this.parts.log[level]({ err: error, agentId }, 'a sign-in or sign-out could not be recorded; it will be found');
      })
      .finally(() => {
        if (this.reports.get(agentId) === report) this.reports.delete(agentId);
      });
    this.reports.set(agentId, report);
  }
}
