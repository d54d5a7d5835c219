import { join } from 'node:path';
import { writeAccounts } from './start/xmpp-accounts';

/**
 * `node dist/tools/xmpp-accounts.js <folder> <data of Prosody>`: writes `agents.json` for the servers of docker-compose.yml
 * and the accounts of its Prosody, for SIM_AGENTS agents with AGENT_PASSWORD.
 */
async function main(): Promise<void> {
  const [, , folder = '', prosodyDir = ''] = process.argv;
  const { AGENT_PASSWORD: password = '', SIM_AGENTS: agents = '20', XMPP_DOMAIN: domain = 'localhost' } = process.env;
  if (folder === '' || prosodyDir === '' || password === '' || !/^\d{1,4}$/.test(agents)) {
    throw new Error('Two folders as arguments, AGENT_PASSWORD, and in SIM_AGENTS at most 9999 are needed.');
  }
  const agentsFile = join(folder, 'agents.json');
  await writeAccounts({ agentsFile, prosodyDir, domain, agents: Number(agents), password });
  process.stdout.write(`${agents} agents from 1001 on, in ${folder}\n`);
}

void main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
