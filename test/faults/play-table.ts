import { type FaultTimes } from './fault-times';
import { type ProductName } from './product';
import { type Row } from './row';
import { runRow, type RunResult } from './run-row';
import { type Stage, type StageSize, startStage } from './stage';

export interface TableOptions {
  readonly product: ProductName;
  readonly times: FaultTimes;
  readonly size: StageSize;
  readonly runs: number;
  readonly seed: number;
  /** A run is over. */
  readonly onRun?: (row: Row, result: RunResult) => void;
}

/** What all runs of one row came to. */
export interface RowResult {
  readonly row: number;
  readonly fault: string;
  readonly runs: number;
  readonly agents: number;
  readonly ghosts: number;
  readonly wrongLogouts: number;
  readonly ghostsLate: number;
  readonly worstLateMs: number | null;
  readonly violations: readonly string[];
}

/** Plays rows one after the other; those with the same needs share a site, and each run has agents of its own. */
export class Lane {
  private stage: Stage | undefined;

  constructor(private readonly options: TableOptions) {}

  async play(row: Row): Promise<RowResult> {
    const { runs, seed, onRun } = this.options;
    const results: RunResult[] = [];
    for (let run = 0; run < runs; run++) {
      const result = await this.playOnce(row, run).catch((error: unknown) => unplayed(row, run, seed, error));
      results.push(result);
      onRun?.(row, result);
      if (result.violations.length > 0) await this.close();
    }
    return summaryOf(row, results);
  }

  async close(): Promise<void> {
    await this.stage?.stop();
    this.stage = undefined;
  }

  private async playOnce(row: Row, run: number): Promise<RunResult> {
    const { product, times, size, seed } = this.options;
    if (this.stage !== undefined && !isRoomFor(row, this.stage)) await this.close();
    this.stage ??= await startStage(product, times, size, row.needs);
    const result = await runRow(row, this.stage, seed, run);
    await this.stage.clear();
    return result;
  }
}

/** A site of that kind, with agents left that nobody has seen yet. */
function isRoomFor(row: Row, stage: Stage): boolean {
  return stage.agentsLeft >= row.agents && JSON.stringify(stage.needs) === JSON.stringify(row.needs);
}

function unplayed(row: Row, run: number, seed: number, error: unknown): RunResult {
  const { message, cause } = error as Error;
  const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
  return {
    ...{ row: row.number, run, seed, agents: row.agents, ghosts: 0, survivors: 0 },
    ...{ wrongLogouts: 0, ghostsLate: 0, worstLateMs: null, tookMs: 0 },
    violations: [`the run could not be played: ${why}`],
  };
}

function summaryOf(row: Row, results: readonly RunResult[]): RowResult {
  const sum = (of: (result: RunResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  const late = results.flatMap(({ worstLateMs }) => (worstLateMs === null ? [] : [worstLateMs]));
  return {
    row: row.number,
    fault: row.fault,
    runs: results.length,
    agents: sum(({ agents }) => agents),
    ghosts: sum(({ ghosts }) => ghosts),
    wrongLogouts: sum(({ wrongLogouts }) => wrongLogouts),
    ghostsLate: sum(({ ghostsLate }) => ghostsLate),
    worstLateMs: late.length === 0 ? null : Math.max(...late),
    violations: results.flatMap(({ run, violations }) => violations.map((text) => `run ${String(run)}: ${text}`)),
  };
}
