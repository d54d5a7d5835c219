import { type Logger } from 'pino';
import { type Agent } from '#domain/agent';
import { type DesktopTable, type Holding } from './desktop-table';
import { type Lease } from './lease';
import { type PresenceDesk } from './presence-desk';

/** A comparison is made at every renewal whose numbers differ, and at each such one even if they do not. */
const wholeComparisonEvery = 12;

export interface AssertionParts {
  readonly desk: Pick<PresenceDesk, 'assert' | 'dropStrays'>;
  readonly table: DesktopTable;
  readonly lease: Pick<Lease, 'recordedAgents' | 'unrecorded'>;
  readonly serverId: string;
  readonly log: Logger;
  /** Called with the record of each desktop that was told again: its acknowledgement may have to be renewed. */
  readonly onAsserted: (holding: Holding, agent: Agent) => void;
  /** The store had records of these agents, whose desktops are open, and has none any more. */
  readonly onForgotten: (agentIds: readonly string[]) => void;
}

/**
 * Keeps the records in agreement with the table of desktops, which is the truth: all of them are told again when the
 * store has changed (rule GEN), and both are compared now and then, since a late sweep may have closed a desktop that
 * is open, and a last look that crossed a loss may have opened one that is gone.
 */
export class Assertion {
  private round = 0;
  private comparisons = 0;

  constructor(private readonly parts: AssertionParts) {}

  get desktops(): number {
    return this.parts.table.size;
  }

  /** Resolves when the store has heard of every desktop; false when a newer round has begun meanwhile. */
  async assertAll(): Promise<boolean> {
    const round = ++this.round;
    const { table, desk, onAsserted } = this.parts;
    // Before they are told again, which makes new records. What the store cannot answer now it is asked with the next round.
    await this.noticeForgotten(table.all()).catch(() => undefined);
    await Promise.all(
      table.all().map(async (holding) => {
        const agent = await desk.assert(holding);
        if (agent !== null) onAsserted(holding, agent);
      }),
    );
    return round === this.round;
  }

  /** Compares the records that name this server with its table; `recorded` is the store's count of such agents. */
  async compare(recorded: number): Promise<void> {
    const { table, desk, lease, serverId, log } = this.parts;
    this.comparisons += 1;
    if (recorded === table.agentCount && this.comparisons % wholeComparisonEvery !== 0) return;
    const inRecords = new Set(await lease.recordedAgents(serverId));
    // The table is read after the records: what left it meanwhile has been told, and what entered it is being told.
    const missing = table.all().filter(({ agentId }) => !inRecords.has(agentId));
    const strays = [...inRecords].filter((agentId) => table.of(agentId).length === 0);
    if (missing.length + strays.length > 0) {
      log.debug({ missing: missing.length, strays: strays.length }, 'records differ from the desktops held');
    }
    await this.noticeForgotten(missing);
    for (const holding of missing) void desk.assert(holding);
    for (const agentId of strays) desk.dropStrays(agentId);
  }

  /** A record is never removed, so one that is missing was forgotten. */
  private async noticeForgotten(holdings: readonly Holding[]): Promise<void> {
    const known = holdings.filter(({ recorded, gone }) => recorded && gone === null);
    if (known.length === 0) return;
    const forgotten = await this.parts.lease.unrecorded([...new Set(known.map(({ agentId }) => agentId))]);
    // Said once: its next commit makes a new record.
    for (const holding of known) if (forgotten.includes(holding.agentId)) holding.recorded = false;
    if (forgotten.length > 0) this.parts.onForgotten(forgotten);
  }
}
