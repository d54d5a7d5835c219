import { fieldsOf } from './fields';
import { type Surroundings } from './surroundings';

/** One side's address in its two forms, and what it answers over HTTP. */
export interface Side {
  /** As the page gave it. */
  readonly server: string;
  /** `http…`, without a slash at the end. */
  readonly base: string;
}

/** @throws TypeError naming the address that is none. */
export function sidesOf(servers: readonly string[]): Side[] {
  if (servers.length === 0) throw new TypeError('servers is empty');
  return servers.map((server) => {
    if (!/^(http|ws)s?:\/\/[^/]/.test(server)) throw new TypeError(`not an http(s) or ws(s) address: ${server}`);
    return { server, base: server.replace(/^ws/, 'http').replace(/\/+$/, '') };
  });
}

export function socketAddress({ base }: Side, ticket: string): string {
  return `${base.replace(/^http/, 'ws')}/desktop?ticket=${encodeURIComponent(ticket)}`;
}

/** Whether that side says that it is in service. No answer is a no. */
export async function isInService({ base }: Side, surroundings: Surroundings, msMax: number): Promise<boolean> {
  try {
    const answer = await surroundings.request(`${base}/api/system-info`, { method: 'GET', headers: {} }, msMax);
    return fieldsOf(await answer.json())['status'] === 'IN_SERVICE';
  } catch {
    return false;
  }
}

export type TicketAnswer =
  | { readonly kind: 'ticket'; readonly ticket: string }
  | { readonly kind: 'refused'; readonly sentence: string }
  /** That side cannot judge the token now, and neither can the other one. */
  | { readonly kind: 'unjudged' }
  | { readonly kind: 'none' };

/** A ticket of that side for this token. */
export async function askTicket(
  { base }: Side,
  token: string,
  surroundings: Surroundings,
  msMax: number,
): Promise<TicketAnswer> {
  try {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await surroundings.request(`${base}/desktop/ticket`, { method: 'POST', headers }, msMax);
    const { ticket, error } = fieldsOf(await answer.json());
    if (typeof ticket === 'string') return { kind: 'ticket', ticket };
    if (answer.status === 424) return { kind: 'unjudged' };
    if (answer.status !== 401) return { kind: 'none' };
    const { sentence } = fieldsOf(error);
    return { kind: 'refused', sentence: typeof sentence === 'string' ? sentence : '' };
  } catch {
    return { kind: 'none' };
  }
}
