import { type ChangeOrder, type Standing } from '#store/link-call';
import { type FinesseAction } from './finesse-events';
import { Refusal } from './refusals';
import { readXml, type XmlReadField } from './xml';

/** What a `PUT` of a `<User>` asks for. */
export interface UserOrder {
  readonly action: FinesseAction;
  readonly change: ChangeOrder;
}

/** AgentExtension is a STRING of 16 with its NUL; E.164 has a plus and 14 digits. */
const extensionPattern = /^(?:[\d*#]{1,15}|\+\d{1,14})$/;
const reasonCodeMax = 65_535;

/** Elements that would change what a sign-in means, and that are not offered here. */
const notOffered = ['mobileAgent'];

/**
 * @param body the XML as it came
 * @throws Refusal naming the element that is wrong
 */
export function readUserOrder(body: string): UserOrder {
  const reading = readXml(body, 'User');
  if (reading.kind === 'unreadable') throw new Refusal('BAD_REQUEST', { data: 'User', sentence: reading.sentence });
  const { fields } = reading;
  for (const name of notOffered) {
    if (fields.has(name)) throw new Refusal('INVALID_INPUT', { data: name, sentence: `${name} is not offered here` });
  }
  const state = textOf(fields, 'state').toUpperCase();
  switch (state) {
    case '':
      throw new Refusal('PARAMETER_MISSING', { data: 'state', sentence: 'State Parameter missing' });
    case 'LOGIN':
      return { action: 'LOGIN', change: { kind: 'signIn', extension: extensionOf(fields) } };
    case 'LOGOUT':
      return { action: 'LOGOUT', change: { kind: 'signOut', reasonCode: reasonCodeOf(fields) } };
    case 'READY':
      return { action: 'READY', change: { kind: 'setState', state, reasonCode: 0 } };
    case 'NOT_READY':
      return { action: 'NOT_READY', change: { kind: 'setState', state, reasonCode: reasonCodeOf(fields) } };
    default:
      throw new Refusal('INVALID_INPUT', { data: 'state', sentence: 'Invalid State specified for user' });
  }
}

function extensionOf(fields: ReadonlyMap<string, XmlReadField>): string {
  const extension = textOf(fields, 'extension');
  if (extension === '') {
    throw new Refusal('PARAMETER_MISSING', { data: 'extension', sentence: 'Extension Parameter missing' });
  }
  if (extensionPattern.test(extension)) return extension;
  throw new Refusal('INVALID_INPUT', { data: 'extension', sentence: 'Invalid extension specified for user' });
}

/** Empty and -1 are Finesse's "none". */
function reasonCodeOf(fields: ReadonlyMap<string, XmlReadField>): number {
  const text = textOf(fields, 'reasonCodeId');
  if (text === '' || text === '-1') return 0;
  const code = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (code <= reasonCodeMax) return code;
  throw new Refusal('INVALID_INPUT', { data: 'reasonCodeId', sentence: 'Invalid reasonCodeId specified for user' });
}

function textOf(fields: ReadonlyMap<string, XmlReadField>, name: string): string {
  const field = fields.get(name);
  if (field === undefined) return '';
  if (field.kind === 'text') return field.text;
  throw new Refusal('INVALID_INPUT', { data: name, sentence: `${name} is ${field.kind}` });
}

/** The same order with the password that the CTI server is to see; for a sign-in, and where there is one. */
export function withPassword(order: UserOrder, password: string | undefined): UserOrder {
  if (order.change.kind !== 'signIn' || password === undefined) return order;
  return { ...order, change: { ...order.change, password } };
}

/** The products whose agent states this API shows; they differ in what they allow. */
export type CtiProduct = 'ucce' | 'uccx';

/** The states from which an agent may sign out, by the tables of transitions in Finesse's developer guide. */
const signOutFrom: Readonly<Record<CtiProduct, readonly string[]>> = {
  ucce: ['NOT_READY'],
  uccx: ['NOT_READY', 'READY'],
};

/**
 * What Finesse's rules say of an order at once, before the CTI server is asked; undefined when nothing is against it.
 * On a call Ready and Not Ready are taken: they become pending.
 */
export function ruleAgainst({ change }: UserOrder, standing: Standing, product: CtiProduct): Refusal | undefined {
  switch (change.kind) {
    case 'signIn': {
      // Signing in again is allowed and keeps the state; the place cannot be changed by it.
      const { extension, signedOut } = standing;
      if (signedOut || extension === undefined || extension === change.extension) return undefined;
      return new Refusal('INVALID_DEVICE', { data: 'extension', sentence: 'Signed in on another extension' });
    }
    case 'setState':
      return standing.signedOut
        ? new Refusal('INVALID_STATE', { data: 'state', sentence: 'The user is not signed in' })
        : undefined;
    case 'signOut':
      return signOutFrom[product].includes(standing.state)
        ? undefined
        : new Refusal('INVALID_STATE', { data: 'state', sentence: `Cannot sign out from ${standing.state}` });
  }
}
