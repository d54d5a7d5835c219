import { type Environment } from '#config/key';
import { packageVersion } from '#config/package-root';
import { costDefault, costMax, costMin } from '#config/password-hash';
import { isProtocolVersion, type ProtocolVersion } from '#cti-protocol/messages';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { addGhosts } from './ghosts';
import { hashOfInput } from './agents-hash';
import { capture } from './capture';
import { decode, encode } from './codec';
import { addConnectionOptions, type ConnectionFlags, readConnection, wholeNumber } from './connection';
import { CommandFailure, ExitCode, exitCodesHelp } from './exit-codes';
import { addJournal } from './journal';
import { logout } from './logout';
import { query } from './query';
import { replay } from './replay';
import { serveReplay } from './replay-server';
import { addSessions } from './sessions';
import { addSide } from './side';
import { type Terminal } from './terminal';
import { watch } from './watch';
import { addXmpp } from './xmpp/check-command';

const AGENTS_MAX = 1_000;
const SECONDS_MAX = 7 * 24 * 3_600;
const MEGABYTES_MAX = 100_000;
const REASON_MAX = 65_535;
const PORT_MAX = 65_535;

/**
 * Runs one command line.
 * @param args without node and the script
 * @returns the exit code; results and complaints have been printed
 */
export async function run(args: readonly string[], env: Environment, terminal: Terminal): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.done;
  const program = new Command('lastcall')
    .description(
      [
        'Signs out agents whose desktop is gone. This tool looks at a CTI server (GED-188) or an XMPP server,',
        'checks and exports the journal, sees to the maintenance of a side, lists and signs out ghosts,',
        'ends sessions of the console, and makes what the file of agents needs.',
      ].join(' '),
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .configureHelp({ helpWidth: 100 })
    .exitOverride()
    .addHelpText('after', `\n${exitCodesHelp()}`);
  const cti = program.command('cti').description('watch, query and record a CTI server; read and write its messages');
  const parts: Parts = {
    cti,
    env,
    terminal,
    ends: (code) => {
      exitCode = code;
    },
  };
  addObservers(parts);
  addLogout(parts);
  addCodec(parts);
  addRecorder(parts);
  const agents = addAgents(program, parts);
  const xmpp = addXmpp(program, parts);
  const journal = addJournal(program, parts);
  const side = addSide(program, parts);
  const ghosts = addGhosts(program, parts);
  const sessions = addSessions(program, parts);
  // Subcommands do not inherit what a command was told about its exit and its help.
  for (const command of [cti, agents, xmpp, journal, side, ghosts, sessions].flatMap((group) => [
    group,
    ...group.commands,
  ]))
    command.copyInheritedSettings(program).exitOverride();
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.done : ExitCode.misused;
    if (!(error instanceof CommandFailure)) throw error;
    terminal.err(`lastcall: ${error.message}`);
    return error.exitCode;
  }
}

interface Parts {
  readonly cti: Command;
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly ends: (exitCode: ExitCode) => void;
}

function addObservers({ cti, env, terminal, ends }: Parts): void {
  addConnectionOptions(
    cti
      .command('watch')
      .description('agents and calls as they change; sends nothing but OPEN, heartbeats, queries and CLOSE')
      .addOption(
        new Option('--agent <id>', 'only this agent, from the start; may be given again')
          .argParser(anAgent)
          .default([], 'every agent of whom something is told')
          .conflicts('all'),
      )
      .option('--all', 'all agents from the start: asks for the configuration, and about each agent in it', false)
      .option('--seconds <number>', 'end after so many seconds (default: Ctrl-C)', wholeNumber(1, SECONDS_MAX))
      .option('--json', 'one JSON object per line', false),
  ).action(async (flags: ConnectionFlags & { agent: string[]; all: boolean; json: boolean; seconds?: number }) => {
    const order = { agentIds: flags.agent, everybody: flags.all, json: flags.json, seconds: flags.seconds };
    await watch(readConnection(flags, env), order, terminal);
  });
  addConnectionOptions(
    cti
      .command('query')
      .description('asks the CTI server about one agent: state, reason, extension, open calls')
      .argument('<agent>', 'agent ID', agentId)
      .option('--json', 'one JSON object', false),
  ).action(async (agent: string, flags: ConnectionFlags & { json: boolean }) => {
    ends(await query(readConnection(flags, env), agent, flags.json, terminal));
  });
}

function addLogout({ cti, env, terminal, ends }: Parts): void {
  addConnectionOptions(
    cti
      .command('logout')
      .description('signs an agent out as a worker does; an agent on a call is left alone; prints what became of it')
      .argument('<agent>', 'agent ID', agentId)
      .option('--reason <code>', 'reason code of the logout', wholeNumber(0, REASON_MAX), 255)
      .option(
        '--not-ready-reason <code>',
        'reason code of the Not Ready before it (default: CTI_NOT_READY_REASON_CODE or 20001)',
      )
      .option('--supervisor <id>', 'SupervisorID, on whose behalf (default: CTI_SUPERVISOR_ID or none)')
      .option(
        '--agent-password-file <file>',
        'file with the AgentPassword (default: CTI_AGENT_PASSWORD, CTI_AGENT_PASSWORD_FILE or none)',
      )
      .option('--yes', 'do not ask before', false)
      .option('--json', 'the outcome as a JSON object', false),
  ).action(async (agent: string, flags: ConnectionFlags & { reason: number; yes: boolean; json: boolean }) => {
    const order = {
      agentId: agent,
      reasonCode: flags.reason,
      yes: flags.yes,
      json: flags.json,
    };
    ends(await logout(readConnection(flags, env), order, terminal));
  });
}

function addCodec({ cti, terminal, ends }: Parts): void {
  cti
    .command('decode')
    .description('explains a frame; without <hex>, one frame per line of standard input')
    .argument('[hex]', 'the frame in hexadecimal, header included; several in a row are taken apart')
    .option('--protocol <version>', 'protocol version of the session, 13 to 25', protocolVersion, 24)
    .option('--json', 'one line {name, fields, floating: [[tag, hex], …]} per frame, or {error}', false)
    .action(async (hex: string | undefined, flags: { protocol: ProtocolVersion; json: boolean }) => {
      ends(await decode(hex, flags.protocol, flags.json, terminal));
    });
  cti
    .command('encode')
    .description('writes frames: one message {name, fields, floating} per line of standard input, one frame out')
    .option('--protocol <version>', 'protocol version of the session, 13 to 25', protocolVersion, 24)
    .option('--json', 'messages are JSON; there is no other form', true)
    .action(async (flags: { protocol: ProtocolVersion }) => {
      ends(await encode(flags.protocol, terminal));
    });
}

function addRecorder({ cti, env, terminal, ends }: Parts): void {
  addConnectionOptions(
    cti
      .command('capture')
      .description('records a session like that of watch, frame by frame, without passwords; one JSON line each')
      .argument('<file>', 'a new file')
      .addOption(
        new Option('--agent <id>', 'ask about this agent; may be given again').argParser(anAgent).default([], 'nobody'),
      )
      .option('--seconds <number>', 'end after so many seconds (default: Ctrl-C)', wholeNumber(1, SECONDS_MAX))
      .option('--megabytes <number>', 'end when the file is so large', wholeNumber(1, MEGABYTES_MAX), 100),
  ).action(async (path: string, flags: ConnectionFlags & { agent: string[]; seconds?: number; megabytes: number }) => {
    const { agent: agentIds, seconds, megabytes } = flags;
    const order = { path, agentIds, seconds, bytesMax: megabytes * 1_000_000 };
    ends(await capture(readConnection(flags, env), order, terminal));
  });
  cti
    .command('replay')
    .description('prints a captured session, explained; or plays the CTI server to a client')
    .argument('<file>', 'what capture has written')
    .option('--serve <port>', 'play the CTI server on this port of 127.0.0.1, to one client', wholeNumber(1, PORT_MAX))
    .option(
      '--connection <number>',
      'with --serve: which connection of the capture (default: the first)',
      wholeNumber(1, REASON_MAX),
    )
    .option(
      '--wait <seconds>',
      'with --serve: how long to wait for what the client is to send',
      wholeNumber(1, 600),
      30,
    )
    .option('--pause <ms>', 'with --serve: the longest pause between frames', wholeNumber(0, 60_000), 1_000)
    .action(async (path: string, flags: { serve?: number; connection?: number; wait: number; pause: number }) => {
      const { serve: port, connection, wait, pause: pauseMsMax } = flags;
      if (port === undefined) ends(await replay(path, terminal));
      else ends(await serveReplay({ path, port, connection, waitMs: wait * 1_000, pauseMsMax }, terminal));
    });
}

function addAgents(program: Command, { terminal, ends }: Parts): Command {
  const agents = program.command('agents').description('what AGENTS_FILE needs');
  agents
    .command('hash')
    .description('prints the hash of the password that is the first line of standard input')
    .option('--cost <number>', 'each further one doubles time and memory', wholeNumber(costMin, costMax), costDefault)
    .action(async ({ cost }: { cost: number }) => {
      ends(await hashOfInput(terminal, cost));
    });
  return agents;
}

function agentId(text: string): string {
  // What AgentID holds on the wire beside its NUL.
  if (/^[\x21-\xff]{1,11}$/.test(text)) return text;
  throw new InvalidArgumentError('Expected an agent ID of at most 11 characters, without spaces.');
}

function anAgent(text: string, others: string[]): string[] {
  if (others.length >= AGENTS_MAX) throw new InvalidArgumentError(`At most ${AGENTS_MAX} agents.`);
  return [...others, agentId(text)];
}

function protocolVersion(text: string): ProtocolVersion {
  const version = Number(text);
  if (isProtocolVersion(version)) return version;
  throw new InvalidArgumentError('Expected a protocol version from 13 to 25.');
}
