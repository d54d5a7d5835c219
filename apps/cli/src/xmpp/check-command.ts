import { type Environment } from '#config/key';
import { type Command, Option } from 'commander';
import { wholeNumber } from '../connection';
import { type ExitCode } from '../exit-codes';
import { type Terminal } from '../terminal';
import { check } from './check';
import { type CheckFlags, readCheck } from './check-settings';

const withinSecondsMax = 600;
const waitSecondsMax = 3_600;

export interface XmppParts {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly ends: (exitCode: ExitCode) => void;
}

/** @returns the command `xmpp`, with its own below it */
export function addXmpp(program: Command, { env, terminal, ends }: XmppParts): Command {
  const xmpp = program.command('xmpp').description('look at an XMPP server whose presence is to be watched');
  xmpp
    .command('check')
    .description('watches as a server would, and measures how long the loss of a test user takes to show')
    .option('--mode <mode>', 'component or watcher (default: XMPP_MODE)')
    .option('--url <url>', 'the XMPP server (default: XMPP_URL)')
    .option('--domain <name>', 'the domain of the agents (default: XMPP_DOMAIN or localhost)')
    .option('--user <name>', 'the component, or the account that watches (default: XMPP_USER)')
    .option('--password-file <file>', 'file with its secret (default: XMPP_PASSWORD or XMPP_PASSWORD_FILE)')
    .option('--tls <rule>', 'required or off (default: XMPP_TLS or required)')
    .option('--tls-ca <file>', "the CA of the server's certificate, PEM (default: XMPP_TLS_CA)")
    .option('--test-user <name>', 'an account of the domain that is no agent; without it no loss is measured')
    .option('--test-password-file <file>', 'file with its password')
    .option('--test-url <url>', 'where it signs in (default: that of a watcher; for a component port 5222 of its host)')
    .addOption(
      new Option('--stream-management <how>', 'how your desktops sign in; only these losses are measured')
        .choices(['both', 'used', 'unused'])
        .default('both'),
    )
    .option('--within <seconds>', 'how soon a loss must show', wholeNumber(1, withinSecondsMax), 25)
    .option(
      '--wait <seconds>',
      'how long to wait for one; closed connections first, then silent clients',
      wholeNumber(1, waitSecondsMax),
      60,
    )
    .option('--json', 'one JSON object', false)
    .action(async (flags: CheckFlags & { json: boolean }) => {
      ends(await check(readCheck(flags, env), flags.json, terminal));
    });
  return xmpp;
}
