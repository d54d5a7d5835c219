import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CloseCode, closeCodes, reasonBytesMax, upgradeRefusals } from './close-codes';
import { openWaitMsMax } from './desktop-connection';
import { connectionsMax, connectionsPerAgentMax, messageBytesMax, openingRate } from './gateway';
import { messageRate } from './message-rate';
import { gateWaitMsMax, storeWaitMsMax } from './presence-desk';

const document = readFileSync(join(__dirname, '../../../docs/desktop-protocol.md'), 'utf8');

/** The rows of a table of the document whose first cell matches, cell by cell. */
function rows(section: string, first: RegExp): string[][] {
  const text = document.split(/^## /m).find((part) => part.startsWith(section)) ?? '';
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter(([cell = '']) => first.test(cell));
}

describe('the table of close codes', () => {
  const codes: readonly CloseCode[] = Object.values(closeCodes);

  it('is that of the document, word by word', () => {
    const expected = codes.map(({ code, by, sentence, again }) => [String(code), by, sentence, again]);
    expect(rows('How a connection ends', /^\d+$/)).toEqual(expected);
  });

  it('has every code once, in order', () => {
    const numbers = codes.map(({ code }) => code);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it('takes only codes that a server may send, and its own from 4400 on', () => {
    const own = codes.filter(({ code, by }) => by === 'server' && code >= 3000);
    expect(own.every(({ code }) => code >= 4400 && code < 4500)).toBe(true);
  });

  it('names the refusals of the upgrade as the document does', () => {
    const expected = Object.values(upgradeRefusals)
      .map(({ status, sentence }) => [String(status), sentence])
      .sort();
    expect(rows('Connecting', /^\d+$/)).toEqual(expected);
  });
});

describe('the limits', () => {
  it('are those of the document', () => {
    const limits = rows('Limits', /^(?!what|---)/).map(([, limit, code]) => [
      Number(/\d+/.exec(limit ?? '')?.[0]),
      code,
    ]);
    expect(limits).toEqual([
      [messageBytesMax, '1009'],
      [messageRate.perSecond, '4429'],
      [openWaitMsMax / 1000, '4408'],
      [connectionsPerAgentMax, '4413'],
      [openingRate.perSecond, '4429'],
      [connectionsMax, '1013'],
      [storeWaitMsMax / 1000, '1013'],
      [gateWaitMsMax / 1000, '1013'],
    ]);
  });

  it('are those of the sentences of the table', () => {
    expect(closeCodes.tooLarge.sentence).toContain(String(messageBytesMax));
    expect(closeCodes.noOpen.sentence).toContain(`${String(openWaitMsMax / 1000)} s`);
    expect(closeCodes.tooManyDesktops.sentence).toContain(String(connectionsPerAgentMax));
    expect(closeCodes.tooFast.sentence).toContain(String(messageRate.perSecond));
    expect(closeCodes.tooFast.sentence).toContain(String(messageRate.burst));
    expect(reasonBytesMax).toBe(125 - 2);
  });
});
