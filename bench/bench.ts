import { type Figure } from './report/figure';

/** `small` shows that a measurement works, in seconds; `whole` is what docs/performance.md quotes. */
export type Form = 'small' | 'whole';

export type Cell = string | Figure;

export interface Table {
  /** Said above the table where a result has more than one; '' for none. */
  readonly caption: string;
  readonly columns: readonly string[];
  /** As many cells in each row as there are columns. */
  readonly rows: readonly (readonly Cell[])[];
}

/** What one run of a measurement found. */
export interface Result {
  /** How it was run, as one sentence: rounds, sizes, seed. */
  readonly setup: string;
  readonly rounds: number;
  readonly tables: readonly Table[];
  /** Sentences that follow from the figures. The document quotes no figure outside of its tables and these. */
  readonly notes: readonly string[];
  /** What was wrong, a sentence each. A result with a fault is not written into the document. */
  readonly faults: readonly string[];
}

/** One measurement; each file of bench/measured with a `bench` exports one, and bench/benches.ts lists them. */
export interface Bench {
  readonly name: string;
  /** The question that it answers. */
  readonly measures: string;
  /** How long a whole run takes, about; `--short` leaves out what takes longer than five. */
  readonly wholeMinutes: number;
  run(form: Form): Promise<Result>;
}

/** A bench whose two forms differ in `sizes` alone: the same code runs small and whole. */
export function defineBench<Size>(definition: {
  readonly name: string;
  readonly measures: string;
  readonly wholeMinutes: number;
  readonly sizes: Readonly<Record<Form, Size>>;
  readonly run: (size: Size) => Promise<Result>;
}): Bench {
  const { name, measures, wholeMinutes, sizes, run } = definition;
  return { name, measures, wholeMinutes, run: (form) => run(sizes[form]) };
}
