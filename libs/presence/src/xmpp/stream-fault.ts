/** Why a stream ended or never began. `lost` is all that the network or the server's end does without a word. */
export type StreamEndKind =
  /** We closed it ourselves. */
  | 'closed'
  | 'unreachable'
  | 'lost'
  /** Name or password are not accepted. */
  | 'refused'
  /** Another stream uses our name. */
  | 'conflict'
  /** The server offers no TLS, or its certificate is not the right one. */
  | 'insecure'
  /** What came cannot be read, or is too long. */
  | 'malformed';

export interface StreamEnd {
  readonly kind: StreamEndKind;
  /** What happened and what can be done about it; never holds a secret. */
  readonly sentence: string;
}

/** A fault of our own sockets, which knows what it means. */
export class StreamFault extends Error {
  readonly code = 'XMPP_STREAM';

  constructor(
    readonly kind: StreamEndKind,
    sentence: string,
  ) {
    super(sentence);
    this.name = 'StreamFault';
  }
}

/** Stream errors (RFC 6120 §4.9.3), SASL failures (§6.5) and what a component is told (XEP-0114), by their condition. */
const conditions: Readonly<Record<string, StreamEnd>> = {
  conflict: {
    kind: 'conflict',
    sentence:
      'another connection uses this name: every server needs a component of its own (XMPP_USER), and a server that comes back must replace its own dead stream (Prosody: component_conflict_resolve = "kick_old")',
  },
  'not-authorized': { kind: 'refused', sentence: 'XMPP_USER or XMPP_PASSWORD is not accepted' },
  'account-disabled': { kind: 'refused', sentence: 'the account XMPP_USER is disabled' },
  'credentials-expired': { kind: 'refused', sentence: 'XMPP_PASSWORD has expired' },
  'encryption-required': { kind: 'insecure', sentence: 'the server demands TLS: XMPP_TLS=off is not for it' },
  'mechanism-too-weak': { kind: 'insecure', sentence: 'the server demands a stronger way of signing in' },
  'host-unknown': { kind: 'refused', sentence: 'the server does not serve this domain or component' },
  'host-gone': { kind: 'refused', sentence: 'the server does not serve this domain or component any more' },
  'policy-violation': { kind: 'lost', sentence: 'the server ended the stream: policy violation' },
  'system-shutdown': { kind: 'lost', sentence: 'the server is being stopped' },
  'connection-timeout': { kind: 'lost', sentence: 'the server gave us up after a silence' },
};

/** OpenSSL's and Node's codes for a certificate that is not accepted begin or end like this. */
const certificateCodes = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|ERR_TLS_|ERR_SSL_)/;

/** Makes sense of whatever the library, a socket or our own code calls a fault. */
export function streamEndOf(fault: unknown): StreamEnd {
  if (fault instanceof StreamFault) return { kind: fault.kind, sentence: fault.message };
  const { condition, code } = namesOf(fault);
  const known = conditions[condition];
  if (known !== undefined) return known;
  if (condition !== '') return { kind: 'lost', sentence: `the server ended the stream: ${condition}` };
  if (certificateCodes.test(code)) {
    return {
      kind: 'insecure',
      sentence: `the server's certificate is not accepted (${code}); XMPP_TLS_CA names the CA that signed it`,
    };
  }
  if (code.startsWith('XMPP_')) return { kind: 'malformed', sentence: messageOf(fault) };
  if (code !== '') return { kind: 'unreachable', sentence: `the server cannot be reached: ${code}` };
  return { kind: 'lost', sentence: `the stream ended: ${messageOf(fault)}` };
}

function namesOf(fault: unknown): { condition: string; code: string } {
  if (typeof fault !== 'object' || fault === null) return { condition: '', code: '' };
  const { condition, code } = fault as { condition?: unknown; code?: unknown };
  return { condition: typeof condition === 'string' ? condition : '', code: typeof code === 'string' ? code : '' };
}

function messageOf(fault: unknown): string {
  const text = fault instanceof Error ? fault.message : String(fault);
  return text.slice(0, messageCharsMax);
}

/** A fault's own words can repeat what a stranger sent. */
const messageCharsMax = 200;
