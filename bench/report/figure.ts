import { max, median, min } from 'simple-statistics';

/** One number of a table. */
export interface Figure {
  readonly value: number;
  /** Smallest and largest of the rounds; null for a figure of one round. */
  readonly range: readonly [low: number, high: number] | null;
  /** A count is printed with all its digits, a measured figure with three at most and two after the point. */
  readonly isCount: boolean;
  /** Printed after the number; '' where the column says it. */
  readonly unit: string;
}

export function count(value: number, unit = ''): Figure {
  return { value, range: null, isCount: true, unit };
}

export function measured(value: number, unit = ''): Figure {
  return { value, range: null, isCount: false, unit };
}

/** Median, smallest and largest of what the rounds found. */
export function spread(samples: readonly number[], unit = ''): Figure {
  const all = [...samples];
  const range = all.length > 1 ? ([min(all), max(all)] as const) : null;
  return { value: median(all), range, isCount: false, unit };
}

const exact = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const rounded = new Intl.NumberFormat('en', {
  maximumSignificantDigits: 3,
  maximumFractionDigits: 2,
  roundingPriority: 'lessPrecision',
});

/** `16 900 (15 700–18 200) MB` */
export function figureText({ value, range, isCount, unit }: Figure): string {
  const text = (number: number): string => numberText(number, isCount ? exact : rounded);
  const spreadText = range === null ? '' : ` (${range.map(text).join('–')})`;
  return `${text(value)}${spreadText}${unit === '' ? '' : ` ${unit}`}`;
}

/** A number inside a sentence: `1 500`. */
export function countText(value: number): string {
  return numberText(value, exact);
}

function numberText(value: number, format: Intl.NumberFormat): string {
  return format.format(value).replaceAll(',', ' ');
}
