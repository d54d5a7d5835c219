import { statSync } from 'node:fs';
import { type AgentDirectory, type Clash } from '#config/agent-directory';
import { type AgentProfile, type AgentProfiles, loadAgents } from '#config/agents-file';
import { foldAgentId } from '#domain/agent-id';
import { type Logger } from 'pino';

/** How often it is looked whether the file has changed. Polling sees what is mounted and exchanged as well. */
const lookMs = 2_000;

/** AGENTS_FILE, read again when it changes; a file that is wrong changes nothing. */
export class AgentsFileWatch {
  private profiles: AgentProfiles;
  private seen: string;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param path undefined without AGENTS_FILE: then nobody is known, and nobody has a password
   * @throws ConfigError when the file cannot be used
   */
  constructor(
    private readonly path: string | undefined,
    private readonly directory: Pick<AgentDirectory, 'replace'>,
    private readonly log: Pick<Logger, 'info' | 'error'>,
  ) {
    this.seen = path === undefined ? '' : signatureOf(path);
    this.profiles = path === undefined ? new Map() : this.load(path);
  }

  get hasPasswords(): boolean {
    return this.path !== undefined;
  }

  profile(agentId: string): AgentProfile | undefined {
    return this.profiles.get(foldAgentId(agentId));
  }

  start(): void {
    if (this.path !== undefined) this.timer = setInterval(this.look.bind(this), lookMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Reads the file again if it has changed since the last look. */
  look(): void {
    if (this.path === undefined) return;
    const signature = signatureOf(this.path);
    if (signature === this.seen) return;
    this.seen = signature;
    try {
      this.profiles = this.load(this.path);
      this.log.info({ agents: this.profiles.size }, "the agents' file has changed and was read");
    } catch (error) {
      this.log.error({ err: error }, "the agents' file has changed and cannot be used; the former one still counts");
    }
  }

  private load(path: string): AgentProfiles {
    const profiles = loadAgents(path);
    const agents = [...profiles.values()];
    const agentIds = agents.map(({ agentId }) => agentId);
    const loginNames = agents.flatMap(({ agentId, loginName }) =>
      loginName === undefined ? [] : [[agentId, loginName] as const],
    );
    for (const clash of this.directory.replace('agentsFile', agentIds, new Map(loginNames))) sayClash(this.log, clash);
    return profiles;
  }
}

/** Logouts of an agent with two ids are held, since the CTI server knows one of them at most; an alarm says so of each. */
export function sayClash(log: Pick<Logger, 'error'>, clash: Clash): void {
  const [agentId, other] = clash.agentIds;
  switch (clash.kind) {
    case 'spelling':
      log.error({ agentId, other }, 'two ids of the directory of agents differ in case alone: make them one');
      return;
    case 'loginName': {
      const { loginName } = clash;
      log.error(
        { agentId, other, loginName },
        'a login name is the id or the login name of another agent: agentId is not found by it, only by the id',
      );
    }
  }
}

/** Changes with the file, and with whether there is one. */
function signatureOf(path: string): string {
  const { ino, size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { ino: 0, size: 0, mtimeMs: 0 };
  return [ino, size, mtimeMs].map(String).join(' ');
}
