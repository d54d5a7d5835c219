import { createHash } from 'node:crypto';
import { type Side } from '#domain/agent';
import { type AgentDesk } from '#cti-client/agent-desk';
import { type AgentNames, type ConfiguredAgents } from '#store/configured-agents';
import { type LinkKeeper } from './link-keeper';
import { type Logger } from 'pino';

/** How often it is looked whether the store has what the CTI server said last. */
const lookEveryMs = 2_000;

export interface ConfiguredAgentsTellerParts {
  readonly agentDesk: Pick<AgentDesk, 'warmUp'>;
  readonly keeper: Pick<LinkKeeper, 'holdsLease'>;
  readonly configured: Pick<ConfiguredAgents, 'publish' | 'versions'>;
  readonly side: Side;
  readonly log: Pick<Logger, 'info' | 'debug'>;
}

/** Publishes the agents of the CTI server's configuration to those who have no link to it; again where the store lost them. */
export class ConfiguredAgentsTeller {
  private known: { readonly revision: number; readonly version: string; readonly names: AgentNames } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ConfiguredAgentsTellerParts) {}

  start(): void {
    const again = (): void => {
      this.timer = setTimeout(() => void this.look().finally(again), lookEveryMs);
    };
    again();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  async look(): Promise<void> {
    const { agentDesk, keeper, configured, side, log } = this.parts;
    const current = agentDesk.warmUp?.configuredAgents;
    if (current === undefined || current.agentIds.length === 0 || !keeper.holdsLease()) return;
    if (current.revision !== this.known?.revision) {
      const names = { agentIds: current.agentIds, loginNames: new Map(current.loginNames) };
      this.known = { revision: current.revision, version: versionOf(names), names };
    }
    const { version, names } = this.known;
    try {
      const versions = await configured.versions();
      if (versions[side === 'primary' ? 0 : 1] === version) return;
      await configured.publish(side, version, names);
      log.info({ agents: names.agentIds.length }, "the agents of the CTI server's configuration are published");
    } catch (error) {
      // The store says itself that it is away; the next look tries again.
      log.debug({ err: error }, "the agents of the CTI server's configuration could not be published");
    }
  }
}

/** The same for the same agents, in whatever order they were named. */
function versionOf({ agentIds, loginNames }: AgentNames): string {
  const lines = [...agentIds].sort().map((agentId) => `${agentId} ${loginNames.get(agentId) ?? ''}`);
  return createHash('sha256').update(lines.join('\n')).digest('base64url');
}
