import { type AgentDirectory } from '#config/agent-directory';
import { isAgentId, isAgentName } from '#domain/agent-id';
import { type AgentNames, type ConfiguredAgents } from '#store/configured-agents';
import { StoreError } from '#store/store-error';
import { type Logger } from 'pino';
import { sayClash } from './finesse/agents-file-watch';

/** How often it is looked whether a worker has published other agents. */
const lookEveryMs = 2_000;

export interface ConfiguredAgentsWatchParts {
  readonly configured: Pick<ConfiguredAgents, 'versions' | 'read'>;
  readonly directory: Pick<AgentDirectory, 'replace' | 'sourcesRead'>;
  readonly log: Pick<Logger, 'info' | 'error' | 'debug'>;
}

/** Feeds the directory with the agents of the CTI server's configuration, as workers have published them. */
export class ConfiguredAgentsWatch {
  private seen = '';
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private isRefused = false;

  constructor(private readonly parts: ConfiguredAgentsWatchParts) {}

  /** Until the store has answered once, nobody can say which spelling counts. */
  start(): void {
    void this.look().finally(() => {
      if (!this.stopped) this.timer = setTimeout(this.start.bind(this), lookEveryMs).unref();
    });
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  async look(): Promise<void> {
    const { configured, directory } = this.parts;
    try {
      const versions = JSON.stringify(await configured.versions());
      if (versions !== this.seen) {
        const names = await configured.read();
        this.seen = versions;
        if (names !== undefined) this.take(names);
      }
      this.isRefused = false;
      directory.sourcesRead();
    } catch (error) {
      this.failed(error);
    }
  }

  /** What was read before still counts. A store that is away says so itself; one that refuses will do so again. */
  private failed(error: unknown): void {
    const { directory, log } = this.parts;
    if (!(error instanceof StoreError) || error.code !== 'STORE_REFUSED') {
      log.debug({ err: error }, 'the agents of the CTI configuration cannot be read now');
      return;
    }
    if (!this.isRefused) log.error({ err: error }, 'the agents of the CTI configuration cannot be read');
    this.isRefused = true;
    directory.sourcesRead();
  }

  private take(names: AgentNames): void {
    const { directory, log } = this.parts;
    const agentIds = names.agentIds.filter(isAgentId);
    const loginNames = new Map([...names.loginNames].filter(([id, name]) => isAgentId(id) && isAgentName(name)));
    const clashes = directory.replace('ctiConfiguration', agentIds, loginNames);
    log.info({ agents: agentIds.length, loginNames: loginNames.size }, 'the agents of the CTI configuration were read');
    for (const clash of clashes) sayClash(log, clash);
  }
}
