import { createHash, randomBytes } from 'node:crypto';
import { type AgentIdsAsked } from './agent-ids';
import { type AgentTokens, type AgentVerdict } from './agent-tokens';
import { tokenClockToleranceS } from './desktop-token';
import { AgentRate } from './agent-rate';
import { type RateRule } from './message-rate';

/** From the answer that holds the ticket to the upgrade that brings it: a round trip or two, over a slow line. */
export const ticketMs = 30_000;

/** A desktop takes one ticket per connection; more than this is a loop. */
export const ticketRate: RateRule = { burst: 32, perSecond: 1 };

/** A server whose clock is behind still takes an expired token for good; a spent one is remembered for longer than that. */
const clockMarginMs = 60_000;

const ticketBytes = 32;

/** What no server gave out is refused without a question to the store. */
const ticketPattern = /^[\w-]{43}$/;

/** What all servers must know so that a ticket or a token opens one desktop and no second. */
export abstract class OneTimeStore {
  abstract keepTicket(hash: string, agentId: string, forMs: number): Promise<void>;
  /** The agent of that ticket the first time, null ever after. */
  abstract takeTicket(hash: string): Promise<string | null>;
  /** True the first time, false ever after. */
  abstract spendToken(hash: string, forMs: number): Promise<boolean>;
  abstract isTokenSpent(hash: string): Promise<boolean>;
}

export type Refused =
  /** The token is good, and stands for an agent whom the directory does not know. */
  | { readonly kind: 'unknownAgent'; readonly sentence: string }
  /** `sentence` names what is wrong and repeats neither ticket nor token. */
  | { readonly kind: 'refused'; readonly sentence: string }
  /** Nothing can be said of the token for now, here or on the other side. */
  | { readonly kind: 'unjudged'; readonly sentence: string }
  /** Nothing can be said for now: the store is away. */
  | { readonly kind: 'unavailable'; readonly sentence: string };

export type Admitted = { readonly kind: 'agent'; readonly agentId: string } | Refused;

export type TicketAnswer =
  | { readonly kind: 'ticket'; readonly ticket: string }
  | { readonly kind: 'tooMany'; readonly sentence: string }
  | Refused;

export interface AdmissionParts {
  readonly tokens: Pick<AgentTokens, 'check'>;
  readonly ids: AgentIdsAsked;
  readonly once: OneTimeStore;
  /** Epoch ms. */
  readonly now: () => number;
  readonly monotonicMs: () => number;
}

/**
 * Who may open a desktop. A ticket opens one, once, within 30 s; it is had for a token that travels in a header. A token
 * in the address opens one as well, for desktops that cannot do better: addresses are written to logs, so one with a
 * `jti` is spent by that, for this and for tickets. Asking for a ticket spends nothing: headers are in no log.
 */
export class Admission {
  private readonly tickets: AgentRate;

  constructor(private readonly parts: AdmissionParts) {
    this.tickets = new AgentRate(ticketRate, parts.monotonicMs);
  }

  /** For `GET /desktop?ticket=…` or `?token=…`. */
  async admit(parameters: URLSearchParams): Promise<Admitted> {
    const ticket = parameters.get('ticket');
    return ticket === null ? this.admitToken(parameters.get('token')) : this.admitTicket(ticket);
  }

  /** For `POST /desktop/ticket`. */
  async ticketFor(token: string | null): Promise<TicketAnswer> {
    const verdict = await this.check(token);
    if (verdict.kind !== 'agent') return verdict;
    const { agentId, tokenId } = verdict;
    if (!this.tickets.take(agentId)) return { kind: 'tooMany', sentence: `agent ${agentId} asks for too many tickets` };
    return asking(async () => {
      if (tokenId !== undefined && (await this.parts.once.isTokenSpent(hashOf(agentId, tokenId)))) return spent;
      const ticket = randomBytes(ticketBytes).toString('base64url');
      await this.parts.once.keepTicket(hashOf(ticket), agentId, ticketMs);
      return { kind: 'ticket', ticket };
    });
  }

  private async admitTicket(ticket: string): Promise<Admitted> {
    if (!ticketPattern.test(ticket)) return unknownTicket;
    return asking(async () => {
      const agentId = await this.parts.once.takeTicket(hashOf(ticket));
      return agentId === null ? unknownTicket : await this.named(agentId);
    });
  }

  private async admitToken(token: string | null): Promise<Admitted> {
    const verdict = await this.check(token);
    if (verdict.kind !== 'agent') return verdict;
    const { agentId, tokenId, expiresAtS } = verdict;
    if (tokenId === undefined) return { kind: 'agent', agentId };
    const leftMs = (expiresAtS + tokenClockToleranceS) * 1000 - this.parts.now();
    return asking(async () => {
      const isFirst = await this.parts.once.spendToken(hashOf(agentId, tokenId), Math.ceil(leftMs) + clockMarginMs);
      return isFirst ? { kind: 'agent', agentId } : spent;
    });
  }

  /** A good token is that of the agent whom it means, however it spells the id. */
  private async check(token: string | null): Promise<AgentVerdict | Refused> {
    const verdict = await this.parts.tokens.check(token);
    if (verdict.kind !== 'agent') return verdict;
    const named = await this.named(verdict.agentId);
    return named.kind === 'agent' ? { ...verdict, agentId: named.agentId } : named;
  }

  private async named(given: string): Promise<Admitted> {
    const found = await this.parts.ids.find(given);
    switch (found.kind) {
      case 'agent':
        return found;
      case 'unknownAgent':
        return { kind: 'unknownAgent', sentence: `the directory of agents knows no agent ${given}` };
      case 'unavailable':
        return { kind: 'unavailable', sentence: `it cannot be found out now who agent ${given} is, try again` };
    }
  }
}

const unknownTicket = { kind: 'refused', sentence: 'the ticket is unknown, used or older than 30 s' } as const;
const spent = { kind: 'refused', sentence: 'the token was used before, and it opens one desktop only' } as const;

/** Whatever goes wrong between here and the store: nobody is let in on a doubt, and trying again may help. */
async function asking<T>(ask: () => Promise<T>): Promise<T | Refused> {
  try {
    return await ask();
  } catch {
    return { kind: 'unavailable', sentence: 'the store (Redis) cannot be reached, try again' };
  }
}

function hashOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\n')).digest('base64url');
}
