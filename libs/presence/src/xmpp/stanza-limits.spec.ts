import { client, type Element, type Parser } from '@xmpp/client';
import { boundedParser, stanzaCharsKeptMax, stanzaCharsMax, stanzaDepthMax } from './stanza-limits';

/** The library's parsers emit what they read; the types that we declare leave that out. */
type Emitting = Parser & { on(event: string, listener: (element: Element) => void): void };

function read(service: 'xmpp' | 'ws', opening: string): { parser: Parser; elements: Element[] } {
  const { transports } = client({ service: `${service}://localhost`, domain: 'd', username: 'u', password: 'p' });
  // In the order of the library: WebSocket, TCP, TLS.
  const Bounded = boundedParser(transports[service === 'ws' ? 0 : 1]!.prototype.Parser);
  const parser = new Bounded() as Emitting;
  const elements: Element[] = [];
  parser.on('element', (element) => elements.push(element));
  parser.on('error', (fault) => {
    throw fault as unknown as Error;
  });
  parser.write(opening);
  return { parser, elements };
}

const onTcp = (): ReturnType<typeof read> => read('xmpp', "<?xml version='1.0'?><stream:stream xmlns='jabber:client'>");
const onWeb = (): ReturnType<typeof read> => read('ws', "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
const chunk = 'x'.repeat(16_384);

describe.each([
  ['a stream', onTcp],
  ['a WebSocket', onWeb],
])('the parser of %s', (_, opened) => {
  it('reads stanzas, cut anywhere', () => {
    const text = `<presence from='1001@d/x'><show>away</show></presence><iq id="it's >" to='">'/>`;
    for (let cut = 0; cut <= text.length; cut++) {
      const { parser, elements } = opened();
      parser.write(text.slice(0, cut));
      parser.write(text.slice(cut));
      expect(elements.map(String)).toEqual([
        `<presence from="1001@d/x"><show>away</show></presence>`,
        `<iq id="it&apos;s &gt;" to="&quot;&gt;"/>`,
      ]);
    }
  });

  it('reads over what a stanza holds too much of, keeps its first tag, and goes on', () => {
    const { parser, elements } = opened();
    parser.write("<presence from='1001@d/x' type='unavailable'><status>");
    for (let sent = 0; sent < 1_048_576; sent += chunk.length) parser.write(chunk);
    parser.write('</status><a><b>c</b></a></presence>');
    for (let count = 0; count < 20_000; count++) parser.write(count === 0 ? "<message from='e'><x/>" : '<x/>');
    parser.write("</message><presence from='1002@d/x'/>");
    expect(elements.map(({ name, attrs }) => [name, attrs['from'], attrs['type']])).toEqual([
      ['presence', '1001@d/x', 'unavailable'],
      ['message', 'e', undefined],
      ['presence', '1002@d/x', undefined],
    ]);
    for (const element of elements) expect(element.toString().length).toBeLessThan(3 * stanzaCharsKeptMax);
  });

  it('reads over what lies too deep', () => {
    const { parser, elements } = opened();
    const depth = 10_000;
    parser.write(`<message>${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}</message><presence/>`);
    expect(elements.map(({ name }) => name)).toEqual(['message', 'presence']);
    expect(elements[0]!.toString().match(/<a/g)!.length).toBeLessThan(stanzaDepthMax);
  });

  it('gives up a stanza without end, also when it lies in one attribute', () => {
    for (const beginning of ['<message><body>', "<presence from='"]) {
      const { parser } = opened();
      parser.write(beginning);
      expect(() => {
        for (let sent = 0; sent < 2 * stanzaCharsMax; sent += chunk.length) parser.write(chunk);
      }).toThrow('a stanza is longer than');
    }
  });

  it('never tires of stanzas that end, however many', () => {
    const { parser, elements } = opened();
    const stanza = `<message><body>${chunk}</body></message>`;
    for (let sent = 0; sent < 2 * stanzaCharsMax; sent += stanza.length) parser.write(stanza);
    expect(elements.length).toBeGreaterThan(500);
  });

  it('knows no entities: a bomb is a fault and not a gigabyte', () => {
    const bomb = '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>';
    const { parser, elements } = opened();
    expect(() => {
      parser.write('<message><body>&lol2;</body></message>');
    }).toThrow('Illegal XML entity');
    const declared = opened();
    declared.parser.write(`${bomb}<message><body>&lol2;</body></message>`);
    expect([...elements, ...declared.elements]).toEqual([]);
  });
});
