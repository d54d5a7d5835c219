import { type ProductName } from '../kit/site/site-options';
import { keepEvidence } from './evidence';
import { type Experiment, type ExperimentNeeds, type ExperimentSize } from './experiment';
import { type Played, playFairly, type Verdict, watched } from './fair-play';
import { type FaultTimes, realTimes } from './fault-times';
import { needsOf, type Row, variantOf } from './row';
import { runRow, type RunResult } from './run-row';
import { startExperiment } from './start-experiment';
import { kindOf, Timetable, type Turn, turnsOf } from './timetable';

export interface TableOptions {
  readonly product: ProductName;
  readonly times: FaultTimes;
  readonly size: ExperimentSize;
  /** Of each row at least so many, and every variant of it at least once. */
  readonly runs: number;
  /** This run of each row alone; undefined: all. */
  readonly onlyRun: number | undefined;
  readonly seed: number;
  /** Sites that are under faults at a time. Rows mostly wait. */
  readonly lanes: number;
  /** Where the logs of a red run are kept; undefined: nowhere. */
  readonly evidence: string | undefined;
  /** A run is over. */
  readonly onRun?: (row: Row, result: RunResult) => void;
  /** A red run shows nothing, and is played again. */
  readonly onVoid?: (row: Row, result: RunResult, why: string) => void;
}

/** What all runs of one row came to. */
export interface RowResult {
  readonly row: number;
  readonly fault: string;
  readonly runs: number;
  /** How often each variant was played. */
  readonly variants: Readonly<Record<string, number>>;
  /** Red runs that were played again because their processes had waited for a processor. */
  readonly voided: number;
  /** Runs that were red, and had got the processor when they wanted it. */
  readonly red: number;
  /** Runs without a verdict, a sentence each: no fair run could be had. */
  readonly notJudged: readonly string[];
  readonly agents: number;
  readonly ghosts: number;
  readonly wrongLogouts: number;
  readonly ghostsLate: number;
  readonly worstLateMs: number | null;
  readonly violations: readonly string[];
}

/**
 * Plays rows in some lanes at once, each with a site of its own, and each run with agents whom no run had before. Begins when it
 * is made. `rowDone` settles when a row's last run is over, `ended` when all processes are gone.
 */
export class PlayedTable {
  readonly ended: Promise<void>;
  private readonly rows = new Map<Row, PromiseWithResolvers<RowResult>>();
  private readonly verdicts = new Map<Row, Verdict<RunResult>[]>();
  private readonly timetable: Timetable;
  private readonly turns: readonly Turn[];

  constructor(
    rows: readonly Row[],
    private readonly options: TableOptions,
  ) {
    for (const row of rows) {
      this.rows.set(row, Promise.withResolvers());
      this.verdicts.set(row, []);
    }
    this.turns = turnsOf(rows, options.runs, options.onlyRun, options.seed);
    this.timetable = new Timetable(this.turns);
    const lanes = Array.from({ length: options.lanes }, () => this.playLane());
    this.ended = Promise.all(lanes).then(() => undefined);
    // Whoever waits for it hears of it, however late.
    this.ended.catch(() => undefined);
  }

  async rowDone(row: Row): Promise<RowResult> {
    const done = this.rows.get(row);
    if (done === undefined) throw new Error(`row ${String(row.number)} is not played`);
    return done.promise;
  }

  private async playLane(): Promise<void> {
    const lane = new Lane(this.options);
    for (;;) {
      const turn = this.timetable.next(lane.needs);
      if (turn === undefined) break;
      const verdict = await playFairly({
        boundMs: this.options.times.detectionMs,
        play: () => lane.play(turn),
        isRed: ({ violations }) => violations.length > 0,
        onVoid: (result, why) => this.options.onVoid?.(turn.row, result, why),
      });
      this.take(turn.row, verdict);
    }
    await lane.close();
  }

  private take(row: Row, verdict: Verdict<RunResult>): void {
    const verdicts = this.verdicts.get(row) ?? [];
    verdicts.push(verdict);
    this.options.onRun?.(row, verdict.result);
    if (verdicts.length < this.turns.filter((turn) => turn.row === row).length) return;
    this.rows.get(row)?.resolve(summaryOf(row, verdicts, this.options));
  }
}

/** Plays runs one after the other; a site is kept for as long as it is of the kind that is needed and nothing went wrong at it. */
class Lane {
  private experiment: Experiment | undefined;

  constructor(private readonly options: TableOptions) {}

  get needs(): Experiment['needs'] | undefined {
    return this.experiment?.needs;
  }

  async play({ row, run }: Turn): Promise<Played<RunResult>> {
    const { times, seed } = this.options;
    try {
      const experiment = await this.experimentFor(row, run);
      const played = await watched(times.detectionMs, () => this.playOn(experiment, row, run));
      if (played.result.violations.length > 0) await this.close();
      return played;
    } catch (error) {
      await this.close().catch(() => undefined);
      return { result: unplayed(row, run, seed, error as Error), shortage: null };
    }
  }

  async close(): Promise<void> {
    const { experiment } = this;
    this.experiment = undefined;
    await experiment?.stop();
  }

  private async experimentFor(row: Row, run: number): Promise<Experiment> {
    const { product, times, size } = this.options;
    const needs = needsOf(row, run);
    if (this.experiment !== undefined && !isRoomFor(row, needs, this.experiment)) await this.close();
    return (this.experiment ??= await startExperiment(product, times, size, needs));
  }

  /** What cannot be played is a red run, too. */
  private async playOn(experiment: Experiment, row: Row, run: number): Promise<RunResult> {
    const { seed, evidence } = this.options;
    let result: RunResult;
    try {
      result = await runRow(row, experiment, seed, run);
    } catch (error) {
      result = unplayed(row, run, seed, error as Error);
    }
    if (result.violations.length > 0) await keepEvidence(evidence, experiment, result);
    else await experiment.clear();
    return result;
  }
}

/** A site of that kind, with agents left that nobody has seen yet. */
function isRoomFor(row: Row, needs: ExperimentNeeds, experiment: Experiment): boolean {
  return experiment.agentsLeft >= row.agents && kindOf(experiment.needs) === kindOf(needs);
}

function unplayed(row: Row, run: number, seed: number, error: Error): RunResult {
  const { message, cause } = error;
  // Not asked whether it is an Error: jest's and Node's differ.
  const why = cause === undefined ? message : `${message}: ${(cause as Error).message}`;
  return {
    ...{ row: row.number, run, seed, variant: variantOf(row, run), agents: row.agents, ghosts: 0, survivors: 0 },
    ...{ wrongLogouts: 0, ghostsLate: 0, overdueMs: 0, worstLateMs: null, tookMs: 0 },
    violations: [`the run could not be played: ${why}`],
  };
}

function summaryOf(row: Row, verdicts: readonly Verdict<RunResult>[], options: TableOptions): RowResult {
  const results = verdicts.map(({ result }) => result);
  const sum = (of: (result: RunResult) => number): number => results.reduce((total, result) => total + of(result), 0);
  const late = results.flatMap(({ worstLateMs }) => (worstLateMs === null ? [] : [worstLateMs]));
  const variants: Record<string, number> = Object.fromEntries((row.variants ?? []).map((variant) => [variant, 0]));
  for (const { variant } of results) if (variant !== undefined) variants[variant] = (variants[variant] ?? 0) + 1;
  return {
    row: row.number,
    fault: row.fault,
    runs: results.length,
    variants,
    voided: verdicts.reduce((total, verdict) => total + verdict.voided, 0),
    red: verdicts.filter(({ result, notJudged }) => result.violations.length > 0 && notJudged === null).length,
    notJudged: verdicts.flatMap(({ result, notJudged }) =>
      notJudged === null ? [] : [`run ${String(result.run)}${nameOf(result.variant)}: ${notJudged}`],
    ),
    agents: sum(({ agents }) => agents),
    ghosts: sum(({ ghosts }) => ghosts),
    wrongLogouts: sum(({ wrongLogouts }) => wrongLogouts),
    ghostsLate: sum(({ ghostsLate }) => ghostsLate),
    worstLateMs: late.length === 0 ? null : Math.max(...late),
    violations: results.flatMap((result) => [
      ...result.violations.map((text) => `run ${String(result.run)}${nameOf(result.variant)}: ${text}`),
      ...(result.violations.length > 0 ? [`the same run again: ${repeatOf(result, options)}`] : []),
    ]),
  };
}

function nameOf(variant: string | undefined): string {
  return variant === undefined ? '' : ` (${variant})`;
}

/** The command that plays that run again, with the same plan of who does what when. */
function repeatOf({ row, run, seed }: RunResult, { product, times, size }: TableOptions): string {
  return [
    `npm run faults -- --rows ${String(row)} --run ${String(run)} --seed ${String(seed)} --evidence faults-evidence`,
    ...(size === 'small' ? ['--small'] : []),
    ...(product === 'baseline' ? ['--product baseline'] : []),
    ...(times === realTimes ? ['--real-time'] : []),
  ].join(' ');
}
