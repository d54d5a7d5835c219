import { XMLParser } from 'fast-xml-parser';
import * as fc from 'fast-check';
import { readXml, writeXml, writeXmlFragment } from './xml';

describe('XML that is written', () => {
  it('keeps the order of its elements, repeats them for lists and has both tags of an empty one', () => {
    expect(writeXmlFragment({ User: { b: '1', a: '', roles: { role: ['Agent', 'Supervisor'] }, none: [] } })).toBe(
      '<User><b>1</b><a></a><roles><role>Agent</role><role>Supervisor</role></roles></User>',
    );
    expect(writeXml({ Dialogs: { Dialog: [] } })).toBe(
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Dialogs></Dialogs>',
    );
  });

  it('says every text that XML can hold, and none that could be taken for markup', () => {
    const parser = new XMLParser({ parseTagValue: false, trimValues: false });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = writeXmlFragment({ a: text });
        expect(written.slice(3, -4)).not.toMatch(/[<>"']/);
        const expected = text.replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, '').toWellFormed();
        expect(parser.parse(written)).toEqual({ a: expected });
      }),
    );
  });
});

describe('XML that is read', () => {
  const text = (body: string): unknown => {
    const reading = readXml(body, 'User');
    return reading.kind === 'fields' ? Object.fromEntries(reading.fields) : reading.sentence;
  };

  it.each([
    ['<User><state>LOGIN</state><extension> 3001 </extension></User>', { state: 'LOGIN', extension: '3001' }],
    ['<?xml version="1.0" encoding="UTF-8"?>\n<User>\n  <state>READY</state>\n</User>\n', { state: 'READY' }],
    ['<User><state><!-- now -->READY</state></User>', { state: 'READY' }],
    ['<User><state><![CDATA[READY]]></state></User>', { state: 'READY' }],
    ['<User/>', {}],
    ['<User><state/></User>', { state: '' }],
    ['<User><extension>0012</extension></User>', { extension: '0012' }],
  ])('gives the texts of the elements: %s', (body, expected) => {
    const fields = Object.entries(expected).map(([name, value]) => [name, { kind: 'text', text: value }]);
    expect(text(body)).toEqual(Object.fromEntries(fields));
  });

  it('says which elements hold others or are there twice', () => {
    expect(text('<User><state><a/></state><b>1</b><b>2</b></User>')).toEqual({
      state: { kind: 'nested' },
      b: { kind: 'repeated' },
    });
  });

  it.each([
    ['', 'it is not XML (line 1: InvalidXml)'],
    ['LOGIN', 'it is not XML (line 1: InvalidChar)'],
    ['{"User":{"state":"LOGIN"}}', 'it is not XML (line 1: InvalidChar)'],
    ['<User><state>LOGIN</User>', 'it is not XML (line 1: InvalidTag)'],
    ['<User></User><User></User>', 'it is not XML (line 1: InvalidXml)'],
    ['<user><state>LOGIN</state></user>', 'its root is not User'],
    ['<Team/>', 'its root is not User'],
    ['<User><__proto__>x</__proto__></User>', 'it has elements that are not accepted'],
  ])('is refused when it is none of ours: %s', (body, sentence) => {
    expect(text(body)).toBe(sentence);
  });

  it('expands no entity and reads no document type', () => {
    const lines = Array.from({ length: 9 }, (_, n) => {
      const inner = n === 0 ? 'lol' : `&l${String(n - 1)};`.repeat(10);
      return `<!ENTITY l${String(n)} "${inner}">`;
    });
    const bomb = `<?xml version="1.0"?><!DOCTYPE x [${lines.join('')}]><User><state>&l8;</state></User>`;
    expect(text(bomb)).toBe('a document type is not accepted');
    expect(text('<!DOCTYPE User SYSTEM "http://127.0.0.1/x.dtd"><User/>')).toBe('a document type is not accepted');
    expect(text('<User><state>&l8;&#76;</state></User>')).toEqual({ state: { kind: 'text', text: '&l8;&#76;' } });
  });

  it('never throws, whatever it is given', () => {
    const pieces = fc.constantFrom(
      '<',
      '>',
      '/',
      'User',
      'state',
      '&',
      ';',
      '<!',
      '[',
      ']',
      '"',
      '=',
      '?',
      ' ',
      'x',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        for (const body of [parts.join(''), `<User>${parts.join('')}</User>`]) readXml(body, 'User');
      }),
      { numRuns: 2_000 },
    );
  });
});
