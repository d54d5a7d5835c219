import { ConfigError } from '#config/config-error';
import { type Environment } from '#config/key';
import { readCa } from '#config/read-ca';
import { readConfig } from '#config/read-config';
import {
  CLOSE_TIMEOUT_MS,
  HEARTBEAT_MS,
  type LinkOptions,
  OPEN_TIMEOUT_MS,
  REQUEST_TIMEOUT_MS,
} from '#cti-client/link-options';
import { type LinkTls } from '#cti-client/wire';
import { isProtocolVersion } from '#cti-protocol/messages';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { pino } from 'pino';
import { CommandFailure, ExitCode } from './exit-codes';

/** What the command line says about the connection; the environment says the rest. */
export interface ConnectionFlags {
  readonly a?: string;
  readonly b?: string;
  readonly peripheral?: string;
  readonly protocol?: string;
  readonly clientId?: string;
  readonly passwordFile?: string;
  readonly tlsCa?: string;
  readonly tlsName?: string;
  /** Of `logout` alone. */
  readonly notReadyReason?: string;
  readonly supervisor?: string;
  readonly agentPasswordFile?: string;
  readonly startSide: 'a' | 'b';
  readonly wait: number;
  readonly rate: number;
}

export interface Connection {
  readonly link: LinkOptions;
  /** How long the first session may take to come into service. */
  readonly waitMs: number;
  readonly forced: ForcedSettings;
}

/** What a site's peripheral wants in a forced change; the same keys as a worker's. */
export interface ForcedSettings {
  readonly notReadyReasonCode: number;
  readonly agentPassword: string | undefined;
  readonly supervisorId: string | undefined;
}

const waitSecondsMax = 600;
const ratePerSecondMax = 500;

/** The option of each key, for messages. */
const flagOfKey: Readonly<Record<string, string>> = {
  CTI_A: '--a',
  CTI_B: '--b',
  CTI_PERIPHERAL_ID: '--peripheral',
  CTI_VERSION: '--protocol',
  CTI_CLIENT_ID: '--client-id',
  CTI_CLIENT_PASSWORD: '--password-file',
  CTI_TLS_CA: '--tls-ca',
  CTI_NOT_READY_REASON_CODE: '--not-ready-reason',
  CTI_AGENT_PASSWORD: '--agent-password-file',
  CTI_SUPERVISOR_ID: '--supervisor',
};

export function addConnectionOptions(command: Command): Command {
  return command
    .option('--a <host:port>', 'the CTI server of side A (default: CTI_A)')
    .option('--b <host:port>', 'the CTI server of side B (default: CTI_B; with --a alone: the same server)')
    .option('--peripheral <id>', 'the peripheral of the agents (default: CTI_PERIPHERAL_ID or 5000)')
    .option('--protocol <version>', 'the highest protocol version to offer, 13 to 25 (default: CTI_VERSION or 24)')
    .option('--client-id <name>', 'ClientID of the session (default: CTI_CLIENT_ID or lastcall)')
    .option(
      '--password-file <file>',
      'file with the ClientPassword (default: CTI_CLIENT_PASSWORD, CTI_CLIENT_PASSWORD_FILE or none)',
    )
    .option(
      '--tls-ca <file>',
      'use TLS, and trust only certificates of this CA, PEM (default: CTI_TLS_CA, or plain TCP)',
    )
    .option('--tls-name <name>', 'the name that the certificate must carry, where it is not the host')
    .addOption(new Option('--start-side <side>', 'the side to try first').choices(['a', 'b']).default('a'))
    .option('--wait <seconds>', 'how long to wait for a session', wholeNumber(1, waitSecondsMax), 30)
    .option('--rate <number>', 'send at most so many queries per second', wholeNumber(1, ratePerSecondMax), 20);
}

/** For commander: a whole number in a range, or a sentence. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
  };
}

/**
 * The connection that flags and environment describe together; the table of the configuration checks both.
 * @throws CommandFailure that names each option and key with what is wrong, and no value
 */
export function readConnection(flags: ConnectionFlags, env: Environment): Connection {
  const own = environmentOf(flags, env);
  const config = checked(own, () => readConfig('cli', own));
  const { ctiVersion: version } = config;
  if (!isProtocolVersion(version)) throw new Error('unreachable: the configuration table checks CTI_VERSION');
  const tls = tlsOf(own, config.ctiTlsCa, flags.tlsName);
  return {
    link: {
      endpoints: { a: config.ctiA, b: config.ctiB },
      peripheralId: config.ctiPeripheralId,
      version,
      clientId: config.ctiClientId,
      clientPassword: config.ctiClientPassword,
      heartbeatMs: HEARTBEAT_MS,
      openTimeoutMs: OPEN_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      requestsPerSecondMax: flags.rate,
      ...(tls === undefined ? {} : { tls }),
      startSide: flags.startSide,
      log: pino({ level: 'silent' }),
    },
    waitMs: flags.wait * 1_000,
    forced: {
      notReadyReasonCode: config.ctiNotReadyReasonCode,
      agentPassword: config.ctiAgentPassword,
      supervisorId: config.ctiSupervisorId,
    },
  };
}

/**
 * The environment as if the flags had been set there. Only keys of ours: whoever looks at a CTI server may have others.
 * Of a pair, either both sides come from the command line or both from the environment: a test server must not have a
 * production server as its other side.
 */
export function environmentOf(flags: ConnectionFlags, env: Environment): Environment {
  const { a, b } = flags;
  const isGiven = a !== undefined || b !== undefined;
  const pair = isGiven
    ? { CTI_A: a ?? b, CTI_B: b ?? a }
    : { CTI_A: env['CTI_A'] ?? env['CTI_B'], CTI_B: env['CTI_B'] ?? env['CTI_A'] };
  return {
    ...pair,
    CTI_PERIPHERAL_ID: flags.peripheral ?? env['CTI_PERIPHERAL_ID'],
    CTI_VERSION: flags.protocol ?? env['CTI_VERSION'],
    CTI_CLIENT_ID: flags.clientId ?? env['CTI_CLIENT_ID'],
    CTI_TLS_CA: flags.tlsCa ?? env['CTI_TLS_CA'],
    CTI_NOT_READY_REASON_CODE: flags.notReadyReason ?? env['CTI_NOT_READY_REASON_CODE'],
    CTI_SUPERVISOR_ID: flags.supervisor ?? env['CTI_SUPERVISOR_ID'],
    ...secretFrom('CTI_CLIENT_PASSWORD', flags.passwordFile, env),
    ...secretFrom('CTI_AGENT_PASSWORD', flags.agentPasswordFile, env),
  };
}

/** A file on the command line takes the place of both keys. */
function secretFrom(key: string, file: string | undefined, env: Environment): Environment {
  const fileKey = `${key}_FILE`;
  return file === undefined ? { [key]: env[key], [fileKey]: env[fileKey] } : { [fileKey]: file };
}

function checked<T>(env: Environment, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // Without --b the other side is a copy of the first: one sentence will do.
    const problems = error.problems.filter(({ key }) => key !== 'CTI_B' || env['CTI_B'] !== env['CTI_A']);
    const lines = problems.map(({ key, sentence }) => `${flagOfKey[key] ?? key} (${key}) ${sentence}`);
    throw new CommandFailure(ExitCode.misused, lines.join('\n  '));
  }
}

function tlsOf(env: Environment, caFile: string | undefined, servername: string | undefined): LinkTls | undefined {
  if (caFile === undefined) {
    if (servername === undefined) return undefined;
    throw new CommandFailure(ExitCode.misused, '--tls-name is of no use without --tls-ca');
  }
  const ca = checked(env, () => readCa('cli', 'CTI_TLS_CA', caFile));
  return servername === undefined ? { ca } : { ca, servername };
}
