import { type ExperimentNeeds } from './experiment';
import { needsOf, type Row } from './row';

/** One run of one row. */
export interface Turn {
  readonly row: Row;
  readonly run: number;
}

/** A mass loss takes so many times as long as anything else. */
const weightOfMassLoss = 3;

/** Who plays what next, so that sites are kept while there is work for them and no lane is left with all that is slow. */
export class Timetable {
  private readonly turns: Turn[];

  constructor(turns: readonly Turn[]) {
    this.turns = [...turns];
  }

  /** The next one for a lane whose site is of that kind; else the first of the kind of which most is left. Undefined at the end. */
  next(needs: ExperimentNeeds | undefined): Turn | undefined {
    const kind = this.firstOf(needs === undefined ? undefined : kindOf(needs)) ?? this.firstOf(this.largestKind());
    if (kind === undefined) return undefined;
    this.turns.splice(this.turns.indexOf(kind), 1);
    return kind;
  }

  private firstOf(kind: string | undefined): Turn | undefined {
    return this.turns.find(({ row, run }) => kindOf(needsOf(row, run)) === kind);
  }

  private largestKind(): string | undefined {
    const weights = new Map<string, number>();
    for (const { row, run } of this.turns) {
      const needs = needsOf(row, run);
      const kind = kindOf(needs);
      weights.set(kind, (weights.get(kind) ?? 0) + (needs.protectsSides ? weightOfMassLoss : 1));
    }
    return [...weights].sort(([, one], [, other]) => other - one)[0]?.[0];
  }
}

export function kindOf(needs: ExperimentNeeds): string {
  return JSON.stringify(needs);
}

/** Of every row at least so many runs, and every variant of it at least once unless they are sampled; or one run of each row alone. */
export function turnsOf(rows: readonly Row[], runs: number, onlyRun: number | undefined, seed: number): Turn[] {
  return rows.flatMap((row) => {
    if (onlyRun !== undefined) return [{ row, run: onlyRun }];
    const { variants = [''], isSampled = false } = row;
    const first = isSampled ? seed % variants.length : 0;
    const count = isSampled ? runs : Math.max(runs, variants.length);
    return Array.from({ length: count }, (_, n) => ({ row, run: first + n }));
  });
}
