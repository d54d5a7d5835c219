/**
 * The active CTI server goes into maintenance (GED-188, version 24). For each session with the standby service it is
 * **requested** (278); when the client accepts (279) it is **announced** (280, status 1); when the client has stopped
 * sending requests (281) the session is **quiet**. The client has 5 s for each of its two messages, or its session is
 * ended. A client that refuses gets 280 with status 0. All other sessions are ended at once.
 */
import { ServiceMask, StatusCode } from '#cti-protocol/enumerations';
import { maintenanceStatus } from './open-rules';
import { type Session } from './session';

/** How long a client may take for 279, and then for 281. */
const answerMsMax = 5_000;

interface Progress {
  readonly phase: 'requested' | 'announced' | 'quiet';
  readonly timer: NodeJS.Timeout | undefined;
}

export class Maintenance {
  readonly #progress = new Map<Session, Progress>();
  #lastInvokeId = 0;

  constructor(private readonly endSession: (session: Session, status: number) => void) {}

  begin(sessions: Iterable<Session>): void {
    for (const session of [...sessions].filter(({ phase }) => phase === 'open')) {
      if (!session.grants(ServiceMask.ACTIVE_STANDBY)) {
        this.endSession(session, maintenanceStatus(session.version));
        continue;
      }
      session.send({ name: 'ACTIVE_MAINTENANCE_REQ_MSG', InvokeID: ++this.#lastInvokeId });
      this.#enter(session, 'requested');
    }
  }

  cancel(): void {
    for (const [session, { phase }] of [...this.#progress]) {
      this.forget(session);
      if (phase !== 'requested') session.send({ name: 'ACTIVE_MAINTENANCE_EVENT_MSG', MaintenanceModeStatus: false });
    }
  }

  /** 279 */
  answered(session: Session, isAccepted: boolean): void {
    if (this.#progress.get(session)?.phase !== 'requested') return;
    session.send({ name: 'ACTIVE_MAINTENANCE_EVENT_MSG', MaintenanceModeStatus: isAccepted });
    if (isAccepted) this.#enter(session, 'announced');
    else this.forget(session);
  }

  /** 281 */
  stopped(session: Session): void {
    if (this.#progress.get(session)?.phase === 'announced') this.#enter(session, 'quiet');
  }

  /** Undefined: no maintenance, or none that this session is led through. */
  phaseOf(session: Session): Progress['phase'] | undefined {
    return this.#progress.get(session)?.phase;
  }

  forget(session: Session): void {
    clearTimeout(this.#progress.get(session)?.timer);
    this.#progress.delete(session);
  }

  #enter(session: Session, phase: Progress['phase']): void {
    this.forget(session);
    const endLate = (): void => {
      this.endSession(session, StatusCode.SERVER_IN_MAINTENANCE_MODE);
    };
    this.#progress.set(session, { phase, timer: phase === 'quiet' ? undefined : setTimeout(endLate, answerMsMax) });
  }
}
