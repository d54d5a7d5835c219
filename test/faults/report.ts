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

export function voidLine(row: Row, { run, violations }: RunResult, stoodStillMs: number): string {
  const what = `${String(violations.length)} violations, such as: ${violations[0] ?? ''}`;
  return `  row ${String(row.number)} run ${String(run)}: void and played again, the test's own process stood still for ${inSeconds(stoodStillMs)}; ${what}`;
}

export function rowLine(result: RowResult): string {
  const { variants, row, fault, runs, voided, wrongLogouts, ghostsLate, worstLateMs, violations } = result;
  const played = Object.values(variants).filter((times) => times > 0).length;
  const broken = [...new Set(violations.flatMap((text) => /\bI[1-7]\b/.exec(text)?.[0] ?? []))].sort();
  return [
    `row ${String(row)} (${fault})`,
    `runs ${String(runs)}${voided === 0 ? '' : ` and ${String(voided)} void`}`,
    ...(Object.keys(variants).length === 0
      ? []
      : [`variants ${String(played)} of ${String(Object.keys(variants).length)}`]),
    `wrong logouts ${String(wrongLogouts)}`,
    `ghosts late ${String(ghostsLate)} of ${String(result.ghosts)}`,
    `worst ε ${worstLateMs === null ? '–' : inSeconds(worstLateMs)}`,
    isRed(result) ? `RED: ${broken.length === 0 ? 'other' : broken.join(' ')}` : 'green',
  ].join('; ');
}

export function isRed({ violations }: RowResult): boolean {
  return violations.length > 0;
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
