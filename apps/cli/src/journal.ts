import { findAgentId, notFoundInWords } from '#domain/agent-id';
import { ConfigError } from '#config/config-error';
import { type Environment } from '#config/key';
import { readConfig } from '#config/read-config';
import { describeAddress } from '#config/redis-url';
import { connect } from '#store/connection';
import { entryOf, Journal } from '#store/journal';
import { type Anchor, breaksMax, ChainCheck, hashOf } from '#store/journal-chain';
import { redisAccess } from '#store/redis-access';
import { StoreError } from '#store/store-error';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailure, ExitCode } from './exit-codes';
import { type Terminal } from './terminal';

/** Redis must answer within this time; the operator waits for it. */
const connectMsMax = 5_000;

export interface JournalParts {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly ends: (exitCode: ExitCode) => void;
}

/** `lastcall journal verify | export`. */
export function addJournal(program: Command, { env, terminal, ends }: JournalParts): Command {
  const journal = program
    .command('journal')
    .description('checks and exports the journal of decisions; reads REDIS_URL and CTI_PERIPHERAL_ID, writes nothing');
  journal
    .command('verify')
    .description('checks the chain of hashes: whether a line was changed, removed or put in')
    .addOption(
      new Option('--anchor <id=hash>', 'a line as an earlier verify told it: it must still be there').argParser(
        anAnchor,
      ),
    )
    .option('--json', 'the verdict as a JSON object', false)
    .action(async ({ anchor, json }: { anchor?: Anchor; json: boolean }) => {
      ends(await withJournal(env, (source, of) => verify(source, of, anchor ?? null, json, terminal)));
    });
  journal
    .command('export')
    .description('every line as a JSON object, the oldest first, with its hash')
    .addOption(new Option('--since <time>', 'ISO 8601, or epoch milliseconds').argParser(aTime))
    .addOption(new Option('--agent <id>', 'only this agent, in upper or lower case'))
    .action(async ({ since, agent }: { since?: number; agent?: string }) => {
      ends(await withJournal(env, (source) => exportLines(source, since ?? 0, agent ?? null, terminal)));
    });
  return journal;
}

/** Exit code 0: unbroken; 1: broken, nothing there to verify, or Redis does not answer. */
async function verify(
  journal: Journal,
  peripheralId: number,
  anchor: Anchor | null,
  asJson: boolean,
  { out }: Terminal,
): Promise<ExitCode> {
  const check = new ChainCheck(anchor);
  // Read first: what is written from now on is not looked for among the lines.
  const lines = journal.raw();
  for await (const line of lines) check.add(line);
  // Lines that came while we read are chained to what we saw; only then may the last hash be compared.
  check.finish(await headAt(journal, check));
  const { breaks, head, unchained } = check;
  if (asJson) {
    out(JSON.stringify({ lines: check.lines, unchained, head, breaks }));
  } else {
    const older = unchained === 0 ? '' : `, the first ${String(unchained)} of them from before there was a chain`;
    out(`${String(check.lines)} lines${older}`);
    for (const { sentence } of breaks) out(`BROKEN: ${sentence}`);
    if (breaks.length === breaksMax) out(`only the first ${String(breaksMax)} breaks are told`);
    if (check.lines === 0) out(`this Redis holds no journal of peripheral ${String(peripheralId)} (CTI_PERIPHERAL_ID)`);
    else if (breaks.length === 0) out('unbroken');
    if (head !== null) out(`anchor for the next time: ${head.id}=${head.hash}`);
  }
  // A journal that is not there, or was removed as a whole, is not one that was found in order.
  return breaks.length === 0 && check.lines > 0 ? ExitCode.done : ExitCode.failed;
}

/** The store's last hash, after reading on to the line that it belongs to. */
async function headAt(journal: Journal, check: ChainCheck): Promise<string | null> {
  for (;;) {
    const hash = await journal.head();
    if (hash === check.head?.hash || check.head === null) return hash;
    let more = false;
    for await (const line of journal.raw(check.head.id)) {
      if (line.id === check.head.id) continue;
      more = true;
      check.add(line);
    }
    if (!more) return hash;
  }
}

async function exportLines(
  journal: Journal,
  sinceMs: number,
  asked: string | null,
  { out, stopped }: Terminal,
): Promise<ExitCode> {
  const agent = asked === null ? null : await agentInJournal(journal, asked);
  for await (const line of journal.raw(String(sinceMs))) {
    if (stopped.aborted) return ExitCode.failed;
    if (agent !== null && line.agentId !== agent) continue;
    const { id, agentId, epoch, json, previous } = line;
    const at = new Date(Number(id.slice(0, id.indexOf('-')))).toISOString();
    const entry = entryOf(json);
    // A line that cannot be read goes out as it stands: an auditor decides what it is.
    const content = entry === undefined ? { entry: null, unreadable: json } : { entry };
    out(JSON.stringify({ id, at, agentId, epoch: Number(epoch), ...content, previous, hash: hashOf(line) }));
  }
  return ExitCode.done;
}

/** The agent as the journal spells it. An export that holds nothing must not be mistaken for an agent without lines. */
async function agentInJournal(journal: Journal, asked: string): Promise<string> {
  const result = findAgentId(asked, await journal.agentIds());
  if (result.found === 'one') return result.agentId;
  throw new CommandFailure(ExitCode.unknownAgent, notFoundInWords(asked, result, 'The journal has'));
}

async function withJournal(
  env: Environment,
  act: (journal: Journal, peripheralId: number) => Promise<ExitCode>,
): Promise<ExitCode> {
  const config = checked(env);
  const access = redisAccess('journal', config);
  const redis = connect(config.redisUrl, {
    name: 'lastcall-journal',
    // What fails is said with what was asked.
    outage: { lost: () => undefined, back: () => undefined },
    role: 'store',
    peripheralId: config.ctiPeripheralId,
    access,
  });
  const journal = new Journal(redis, { peripheralId: config.ctiPeripheralId });
  const late = setTimeout(() => {
    if (redis.status !== 'ready') redis.disconnect();
  }, connectMsMax);
  try {
    return await act(journal, config.ctiPeripheralId);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new CommandFailure(
      ExitCode.failed,
      `Redis at ${describeAddress(config.redisUrl)} (REDIS_URL) cannot be read: ${error.message}`,
    );
  } finally {
    clearTimeout(late);
    redis.disconnect();
  }
}

function checked(env: Environment) {
  try {
    return readConfig('journal', env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CommandFailure(ExitCode.misused, error.message);
  }
}

function anAnchor(text: string): Anchor {
  const [, id, hash] = /^(\d+-\d+)=([0-9a-f]{40})$/.exec(text) ?? [];
  if (id === undefined || hash === undefined) throw new InvalidArgumentError('Expected id=hash, as verify prints it.');
  return { id, hash };
}

function aTime(text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  throw new InvalidArgumentError('Expected a time such as 2026-11-23T04:00:00Z, or epoch milliseconds.');
}
