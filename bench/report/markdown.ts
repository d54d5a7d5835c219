import { type Cell, type Form, type Result, type Table } from '../bench';
import { type Environment } from './environment';
import { countText, figureText } from './figure';
import { isBusyWithOthers, type MachineLoad } from './machine-load';

/** One run of one bench, as it is written into the document and as JSON. */
export interface Run {
  readonly name: string;
  readonly measures: string;
  readonly form: Form;
  /** ISO, UTC. */
  readonly startedAt: string;
  readonly tookMs: number;
  readonly environment: Environment;
  /** Null in the small form, where benches run beside each other. */
  readonly load: MachineLoad | null;
  readonly result: Result;
}

const lineMax = 100;

export function commandOf(name: string): string {
  return `npm run bench -- --only ${name}`;
}

/** Everything between the markers of a bench: its question, tables, what follows from them, and how to run it again. */
export function renderBlock({ name, measures, startedAt, environment, load, result }: Run): string {
  const { notes, rounds, setup } = result;
  const how = rounds === 1 ? 'one round' : `medians of ${countText(rounds)} rounds (smallest–largest)`;
  const provenance = [
    `\`${commandOf(name)}\`: ${how}; ${setup}.`,
    `${startedAt.slice(0, 10)}, ${environmentText(environment)}.`,
    `${machineText(environment)}.`,
    ...(load === null ? [] : [`${loadText(load)}.`]),
  ];
  return [
    wrap(measures, '', ''),
    renderTables(result, load),
    ...notes.map((note) => wrap(note, '', '')),
    provenance.map((line) => wrap(line, '- ', '  ')).join('\n'),
  ].join('\n\n');
}

/** A table that was measured beside other work says so in its last row. */
export function renderTables({ tables }: Result, load: MachineLoad | null): string {
  const lastRow = load !== null && isBusyWithOthers(load) ? busyText(load) : null;
  return tables.map((table) => renderTable(table, lastRow)).join('\n\n');
}

/** What stands between the markers of a bench that has never been run whole. */
export function notMeasured(name: string): string {
  return `Not measured yet: \`${commandOf(name)}\`.`;
}

/**
 * The document with the block of that bench replaced.
 * @throws Error when its two markers are not there exactly once, in their order.
 */
export function replaceBlock(document: string, name: string, block: string): string {
  const [start, end] = [startMarker(name), endMarker(name)];
  const [before, between, ...more] = document.split(start);
  const [old, after, ...evenMore] = (between ?? '').split(end);
  if (before === undefined || old === undefined || after === undefined || more.length + evenMore.length > 0)
    throw new Error(`The document needs "${start}" and then "${end}", each once.`);
  return `${before}${start}\n\n${block}\n\n${end}${after}`;
}

export function startMarker(name: string): string {
  return `<!-- bench ${name}: written by ${commandOf(name)} -->`;
}

export function endMarker(name: string): string {
  return `<!-- end of bench ${name} -->`;
}

function renderTable({ caption, columns, rows }: Table, lastRow: string | null): string {
  const lines = [
    columns,
    columns.map(() => '---'),
    ...rows.map((row) => row.map(cellText)),
    ...(lastRow === null ? [] : [columns.map((_, place) => (place === 0 ? lastRow : ''))]),
  ].map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  return [...(caption === '' ? [] : [wrap(caption, '', ''), '']), ...lines].join('\n');
}

function cellText(cell: Cell): string {
  return typeof cell === 'string' ? cell : figureText(cell);
}

function environmentText({ package: name, commit, node, redis }: Environment): string {
  return `${name} at commit ${commit}, Node ${node}, Redis ${redis}`;
}

function machineText({ cores, cpuModel, memoryGb, kernel, system }: Environment): string {
  return `${String(cores)} cores (${cpuModel}), ${memoryGb.toFixed(0)} GB of memory, Linux ${kernel}, ${system}`;
}

function loadText(load: MachineLoad): string {
  const { pressure, otherCores, cores } = load;
  const others = `other work took ${otherCores.toFixed(2)} of ${String(cores)} cores`;
  return pressure === null
    ? `CPU pressure: not known to this kernel; ${others}`
    : `CPU pressure: some task waited for a core in ${(pressure * 100).toFixed(0)} % of the time; ${others}`;
}

function busyText({ otherCores, cores }: MachineLoad): string {
  return `**the machine was busy: other work took ${otherCores.toFixed(2)} of ${String(cores)} cores**`;
}

/** Breaks at spaces, never inside of a code span. */
function wrap(text: string, first: string, further: string): string {
  const lines: string[] = [];
  let line = first;
  for (const word of text.match(/(`[^`]*`|[^ `])+/g) ?? []) {
    const isEmpty = line === first || line === further;
    if (!isEmpty && line.length + 1 + word.length > lineMax) {
      lines.push(line);
      line = `${further}${word}`;
    } else {
      line += isEmpty ? word : ` ${word}`;
    }
  }
  return [...lines, line].join('\n');
}
