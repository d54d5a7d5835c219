import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/**
 * Hashes of passwords in the PHC form `$scrypt$ln=15,r=8,p=1$<salt>$<hash>`, base64 without padding. scrypt (RFC 7914)
 * runs in Node's own thread pool: no event loop waits for it.
 */
export interface PasswordHash {
  /** The cost is 2^ln. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** 32 MiB and 50 to 150 ms, by the machine. Each further one doubles both. */
export const costDefault = 15;
export const costMin = 12;
export const costMax = 17;

const blockSize = 8;
const saltBytes = 16;
const hashBytes = 32;
const blockSizeMax = 16;
const parallelMax = 5;
/** What one check may take of the memory: 2^17 with blocks of 8. A file must not be able to ask for more. */
const memoryBytesMax = 129 * 1024 * 1024;
/** Beside the blocks themselves scrypt takes a little. */
const memorySpareBytes = 1024 * 1024;

const pattern = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

/** Undefined when the text is no such hash, or one that is too weak or too costly to be checked. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const [, ln, r, p, salt, hash] = pattern.exec(text) ?? [];
  if (salt === undefined || hash === undefined) return undefined;
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const fits = cost.ln >= costMin && cost.ln <= costMax && within(cost.r, blockSizeMax) && within(cost.p, parallelMax);
  if (!fits || memoryBytes(cost) > memoryBytesMax) return undefined;
  return { ...cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

/** @param ln 2^ln is the cost. */
export async function hashPassword(password: string, ln: number = costDefault): Promise<string> {
  const cost = { ln, r: blockSize, p: 1, salt: randomBytes(saltBytes) };
  const hash = await derive(password, cost, hashBytes);
  const parameters = `ln=${String(cost.ln)},r=${String(cost.r)},p=${String(cost.p)}`;
  return `$scrypt$${parameters}$${withoutPadding(cost.salt)}$${withoutPadding(hash)}`;
}

/** Takes as long for a wrong password as for the right one. */
export async function isPassword(password: string, expected: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await derive(password, expected, expected.hash.length), expected.hash);
}

type Cost = Pick<PasswordHash, 'ln' | 'r' | 'p'>;

/** One password typed on different systems can be different bytes: NFC makes them the same. */
function derive(password: string, cost: Cost & Pick<PasswordHash, 'salt'>, length: number): Promise<Buffer> {
  const { ln, r, p, salt } = cost;
  const maxmem = memoryBytes(cost) + memorySpareBytes;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, length, { N: 2 ** ln, r, p, maxmem }, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function memoryBytes({ ln, r, p }: Cost): number {
  return 128 * r * (2 ** ln + p);
}

function within(value: number, max: number): boolean {
  return value >= 1 && value <= max;
}

function withoutPadding(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
