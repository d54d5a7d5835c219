import { isAgentName } from '#domain/agent-id';

/** What a request brings to prove who sends it. */
export type Proof =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' };

/** A token of an OpenID provider; the other kind of proof is far shorter. */
const headerLengthMax = 8_192 + 16;
const passwordBytesMax = 256;

const unreadable: Proof = { kind: 'unreadable' };

/** Reads the header `Authorization`: Basic (RFC 7617, UTF-8) or Bearer (RFC 6750). Never throws. */
export function readProof(header: string | undefined): Proof {
  if (header === undefined || header === '') return { kind: 'none' };
  if (header.length > headerLengthMax) return unreadable;
  const [, scheme = '', value = ''] = /^([A-Za-z]+) +([A-Za-z0-9+/=._~-]+) *$/.exec(header) ?? [];
  switch (scheme.toLowerCase()) {
    case 'basic':
      return passwordOf(value);
    case 'bearer':
      return { kind: 'token', token: value };
    default:
      return unreadable;
  }
}

function passwordOf(encoded: string): Proof {
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString('utf8');
  // Not UTF-8: what was replaced would be lost, and two passwords could become one.
  if (!Buffer.from(text, 'utf8').equals(bytes)) return unreadable;
  const colon = text.indexOf(':');
  const user = text.slice(0, Math.max(0, colon));
  if (!isAgentName(user)) return unreadable;
  const password = text.slice(colon + 1);
  if (password === '' || Buffer.byteLength(password) > passwordBytesMax || /[\u0000-\u001f\u007f]/.test(text))
    return unreadable;
  return { kind: 'password', user, password };
}
