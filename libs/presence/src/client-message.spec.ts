import fc from 'fast-check';
import { parseClientMessage } from './client-message';
import { reasonBytesMax } from './close-codes';

describe('a message of a desktop', () => {
  it.each([
    { type: 'open', desktopId: '1001@desk.example/tab-1' },
    { type: 'ping', n: 3 },
    { type: 'pong', n: 0 },
    { type: 'bye' },
  ])('is understood: %j', (message) => {
    expect(parseClientMessage(JSON.stringify(message))).toEqual({ kind: 'message', message });
  });

  it('may have fields that we do not know', () => {
    expect(parseClientMessage('{"type":"bye","why":"lunch"}')).toEqual({ kind: 'message', message: { type: 'bye' } });
  });

  it.each([
    ['{', 'the message is not JSON'],
    ['', 'the message is not JSON'],
    ['null', 'the message is not a JSON object'],
    ['[]', 'the message is not a JSON object'],
    ['{}', 'type is not open, ping, pong or bye'],
    ['{"type":"OPEN"}', 'type is not open, ping, pong or bye'],
    ['{"type":"ping"}', 'n is missing or has the wrong type'],
    ['{"type":"ping","n":"1"}', 'n is missing or has the wrong type'],
    ['{"type":"open"}', 'desktopId is not text of 1 to 128 of A-Z a-z 0-9 . _ : @ / + = ~ -'],
    ['{"type":"open","desktopId":"<b>"}', 'desktopId is not text of 1 to 128 of A-Z a-z 0-9 . _ : @ / + = ~ -'],
  ])('is refused with what is wrong: %s', (text, sentence) => {
    expect(parseClientMessage(text)).toEqual({ kind: 'malformed', sentence });
  });

  it('is never answered with a reason that does not fit into a close frame, whatever it holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const parsed = parseClientMessage(text);
        return parsed.kind === 'message' || Buffer.byteLength(parsed.sentence) <= reasonBytesMax;
      }),
    );
  });
});
