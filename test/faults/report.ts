import { type RowResult } from './play-table';
import { type Row } from './row';
import { type RunResult } from './run-row';

export function runLine(row: Row, result: RunResult): string {
  const { run, variant, agents, ghosts, tookMs, violations, worstLateMs } = result;
  const verdict = violations.length === 0 ? 'green' : `RED (${String(violations.length)})`;
  const name = `row ${String(row.number)} run ${String(run)}${variant === undefined ? '' : ` (${variant})`}`;
  const late = worstLateMs === null ? '' : `, ε ${inSeconds(worstLateMs)}`;
  return `  ${name}: ${String(agents)} agents, ${String(ghosts)} ghosts${late}, ${inSeconds(tookMs)}: ${verdict}`;
}

export function voidLine(row: Row, { run, violations }: RunResult, why: string): string {
  const what = `${String(violations.length)} violations, such as: ${violations[0] ?? ''}`;
  return `  row ${String(row.number)} run ${String(run)}: void and played again: ${why}; ${what}`;
}

export function rowLine(result: RowResult): string {
  const { variants, row, fault, runs, voided, wrongLogouts, ghostsLate, worstLateMs } = result;
  const played = Object.values(variants).filter((times) => times > 0).length;
  return [
    `row ${String(row)} (${fault})`,
    `runs ${String(runs)}${voided === 0 ? '' : ` and ${String(voided)} void`}`,
    ...(Object.keys(variants).length === 0
      ? []
      : [`variants ${String(played)} of ${String(Object.keys(variants).length)}`]),
    `wrong logouts ${String(wrongLogouts)}`,
    `ghosts late ${String(ghostsLate)} of ${String(result.ghosts)}`,
    `worst ε ${worstLateMs === null ? '–' : inSeconds(worstLateMs)}`,
    verdictOf(result),
  ].join('; ');
}

function verdictOf({ red, notJudged, violations }: RowResult): string {
  const broken = [...new Set(violations.flatMap((text) => /\bI[1-7]\b/.exec(text)?.[0] ?? []))].sort();
  const parts = [
    ...(red === 0 ? [] : [`RED: ${broken.length === 0 ? 'other' : broken.join(' ')}`]),
    ...(notJudged.length === 0 ? [] : [`NOT JUDGED: ${notJudged.join('; ')}`]),
  ];
  return parts.length === 0 ? 'green' : parts.join(', ');
}

/** Not green: some run was red, judged or not. */
export function isRed({ violations }: RowResult): boolean {
  return violations.length > 0;
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
