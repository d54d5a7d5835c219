import { type FixedField, type FloatingPart, type GroupMembers, type MessageRow } from './field-types';
import { messages } from './messages';

/** The message table as it is printed in docs/cti-messages.md. */
export function printedMessages(): string {
  const rows = Object.entries(messages)
    .map(([name, row]): [string, MessageRow] => [name, row])
    .sort(([, a], [, b]) => a.number - b.number);
  return rows.map(([name, row]) => printedRow(name, row)).join('\n\n');
}

function printedRow(name: string, { number, fixed, floating, alsoRead }: MessageRow): string {
  const lines = [`### ${number} ${name}`, '', `- fixed: ${printedFixed(fixed)}`];
  if (alsoRead !== undefined) {
    lines.push(`- also read: ${printedFixed(alsoRead)}`);
  }
  lines.push(`- floating: ${printedParts(floating)}`);
  return lines.join('\n');
}

function printedFixed(fixed: Readonly<Record<string, FixedField>>): string {
  const fields = Object.entries(fixed).map(
    ([name, { type, since }]) => `${name} ${type}${since === 0 ? '' : ` (v${since}+)`}`,
  );
  return fields.join(', ') || 'none';
}

function printedParts(parts: Readonly<Record<string, FloatingPart>> | GroupMembers): string {
  return (
    Object.entries(parts)
      .map(([name, part]) => printedPart(name, part))
      .join(', ') || 'none'
  );
}

function printedPart(name: string, part: FloatingPart): string {
  switch (part.kind) {
    case 'field': {
      const tags = [part.tag, ...part.alsoTags].map((tag) => `\`${tag}\``).join(' or ');
      const limit = part.type === 'STRING' || part.type === 'UNSPEC' ? ` ≤ ${part.bytesMax}` : '';
      return `${name} ${tags} ${part.type}${limit}`;
    }
    case 'named':
      return `${name} [\`${part.tag}\` ${part.type} ≤ ${part.bytesMax}] × ${part.countedBy}`;
    case 'group':
      return `${name} [${printedParts(part.members)}] × ${part.countedBy}${part.arraysAccepted ? ', or as arrays' : ''}`;
  }
}
