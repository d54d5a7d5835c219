import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** What an element holds: text, further elements by their names in their order, or several elements of one name. */
export type XmlContent = string | XmlFields | readonly XmlContent[];
export interface XmlFields {
  readonly [name: string]: XmlContent;
}

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

/** One document with this root. Text is escaped; what XML cannot hold at all is left out. */
export function writeXml(document: XmlFields): string {
  return `${declaration}${writeXmlFragment(document)}`;
}

/** The same without a declaration, for where it stands inside another document. */
export function writeXmlFragment(document: XmlFields): string {
  return Object.entries(document)
    .map(([name, content]) => elements(name, content))
    .join('');
}

function elements(name: string, content: XmlContent): string {
  if (isList(content)) return content.map((one) => elements(name, one)).join('');
  return `<${name}>${typeof content === 'string' ? escape(content) : writeXmlFragment(content)}</${name}>`;
}

function isList(content: XmlContent): content is readonly XmlContent[] {
  return Array.isArray(content);
}

/** XML 1.0 has no control characters, not even escaped, and reads a carriage return as a line's end. */
const unspeakable = /[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g;

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escape(text: string): string {
  const speakable = text.replace(unspeakable, '').toWellFormed();
  return speakable.replace(/[&<>"']/g, (character) => escapes[character] ?? '');
}

/** What became of reading a document: the texts of its root's children by name, or what is wrong with it. */
export type XmlReading =
  | { readonly kind: 'fields'; readonly fields: ReadonlyMap<string, XmlReadField> }
  | { readonly kind: 'unreadable'; readonly sentence: string };

/** `text` for `<a>text</a>`, `nested` for an element with elements in it, `repeated` for one that is there twice. */
export type XmlReadField = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'nested' | 'repeated' };

/** Entities are not replaced: what we read needs none, and what nobody expands cannot explode. */
const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  processEntities: false,
  trimValues: true,
});

/** `<!DOCTYPE` and whatever else a document type has; comments and CDATA are let be. */
const documentType = /<!(?!--|\[CDATA\[)/;

/** Reads a small document whose root has this name. Never throws. */
export function readXml(text: string, root: string): XmlReading {
  if (documentType.test(text)) return unreadable('a document type is not accepted');
  const valid = XMLValidator.validate(text);
  if (valid !== true) return unreadable(`it is not XML (line ${String(valid.err.line)}: ${valid.err.code})`);
  try {
    const document: unknown = parser.parse(text);
    const inner = isRecord(document) && Object.hasOwn(document, root) ? document[root] : undefined;
    if (inner === undefined) return unreadable(`its root is not ${root}`);
    const children = isRecord(inner) ? Object.entries(inner) : [];
    return { kind: 'fields', fields: new Map(children.map(([name, child]) => [name, fieldOf(child)])) };
  } catch {
    // The parser throws for names that JavaScript objects reserve, and for limits of its own.
    return unreadable('it has elements that are not accepted');
  }
}

function fieldOf(child: unknown): XmlReadField {
  if (typeof child === 'string') return { kind: 'text', text: child };
  return { kind: Array.isArray(child) ? 'repeated' : 'nested' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unreadable(sentence: string): XmlReading {
  return { kind: 'unreadable', sentence };
}
