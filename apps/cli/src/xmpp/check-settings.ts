import { readFileSync } from 'node:fs';
import { ConfigError, errorCode } from '#config/config-error';
import { type Environment } from '#config/key';
import { readCa } from '#config/read-ca';
import { readConfig } from '#config/read-config';
import { whyUnfit, whyUnsafe } from '#presence/xmpp/address-rule';
import { type StreamSettings } from '#presence/xmpp/stream';
import { CommandFailure, ExitCode } from '../exit-codes';
import { type StreamManagement } from './test-user';

/** What the command line says; the environment says the rest. */
export interface CheckFlags {
  readonly mode?: string;
  readonly url?: string;
  readonly domain?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly tls?: string;
  readonly tlsCa?: string;
  readonly testUser?: string;
  readonly testPasswordFile?: string;
  readonly testUrl?: string;
  readonly streamManagement: StreamManagement | 'both';
  readonly within: number;
  readonly wait: number;
}

export interface CheckSettings {
  readonly watch: StreamSettings;
  /** Without it, only the watch itself is looked at. */
  readonly test: StreamSettings | undefined;
  readonly managements: readonly StreamManagement[];
  /** A loss must show within this time. */
  readonly withinMs: number;
  /** How long a loss is waited for. */
  readonly waitMs: number;
}

/** The option of each key, for messages. */
const flagOfKey: Readonly<Record<string, string>> = {
  XMPP_MODE: '--mode',
  XMPP_URL: '--url',
  XMPP_DOMAIN: '--domain',
  XMPP_USER: '--user',
  XMPP_PASSWORD: '--password-file',
  XMPP_TLS: '--tls',
  XMPP_TLS_CA: '--tls-ca',
};

/** For each step of a stream: a machine that is short of processor time is not taken for a server that does not answer. */
const stepMsMax = 60_000;

/** Where clients sign in, when only the port of components is known (RFC 6120). */
const clientPort = 5222;

/**
 * The watch and the test user that flags and environment describe together.
 * @throws CommandFailure that names each option and key with what is wrong, and no value
 */
export function readCheck(flags: CheckFlags, env: Environment): CheckSettings {
  const config = checked(() => readConfig('cli', environmentOf(flags, env)));
  const { xmppMode: mode, xmppUrl: url, xmppUser: user, xmppPassword: password } = config;
  if (mode === undefined || url === undefined || user === undefined || password === undefined) {
    const given = { XMPP_MODE: mode, XMPP_URL: url, XMPP_USER: user, XMPP_PASSWORD: password };
    const missing = Object.entries(given).flatMap(([key, value]) => (value === undefined ? [named(key)] : []));
    throw new CommandFailure(ExitCode.misused, `missing: ${missing.join(', ')}`);
  }
  const { xmppTls: tls, xmppTlsCa: caFile, xmppDomain: domain } = config;
  const ca = caFile === undefined ? undefined : checked(() => readCa('cli', 'XMPP_TLS_CA', caFile));
  const watch: StreamSettings = { mode, url, domain, user, password, tls, ca, stepMsMax };
  refuse('XMPP_URL', whyUnsafe(watch) ?? whyUnfit(watch));
  const { streamManagement: management } = flags;
  return {
    watch,
    test: testOf(flags, watch),
    managements: management === 'both' ? ['unused', 'used'] : [management],
    withinMs: flags.within * 1_000,
    waitMs: flags.wait * 1_000,
  };
}

function testOf(
  { testUser, testPasswordFile, testUrl }: CheckFlags,
  watch: StreamSettings,
): StreamSettings | undefined {
  if (testUser === undefined) {
    if (testPasswordFile === undefined && testUrl === undefined) return undefined;
    throw new CommandFailure(ExitCode.misused, '--test-password-file and --test-url are of no use without --test-user');
  }
  if (testPasswordFile === undefined) throw new CommandFailure(ExitCode.misused, 'missing: --test-password-file');
  const password = readText('--test-password-file', testPasswordFile).replace(/\r?\n$/, '');
  if (password === '') throw new CommandFailure(ExitCode.misused, `--test-password-file: ${testPasswordFile} is empty`);
  return { ...watch, mode: 'watcher', url: testUrl ?? clientUrl(watch), user: testUser, password };
}

function clientUrl({ mode, url }: StreamSettings): string {
  return mode === 'watcher' ? url : `xmpp://${new URL(url).hostname}:${String(clientPort)}`;
}

/** As if the flags had been set there; the keys of the CTI servers are not looked at. */
function environmentOf(flags: CheckFlags, env: Environment): Environment {
  const { passwordFile } = flags;
  return {
    CTI_A: 'unused:1',
    CTI_B: 'unused:1',
    XMPP_MODE: flags.mode ?? env['XMPP_MODE'],
    XMPP_URL: flags.url ?? env['XMPP_URL'],
    XMPP_DOMAIN: flags.domain ?? env['XMPP_DOMAIN'],
    XMPP_USER: flags.user ?? env['XMPP_USER'],
    XMPP_TLS: flags.tls ?? env['XMPP_TLS'],
    XMPP_TLS_CA: flags.tlsCa ?? env['XMPP_TLS_CA'],
    ...(passwordFile === undefined
      ? { XMPP_PASSWORD: env['XMPP_PASSWORD'], XMPP_PASSWORD_FILE: env['XMPP_PASSWORD_FILE'] }
      : { XMPP_PASSWORD_FILE: passwordFile }),
  };
}

/** What a server of ours would refuse is refused here in the same words. */
function refuse(key: string, why: string | null): void {
  if (why !== null) throw new CommandFailure(ExitCode.misused, `${named(key)} ${why}`);
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.problems.map(({ key, sentence }) => `${named(key)} ${sentence}`);
    throw new CommandFailure(ExitCode.misused, lines.join('\n  '));
  }
}

function named(key: string): string {
  const flag = flagOfKey[key];
  return flag === undefined ? key : `${flag} (${key})`;
}

function readText(option: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(ExitCode.misused, `${option}: ${path} cannot be read (${errorCode(error)})`);
  }
}
