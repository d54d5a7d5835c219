import { type AgentLink, type ChangeResult, type Standing } from '#store/link-call';
import { type Logger } from 'pino';
import { type FinesseError, type FinesseEvents } from './finesse-events';
import { refusals, Refusal } from './refusals';
import { type SignInGate } from './sign-in-gate';
import { type CtiProduct, ruleAgainst, type UserOrder } from './user-order';

/** Orders of one agent that wait for each other. A desktop sends one at a time; more is a client gone wild. */
export const ordersPerAgentMax = 8;
/** Orders of all agents together; a shift of 2 000 that signs in within seconds stays below. */
export const ordersMax = 4_000;

export interface UserOrdersParts {
  readonly link: Pick<AgentLink, 'look' | 'change'>;
  readonly gate: Pick<SignInGate, 'ask' | 'pass'>;
  readonly events: Pick<FinesseEvents, 'tell'>;
  readonly product: CtiProduct;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
}

/** The line of one agent: what runs now, and what comes after it. */
interface Line {
  count: number;
  last: Promise<void>;
}

interface Given {
  readonly agentId: string;
  readonly order: UserOrder;
  readonly requestId: string | undefined;
}

/**
 * Carries out what agents ask of themselves. One order of an agent at a time, as Finesse does it; the next one waits for
 * the outcome. An order passes these steps:
 *
 * 1. Its rules are looked at by what the link knows of the agent; what is against it is the answer of the request.
 * 2. A sign-in is committed to the agent's record (rule GATE); without the store there is none.
 * 3. It is accepted: 202. What follows happens later and is told by events.
 * 4. A sign-in waits for a logout that is on its way.
 * 5. It is sent, and what became of it is told.
 *
 * An order behind another one is accepted at once, and all its steps follow when its turn comes.
 */
export class UserOrders {
  private readonly lines = new Map<string, Line>();
  private count = 0;

  constructor(private readonly parts: UserOrdersParts) {}

  /**
   * Resolves when the order is accepted.
   * @throws Refusal
   */
  async give(agentId: string, order: UserOrder, requestId: string | undefined): Promise<void> {
    const line = this.lines.get(agentId);
    if (this.count >= ordersMax || (line?.count ?? 0) >= ordersPerAgentMax) {
      throw new Refusal('BUSY', { headers: { 'Retry-After': '1' } });
    }
    const given = { agentId, order, requestId };
    if (line === undefined) await this.inLine(given, (accepted) => this.checkAndCarryOut(given, accepted));
    else void this.inLine(given, () => this.carryOutLate(given));
  }

  /** How many were accepted and are not done. */
  get size(): number {
    return this.count;
  }

  /**
   * Runs the task when those before it are done.
   * @returns what the task hands to `accepted`, before it is done; or its rejection
   */
  private inLine({ agentId }: Given, task: (accepted: () => void) => Promise<void>): Promise<void> {
    const line = this.lines.get(agentId) ?? { count: 0, last: Promise.resolve() };
    this.lines.set(agentId, line);
    line.count += 1;
    this.count += 1;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const run = line.last.then(() =>
      task(() => {
        resolve(undefined);
      }),
    );
    line.last = run.catch(reject).then(() => {
      resolve(undefined);
      line.count -= 1;
      this.count -= 1;
      if (line.count === 0) this.lines.delete(agentId);
    });
    return promise;
  }

  private async checkAndCarryOut(given: Given, accepted: () => void): Promise<void> {
    const refusal = await this.check(given);
    if (refusal !== undefined) throw refusal;
    this.tell(given, 'asked');
    accepted();
    await this.carryOut(given);
  }

  /** Nobody waits for an answer any more: what is against it is told by an event. */
  private async carryOutLate(given: Given): Promise<void> {
    const refusal = await this.check(given);
    this.tell(given, 'asked');
    if (refusal === undefined) await this.carryOut(given);
    else this.fail(given, refusal.error);
  }

  /** What is against the order, by the agent's standing and by the gate. */
  private async check({ agentId, order }: Given): Promise<Refusal | undefined> {
    const looked = await this.parts.link.look(agentId);
    switch (looked.kind) {
      case 'unknownAgent':
        return new Refusal('USER_NOT_FOUND', { data: agentId });
      case 'unavailable':
        return new Refusal('OUT_OF_SERVICE', { data: 'CTI' });
      case 'known': {
        const refusal = ruleAgainst(order, looked.standing, this.parts.product);
        if (refusal !== undefined || order.action !== 'LOGIN') return refusal;
        const gate = await this.parts.gate.ask(agentId, evidenceOf(order));
        return gate === 'storeAway' ? new Refusal('OUT_OF_SERVICE', { data: 'store' }) : undefined;
      }
    }
  }

  private async carryOut(given: Given): Promise<void> {
    const { agentId, order } = given;
    const { link, gate, log } = this.parts;
    try {
      if (order.action === 'LOGIN') {
        // Asked again: while the first answer was on its way a logout may have been committed.
        const passed = await gate.pass(agentId, evidenceOf(order));
        if (passed !== 'open') {
          this.fail(given, passed === 'issuing' ? signOutInProgress : errorOf('OUT_OF_SERVICE', 'store'));
          return;
        }
      }
      await this.settle(given, await link.change(agentId, order.change));
    } catch (error) {
      log.error({ agentId, err: error }, 'an order of an agent failed by a fault of this server');
      this.fail(given, errorOf('FAULT', ''));
    }
  }

  private async settle(given: Given, result: ChangeResult): Promise<void> {
    const { agentId, order } = given;
    const { log } = this.parts;
    switch (result.kind) {
      case 'done':
        log.info({ agentId, action: order.action, state: result.standing.state }, 'an order of an agent is done');
        this.tell(given, 'done');
        return;
      case 'rejected':
        log.info({ agentId, action: order.action, code: result.code }, result.sentence);
        this.fail(given, rejection(result.code, result.peripheralErrorCode));
        return;
      case 'unavailable':
        this.fail(given, errorOf('OUT_OF_SERVICE', 'CTI'));
        return;
      case 'inDoubt':
        log.warn({ agentId, action: order.action, why: result.why }, 'an order of an agent is in doubt');
        if (await this.isSo(given)) this.tell(given, 'done');
        else this.fail(given, outcomeUnknown);
        return;
    }
  }

  /** An order that was sent and not answered: whether it is so all the same. */
  private async isSo({ agentId, order }: Given): Promise<boolean> {
    const looked = await this.parts.link.look(agentId);
    return looked.kind === 'known' && isEffect(order, looked.standing);
  }

  private tell({ agentId, order, requestId }: Given, kind: 'asked' | 'done'): void {
    this.parts.events.tell({ kind, agentId, requestId, action: order.action });
  }

  private fail({ agentId, order, requestId }: Given, error: FinesseError): void {
    this.parts.events.tell({ kind: 'failed', agentId, requestId, action: order.action, error });
  }
}

function isEffect({ change }: UserOrder, standing: Standing): boolean {
  switch (change.kind) {
    case 'signIn':
      return !standing.signedOut && standing.extension === change.extension;
    case 'setState':
      return standing.state === change.state || standing.pendingState === change.state;
    case 'signOut':
      return standing.signedOut;
  }
}

function evidenceOf({ action, change }: UserOrder): string {
  return `${action} by REST${change.kind === 'signIn' ? ` on extension ${change.extension}` : ''}.`;
}

const signOutInProgress: FinesseError = {
  errorType: 'Generic Error',
  errorMessage: 'SIGN_OUT_IN_PROGRESS',
  errorData: '',
};

const outcomeUnknown: FinesseError = { errorType: 'Generic Error', errorMessage: 'OUTCOME_UNKNOWN', errorData: '' };

function errorOf(code: keyof typeof refusals, errorData: string): FinesseError {
  const { errorType, errorMessage } = refusals[code];
  return { errorType, errorMessage, errorData };
}

/** What the CTI server's refusals are to Finesse's users; all others are `Generic Error`. */
const typeOfCode: Readonly<Record<string, string>> = {
  CF_INVALID_OBJECT_STATE: 'Invalid State',
  CF_INVALID_AGENT_WORKMODE: 'Invalid State',
  CF_INVALID_LOGON_DEVICE_SPECIFIED: 'Invalid Device',
  CF_SPECIFIED_AGENT_ALREADY_SIGNED_ON: 'Device Busy',
  CF_INVALID_AGENT_ID_SPECIFIED: 'User Not Found',
  CF_INVALID_PASSWORD_SPECIFIED: 'Authorization Failure',
  CF_INVALID_AGENT_ID_OR_PASSWORD_SPECIFIED: 'Authorization Failure',
};

function rejection(code: string, peripheralErrorCode: number): FinesseError {
  return {
    errorType: typeOfCode[code] ?? 'Generic Error',
    errorMessage: code,
    errorData: peripheralErrorCode === 0 ? '' : String(peripheralErrorCode),
  };
}
