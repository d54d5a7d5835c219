import { isIP } from 'node:net';
import { z } from 'zod';

/**
 * Schemas from text to value. Their messages say what is wrong and never repeat the text: it may be a secret that
 * landed in the wrong key.
 */

const msPerUnit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** `60000` (milliseconds), `500ms`, `5s`, `1m` or `1h` → milliseconds. */
export function duration(limits: { minMs: number; maxMs: number }): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
    if (match?.[1] === undefined) return refuse(context, 'is not a duration');
    const unit = (match[2] ?? 'ms') as keyof typeof msPerUnit;
    const ms = Math.round(Number(match[1]) * msPerUnit[unit]);
    return ms >= limits.minMs && ms <= limits.maxMs ? ms : refuse(context, 'is out of range');
  });
}

/** A whole number in decimal digits, both limits included. */
export function wholeNumber(limits: { min: number; max: number }): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    if (!/^\d{1,15}$/.test(text.trim())) return refuse(context, 'is not a whole number');
    const value = Number(text);
    return value >= limits.min && value <= limits.max ? value : refuse(context, 'is out of range');
  });
}

export interface HostPort {
  host: string;
  port: number;
}

/** `host:port`, `[::1]:port`. */
export function hostPort(): z.ZodType<HostPort, string> {
  return z.string().transform((text, context) => {
    const value = parseHostPort(text.trim());
    return value ?? refuse(context, 'is not host:port');
  });
}

/** Undefined when the text is not `host:port` with a port from 1 to 65535. */
export function parseHostPort(text: string): HostPort | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/@[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

export function oneOf<const T extends string>(words: readonly T[]): z.ZodType<T, string> {
  return z
    .string()
    .transform((text, context) => words.find((word) => word === text.trim()) ?? refuse(context, 'is not one of these'));
}

/** Text of limited length without blanks at either end. */
export function text(limits: { lengthMin: number; lengthMax: number }): z.ZodType<string, string> {
  return z.string().transform((value, context) => {
    if (value.length < limits.lengthMin) return refuse(context, 'is too short');
    if (value.length > limits.lengthMax) return refuse(context, 'is too long');
    return value;
  });
}

/** Letters, digits, `.`, `_` and `-`: safe in Redis keys, job ids and log lines. */
export function identifier(lengthMax: number): z.ZodType<string, string> {
  return z
    .string()
    .transform((value, context) =>
      /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value) && value.length <= lengthMax
        ? value
        : refuse(context, 'is not an identifier'),
    );
}

/** A domain as XMPP compares it: in lower case, without a dot at its end. */
export function domainName(): z.ZodType<string, string> {
  const name = identifier(255);
  return z.string().transform((value, context) => {
    const checked = name.safeParse(value.replace(/\.$/, ''));
    return checked.success ? checked.data.toLowerCase() : refuse(context, 'is not a domain name');
  });
}

/** The base address of an HTTP server, without a trailing slash. */
export function httpUrl(): z.ZodType<string, string> {
  return z
    .string()
    .transform((value, context) => parseHttpUrl(value.trim()) ?? refuse(context, 'is not an http(s) address'));
}

const xmppPorts: Readonly<Record<string, string>> = { 'xmpp:': '5222', 'xmpps:': '5223' };

/** `xmpp://host[:port]`, `xmpps://…` without a path, or a WebSocket's `ws://…/path`. Without a user: that is a key of its own. */
export function xmppUrl(): z.ZodType<string, string> {
  return z.string().transform((value, context) => {
    const trimmed = value.trim();
    if (!URL.canParse(trimmed)) return refuse(context, 'is not an address');
    const url = new URL(trimmed);
    if (url.username !== '' || url.password !== '') return refuse(context, 'must not hold a user or password');
    if (url.protocol === 'ws:' || url.protocol === 'wss:') return trimmed;
    const port = xmppPorts[url.protocol];
    if (port === undefined || url.hostname === '' || !['', '/'].includes(url.pathname)) {
      return refuse(context, 'is not an address of an XMPP server');
    }
    return `${url.protocol}//${url.hostname}:${url.port === '' ? port : url.port}`;
  });
}

const pathPattern = /^\/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}\/){0,8}$/;

/**
 * `/`, `/lastcall/` or `/tools/lastcall`: what stands before every path of a surface → `''`, `'/lastcall'`.
 * @param taken first parts that are paths of the surface itself
 */
export function basePath(taken: readonly string[]): z.ZodType<string, string> {
  return z.string().transform((value, context) => {
    const path = value.trim().replace(/\/?$/, '/');
    if (!pathPattern.test(path))
      return refuse(context, 'is not a path of letters, digits and . _ ~ - that begins with /');
    const [, first = ''] = path.split('/');
    if (taken.includes(first)) return refuse(context, 'begins with a path that the console has itself');
    return path.slice(0, -1);
  });
}

/** A comma-separated list of web origins, each `scheme://host[:port]` and nothing more. */
export function origins(countMax: number): z.ZodType<readonly string[], string> {
  return z.string().transform((value, context) => {
    const list = value.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
    if (list.length > countMax) return refuse(context, 'has too many entries');
    const bad = list.findIndex((origin) => !isOrigin(origin));
    return bad === -1 ? list : refuse(context, `has an entry (number ${String(bad + 1)}) that is not an origin`);
  });
}

/** A comma-separated list of host names, without ports; in lower case, as they are compared. */
export function hostNames(countMax: number): z.ZodType<readonly string[], string> {
  return z.string().transform((value, context) => {
    const list = value.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim().toLowerCase()]));
    if (list.length > countMax) return refuse(context, 'has too many entries');
    const bad = list.findIndex((name) => !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name));
    return bad === -1 ? list : refuse(context, `has an entry (number ${String(bad + 1)}) that is no host name`);
  });
}

/** A comma-separated list of IP addresses and ranges (CIDR). */
export function networks(countMax: number): z.ZodType<readonly string[], string> {
  return z.string().transform((value, context) => {
    const list = value.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
    if (list.length > countMax) return refuse(context, 'has too many entries');
    const bad = list.findIndex((network) => !isNetwork(network));
    return bad === -1 ? list : refuse(context, `has an entry (number ${String(bad + 1)}) that is no address or range`);
  });
}

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return false;
  // A range of /0 would believe everybody.
  return bits === undefined || (Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128));
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:\/\/[^/]+$/.test(text) && new URL(text).origin === text;
}

/** `primary=http://…,secondary=http://…`, each side once. */
export function serverPerSide(): z.ZodType<Readonly<Record<'primary' | 'secondary', string>>, string> {
  return z.string().transform((value, context) => {
    const found = new Map(value.split(',').map((part) => splitOnce(part.trim(), '=')));
    const primary = parseHttpUrl(found.get('primary') ?? '');
    const secondary = parseHttpUrl(found.get('secondary') ?? '');
    return found.size === 2 && primary !== undefined && secondary !== undefined
      ? { primary, secondary }
      : refuse(context, 'does not name one http(s) address for each side');
  });
}

function parseHttpUrl(value: string): string | undefined {
  if (!URL.canParse(value)) return undefined;
  const url = new URL(value);
  return url.protocol === 'http:' || url.protocol === 'https:' ? value.replace(/\/+$/, '') : undefined;
}

function splitOnce(value: string, separator: string): [string, string] {
  const at = value.indexOf(separator);
  return at === -1 ? [value, ''] : [value.slice(0, at), value.slice(at + 1)];
}

/** Reports the fault to zod; the returned symbol only satisfies the transform's type. */
export function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
