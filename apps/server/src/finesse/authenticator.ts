import { type AgentDirectory } from '#config/agent-directory';
import { type AgentProfile } from '#config/agents-file';
import { isAgentId } from '#domain/agent-id';
import { judgedAgainS } from '#presence/oidc-provider';
import { type OidcTokens } from '#presence/oidc-tokens';
import { levelOfFailure } from '#store/store-outage';
import { type Logger } from 'pino';
import { type MinuteCounts } from '#config/minute-counts';
import { type AgentsFileWatch } from './agents-file-watch';
import { readProof } from './authorization-header';
import { type PasswordChecks } from './password-checks';
import { Refusal } from './refusals';
import { plainProfile } from './user-document';

/** Who sends a request, proved. */
export interface Principal {
  readonly agentId: string;
  readonly profile: AgentProfile;
  readonly isAdministrator: boolean;
  /** What it was proved with; undefined for a token. */
  readonly password: string | undefined;
}

export interface AuthenticatorParts {
  readonly agentsFile: Pick<AgentsFileWatch, 'profile' | 'hasPasswords'>;
  readonly ids: Pick<AgentDirectory, 'canonical' | 'whenRead' | 'isRead'>;
  readonly checks: Pick<PasswordChecks, 'of' | 'isKnownRight' | 'noteWrong'>;
  /** Wrong proofs by the network they came from. */
  readonly wrongProofs: Pick<MinuteCounts, 'isFull' | 'take'>;
  /** How long an agent is blocked from now on, in ms; 0 when he is not. Rejects when the store is away. */
  readonly blockedForMs: (agentId: string) => Promise<number>;
  /** Null without OIDC_ISSUER. */
  readonly oidcTokens: Pick<OidcTokens, 'check'> | null;
  readonly log: Pick<Logger, 'debug' | 'info' | 'warn'>;
}

/** Clients are asked to come back after so many seconds when the checks are busy. */
const busyRetryS = '5';

/**
 * Finds out who sends a request: by Basic against AGENTS_FILE, or by a token of the OpenID provider. The proof is looked at
 * first: nobody is refused a token that is good, or a password that was right a while ago, for what others do. Wrong
 * proofs, and nothing else, count against the network they come from; beyond the limit its passwords are not looked at.
 */
export class Authenticator {
  constructor(private readonly parts: AuthenticatorParts) {}

  /**
   * @param header `Authorization` as it came
   * @param network where it came from
   * @throws Refusal 401 when nothing is proved, 503 when it cannot be looked at
   */
  async of(header: string | undefined, network: string): Promise<Principal> {
    const proof = readProof(header);
    switch (proof.kind) {
      case 'password':
        return this.byPassword(proof.user, proof.password, network);
      case 'token':
        return this.byToken(proof.token, network);
      case 'none':
        throw this.unauthorized();
      case 'unreadable':
        throw await this.wrongProof(network);
    }
  }

  /** Tries are counted by agent: another spelling of the id is no further try, and neither is the login name. */
  private async byPassword(given: string, password: string, network: string): Promise<Principal> {
    const { agentsFile, checks, blockedForMs, wrongProofs, log } = this.parts;
    if (!agentsFile.hasPasswords) throw this.unauthorized();
    const agentId = await this.idOf(given);
    const profile = agentsFile.profile(agentId);
    const attempt = { agentId, password, expected: profile?.password, network };
    if (checks.isKnownRight(attempt)) return principalOf(profile ?? plainProfile(agentId), password);
    if (await wrongProofs.isFull(network)) throw new Refusal('TOO_MANY_REQUESTS');
    const blockedMs = await this.fromStore(() => blockedForMs(agentId));
    if (blockedMs > 0) {
      checks.noteWrong(attempt);
      throw this.blocked(given, blockedMs);
    }
    const verdict = await this.fromStore(() => checks.of(attempt));
    switch (verdict) {
      case 'right':
        return principalOf(profile ?? plainProfile(agentId), password);
      case 'wrong':
        log.info({ agentId }, 'a wrong password');
        throw await this.wrongProof(network);
      case 'blocked': {
        log.warn({ agentId }, 'blocked after wrong passwords');
        throw this.blocked(given, await this.fromStore(() => blockedForMs(agentId)));
      }
      case 'busy':
        throw new Refusal('BUSY', { headers: { 'Retry-After': busyRetryS } });
    }
  }

  private async byToken(token: string, network: string): Promise<Principal> {
    const { oidcTokens, log } = this.parts;
    if (oidcTokens === null) throw this.unauthorized();
    const verdict = await oidcTokens.check(token);
    switch (verdict.kind) {
      case 'agent':
        return this.bearerOf(verdict.agentId);
      case 'refused':
        log.info({ why: verdict.sentence }, 'a bearer token was refused');
        throw await this.wrongProof(network);
      case 'unjudged':
        // Not 503: a client would go to the other side, which asks the same provider.
        log.info({ why: verdict.sentence }, 'a bearer token cannot be judged');
        throw new Refusal('TOKEN_UNJUDGED', { headers: { ...this.challenge(), 'Retry-After': String(judgedAgainS) } });
    }
  }

  /** A good token for an id stands for it; a login name stands for nobody whom the directory does not know. */
  private async bearerOf(given: string): Promise<Principal> {
    const { agentsFile, log } = this.parts;
    const agentId = await this.idOf(given);
    if (isAgentId(agentId)) return principalOf(agentsFile.profile(agentId) ?? plainProfile(agentId), undefined);
    log.info({ loginName: given }, 'a bearer token was refused: the directory knows no agent of this login name');
    throw this.unauthorized();
  }

  /**
   * The id of the agent who is called so; an id or a login name that the directory does not know as it is.
   * @throws Refusal 503 for a login name while the directory has not been read
   */
  private async idOf(given: string): Promise<string> {
    const { ids } = this.parts;
    const known = ids.canonical(given);
    if (known !== undefined || isAgentId(given)) return known ?? given;
    await ids.whenRead();
    if (!ids.isRead) throw new Refusal('OUT_OF_SERVICE', { data: 'directory of agents' });
    return ids.canonical(given) ?? given;
  }

  private async fromStore<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      this.parts.log[levelOfFailure(error)](
        { err: error },
        'a password cannot be checked while its tries cannot be counted',
      );
      throw new Refusal('OUT_OF_SERVICE', { data: 'store' });
    }
  }

  /** @param given what the agent was called by: the answer says nothing of who that is */
  private blocked(given: string, ms: number): Refusal {
    const headers = { ...this.challenge(), 'Retry-After': String(Math.max(1, Math.ceil(ms / 1000))) };
    return new Refusal('BLOCKED', { data: given, headers });
  }

  private async wrongProof(network: string): Promise<Refusal> {
    return (await this.parts.wrongProofs.take(network)) ? this.unauthorized() : new Refusal('TOO_MANY_REQUESTS');
  }

  private unauthorized(): Refusal {
    return new Refusal('UNAUTHORIZED', { headers: this.challenge() });
  }

  private challenge(): Readonly<Record<string, string>> {
    const { agentsFile, oidcTokens } = this.parts;
    const schemes = [
      ...(agentsFile.hasPasswords ? ['Basic realm="Lastcall", charset="UTF-8"'] : []),
      ...(oidcTokens === null ? [] : ['Bearer realm="Lastcall"']),
    ];
    return { 'WWW-Authenticate': schemes.join(', ') };
  }
}

function principalOf(profile: AgentProfile, password: string | undefined): Principal {
  const { agentId, roles } = profile;
  return { agentId, profile, isAdministrator: roles.includes('Administrator'), password };
}

/** Agents act on themselves alone; administrators may look at everybody. @throws Refusal */
export function requireSelf(principal: Principal, agentId: string): void {
  if (principal.agentId !== agentId) throw new Refusal('OTHER_USER', { data: principal.agentId });
}

/** @throws Refusal */
export function requireSelfOrAdministrator(principal: Principal, agentId: string): void {
  if (!principal.isAdministrator) requireSelf(principal, agentId);
}

/** @throws Refusal */
export function requireAdministrator(principal: Principal): void {
  if (!principal.isAdministrator) throw new Refusal('NOT_ALLOWED', { data: principal.agentId });
}
