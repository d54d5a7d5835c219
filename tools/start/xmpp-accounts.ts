import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashPassword } from '#config/password-hash';

/** The agents of the simulated CTI server as people who sign in: AGENTS_FILE for the servers, accounts for Prosody. */

export interface AccountsOrder {
  /** AGENTS_FILE. */
  readonly agentsFile: string;
  /** Prosody's data_path. */
  readonly prosodyDir: string;
  readonly domain: string;
  /** As many as SIM_AGENTS says: 1001 and up, on extensions 3001 and up. */
  readonly agents: number;
  /** The same for all of them, and for the administrator. */
  readonly password: string;
}

const firstAgentId = 1_001;
const firstExtension = 3_001;
/** May read ConnectedUsersInfo. */
export const administrator = 'admin';
const onlyOwner = 0o600;

export async function writeAccounts({
  agentsFile,
  prosodyDir,
  domain,
  agents,
  password,
}: AccountsOrder): Promise<void> {
  const ids = Array.from({ length: agents }, (_, index) => String(firstAgentId + index));
  // One hash for one password: each takes a good part of a second.
  const hash = await hashPassword(password);
  const entries = ids.map((id, index) => ({
    id,
    firstName: 'Agent',
    lastName: id,
    extension: String(firstExtension + index),
    password: hash,
  }));
  const admin = { id: administrator, roles: ['administrator'], password: hash };
  writeFileSync(agentsFile, `${JSON.stringify({ agents: [...entries, admin] }, null, 1)}\n`, { mode: onlyOwner });

  const folder = join(prosodyDir, domain, 'accounts');
  mkdirSync(folder, { recursive: true });
  const account = `return { ["password"] = ${JSON.stringify(password)} };\n`;
  for (const id of ids) writeFileSync(join(folder, `${id}.dat`), account, { mode: onlyOwner });
}
