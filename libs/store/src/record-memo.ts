import { type Agent, type AgentKey } from '#domain/agent';
import { decodeRecord, versionOf } from './record';

/** A peripheral has about 12 000 agents at most; a record with its text takes below 2 kB. */
const defaultRecordsMax = 16_000;

interface Known {
  readonly text: string;
  readonly record: { readonly agent: Agent; readonly version: string };
}

/**
 * Reads records, and remembers for each agent what the last text meant: most records are read again by the process that
 * wrote them. It saves the parsing only; what is in the store is asked each time.
 */
export class RecordMemo {
  /** In the order of use, the latest last. */
  private readonly known = new Map<string, Known>();

  constructor(private readonly recordsMax = defaultRecordsMax) {}

  /** Throws RECORD_UNREADABLE as decodeRecord does. */
  read(key: AgentKey, redisKey: string, text: string): Known['record'] {
    const { agentId } = key;
    const known = this.known.get(agentId);
    if (known?.text === text) return known.record;
    const record = decodeRecord(key, redisKey, text);
    this.keep(agentId, { text, record });
    return record;
  }

  /** `text` is what encodeRecord made of `agent`. */
  remember(agent: Agent, text: string): void {
    this.keep(agent.key.agentId, { text, record: { agent, version: versionOf(text) } });
  }

  private keep(agentId: string, known: Known): void {
    this.known.delete(agentId);
    this.known.set(agentId, known);
    if (this.known.size <= this.recordsMax) return;
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
  }
}
