import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { printHelp } from '#config/help';
import { type Host } from '#config/key';
import { readConfig } from '#config/read-config';
import { table } from '#config/table';

/** What `npm start` was asked for. */
export interface StartOptions {
  /** As text for the apps; undefined leaves their default or the environment. */
  grace: string | undefined;
  detection: string | undefined;
  agents: string | undefined;
  load: string | undefined;
  portBase: number;
  /** Absolute, or relative to the working folder. */
  dataDir: string;
  /** Whether agents' XMPP clients and Finesse desktops are offered a Prosody and the REST interface. */
  xmpp: boolean;
}

/** Console, two servers, two workers, simulator, two CTI servers, Redis and five of Prosody, one after the other. */
export const portsCount = 14;
const portBaseMin = 1_024;
const portBaseMax = 65_535 - portsCount;

interface Given {
  grace?: string;
  detection?: string;
  agents?: string;
  load?: string;
  portBase: number;
  data?: string;
  xmpp?: true;
}

export type ParsedOptions = { kind: 'options'; options: StartOptions } | { kind: 'done'; exitCode: number };

/**
 * Reads the command line; `--help` and faults are printed by commander.
 * @throws ConfigError when the environment's own keys for the launcher cannot be used.
 */
export function parseOptions(
  args: readonly string[],
  env: Record<string, string | undefined>,
  host?: Host,
): ParsedOptions {
  const command = new Command('npm start --')
    .description('Starts both sides, their workers, the console, a simulated pair of CTI servers and a Redis.')
    .option(
      '--grace <duration>',
      'wait before a forced logout, such as 5s (a lost server: twice as long)',
      checked('graceMs'),
    )
    .option(
      '--detection <duration>',
      'silence after which a desktop counts as lost, such as 5s',
      checked('detectionMs'),
    )
    .option('--agents <number>', 'how many agents the simulated CTI server has', checked('simAgents'))
    .option('--load <0|1>', "the simulated 'Logout on Agent Disconnect'", checked('simLoad'))
    .option(
      '--port-base <port>',
      'first port of the nine (with --xmpp fourteen) that are used; taken ones are skipped',
      portBase,
      8080,
    )
    .option('--xmpp', 'for XMPP clients and Finesse desktops: a Prosody (must be installed), and REST with passwords')
    .option('--data <folder>', 'where Redis data, logs and secrets go (default: DATA_DIR or .lastcall)')
    .addHelpText(
      'after',
      `\nREDIS_URL in the environment names a Redis to use instead of starting one.\n${printHelp('start')}`,
    )
    .exitOverride();
  try {
    command.parse([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return { kind: 'done', exitCode: error.exitCode };
    throw error;
  }
  // Read even when an option names the folder: a mistyped key is found before anything is started.
  const { dataDir } = readConfig('start', env, host);
  const given = command.opts<Given>();
  return {
    kind: 'options',
    options: {
      grace: given.grace,
      detection: given.detection,
      agents: given.agents,
      load: given.load,
      portBase: given.portBase,
      dataDir: given.data ?? dataDir,
      xmpp: given.xmpp ?? false,
    },
  };
}

/** An option that is a key of the configuration table obeys its row. */
function checked(name: 'graceMs' | 'detectionMs' | 'simAgents' | 'simLoad'): (text: string) => string {
  return (text) => {
    const { schema, expected } = table[name];
    if (schema.safeParse(text).success) return text;
    throw new InvalidArgumentError(`Expected ${expected}.`);
  };
}

function portBase(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= portBaseMin && port <= portBaseMax) return port;
  throw new InvalidArgumentError(`Expected a whole number from ${String(portBaseMin)} to ${String(portBaseMax)}.`);
}
