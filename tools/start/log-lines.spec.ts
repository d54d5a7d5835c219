import { LastLines, shownOf } from './log-lines';

describe('shownOf', () => {
  it.each(['trace', 'debug', 'info'])('keeps %s lines for the log file', (level) => {
    expect(shownOf(JSON.stringify({ level, msg: 'ready' }))).toBeUndefined();
  });

  it.each([
    ['warn', 'warn'],
    ['error', 'error'],
    ['fatal', 'error'],
  ])('shows %s lines', (level, shown) => {
    expect(shownOf(JSON.stringify({ level, msg: 'link lost' }))).toEqual({ level: shown, text: 'link lost' });
  });

  it('adds the cause when the message does not say it already', () => {
    const line = (msg: string): string => JSON.stringify({ level: 'error', msg, err: { message: 'refused' } });
    expect(shownOf(line('link lost'))?.text).toBe('link lost: refused');
    expect(shownOf(line('link lost, refused'))?.text).toBe('link lost, refused');
  });

  it.each(['Error: boom', '{ not json', '', '[1]', '{}'])('leaves %s to the log file', (line) => {
    expect(shownOf(line)).toBeUndefined();
  });
});

describe('LastLines', () => {
  it('keeps the last ones only', () => {
    const last = new LastLines(2);
    for (const line of ['a', 'b', 'c']) last.push(line);
    expect(last.all).toEqual(['b', 'c']);
  });
});
