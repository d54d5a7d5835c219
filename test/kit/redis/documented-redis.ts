import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { type RedisProcess, startRedis } from './redis-server';

/** The files that docs/redis.md prints, which are those that an administrator copies. */

/** What an administrator puts their own addresses, ports and folders in for; `masterauth` and users stay as printed. */
const ownSettings = ['bind', 'port', 'dir', 'aclfile', 'replicaof', 'sentinel monitor'];

/** How it begins in the document. */
export type DocumentedFile =
  | 'redis.conf of a single node'
  | 'redis.conf of a replica behind Sentinels'
  | 'redis.conf of a node of a Cluster'
  | 'sentinel.conf';

/** For the test's own looks; it is not in the document. */
export const testUser = { user: 'tester', password: 'password-of-the-tests' } as const;

function document(): string {
  return readFileSync(join(packageRoot(), 'docs', 'redis.md'), 'utf8');
}

function block(language: string, start: RegExp): string {
  const found = [...document().matchAll(new RegExp(`\`\`\`${language}\\n([^\`]*)\`\`\``, 'g'))];
  const text = found.map(([, body = '']) => body).find((body) => start.test(body));
  if (text === undefined) throw new Error(`docs/redis.md prints no ${language} that begins with ${String(start)}`);
  return text;
}

/** Settings of a printed file by their names, without those that differ from place to place. */
export function documentedSettings(file: DocumentedFile): Record<string, string> {
  const text = block('conf', new RegExp(`^# ${file}\n`));
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const settings = lines.map((line): [string, string] => {
    const words = line.split(' ');
    const length = words[0] === 'sentinel' ? 2 : 1;
    const value = words.slice(length).join(' ');
    return [words.slice(0, length).join(' '), value === '""' ? '' : value];
  });
  return Object.fromEntries(settings.filter(([name]) => !ownSettings.includes(name)));
}

/** The printed users.acl. */
export function documentedUsers(): string {
  return block('acl', /^user default /);
}

/** The password that the printed users.acl gives a user. */
export function documentedPassword(user: string): string {
  const password = new RegExp(`^user ${user} on >(\\S+)`, 'm').exec(documentedUsers())?.[1];
  if (password === undefined) throw new Error(`docs/redis.md prints no user ${user}`);
  return password;
}

/** Writes the printed users.acl and the test's own user into a folder that is there; answers the file. */
export async function writeDocumentedUsers(dir: string): Promise<string> {
  const aclfile = join(dir, 'users.acl');
  const { user, password } = testUser;
  await writeFile(aclfile, `${documentedUsers()}user ${user} on >${password} ~* &* +@all\n`);
  return aclfile;
}

/** A URL as that user. */
export function urlAs(url: string, user: string, password: string): string {
  return url.replace('://', `://${user}:${password}@`);
}

/** REDIS_URL of an app with its documented user; one that uses no Redis has none. */
export function urlOfApp(url: string, app: string): string {
  if (app === 'simulator') return url;
  const user = `lastcall-${app}`;
  return urlAs(url, user, documentedPassword(user));
}

export interface DocumentedNode {
  readonly node: RedisProcess;
  /** Removes its folders, too. */
  readonly stop: () => Promise<void>;
}

/** A single node with the printed redis.conf and users.acl, without TLS; it may follow another one. */
export async function startDocumentedNode(master?: RedisProcess): Promise<DocumentedNode> {
  const folder = await mkdtemp(join(tmpdir(), 'documented-'));
  const aclfile = await writeDocumentedUsers(folder);
  const replica = 'lastcall-replica';
  const follows = master === undefined ? {} : { replicaof: `${master.host} ${String(master.port)}` };
  const signsIn = master === undefined ? {} : { masteruser: replica, masterauth: documentedPassword(replica) };
  const settings = { ...documentedSettings('redis.conf of a single node'), aclfile, ...follows, ...signsIn };
  const node = await startRedis({ settings, signIn: testUser });
  return {
    node,
    stop: async () => {
      await node.stop();
      await rm(folder, { recursive: true });
    },
  };
}
