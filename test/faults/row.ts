import { lackOf, type Privilege } from '../kit/privileges';
import { type Random } from '../kit/random';
import { type Experiment, type ExperimentNeeds } from './experiment';

/** One row of the fault table (docs/reliability.md). */
export interface Row {
  readonly number: number;
  readonly fault: string;
  /** How the fault is made here. */
  readonly how: string;
  readonly needs: ExperimentNeeds | ((run: number) => ExperimentNeeds);
  /** What the process that plays it must be allowed to do, which takes root. */
  readonly privilege?: Privilege;
  /** Agents per run. */
  readonly agents: number;
  /** False where the fault cannot be put to the baseline, with the reason. */
  readonly baseline: true | string;
  /** The ways in which it is done: run n plays the one at n modulo their number. One alone where there are none. */
  readonly variants?: readonly string[];
  /** Of its many variants a few runs take some only, from the one on that the seed says; otherwise they take them all. */
  readonly isSampled?: true;
  /**
   * Brings agents into their places and makes the fault, until it is over. Who is wanted at the end is a survivor; who is
   * not is a ghost. Answers what is wrong beyond what the oracle judges, as sentences.
   */
  play(experiment: Experiment, random: Random, run: number): Promise<readonly string[] | undefined>;
}

/** As tests name it. */
export function titleOf({ number, fault }: Row): string {
  return `row ${String(number)}: ${fault}`;
}

/** Why it cannot be played by this process; undefined when it can. */
export function lackOfRow({ privilege }: Row): string | undefined {
  return privilege === undefined ? undefined : lackOf(privilege);
}

/** What run n of that row plays; undefined where there is one way only. */
export function variantOf({ variants }: Row, run: number): string | undefined {
  return variants?.[run % variants.length];
}

/** The site of that run: rows that alternate between kinds of site say which by its number. */
export function needsOf({ needs }: Row, run: number): ExperimentNeeds {
  return typeof needs === 'function' ? needs(run) : needs;
}
