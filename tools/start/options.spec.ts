import { type Host } from '#config/key';
import { parseOptions } from './options';

const host: Host = { hostName: 'h', uniqueSuffix: 'x', readText: () => '' };

function optionsOf(...args: string[]): unknown {
  const parsed = parseOptions(args, {}, host);
  return parsed.kind === 'options' ? parsed.options : parsed;
}

describe('parseOptions', () => {
  let written: string;
  beforeEach(() => {
    written = '';
    const keep = (text: unknown): boolean => {
      written += String(text);
      return true;
    };
    jest.spyOn(process.stderr, 'write').mockImplementation(keep);
    jest.spyOn(process.stdout, 'write').mockImplementation(keep);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('asks for nothing special by default', () => {
    expect(optionsOf()).toEqual({
      grace: undefined,
      detection: undefined,
      agents: undefined,
      load: undefined,
      portBase: 8080,
      dataDir: '.lastcall',
      xmpp: false,
    });
  });

  it('takes what it is given', () => {
    expect(
      optionsOf('--grace', '5s', '--agents', '40', '--load', '0', '--port-base', '9000', '--data', '/d', '--xmpp'),
    ).toMatchObject({
      grace: '5s',
      agents: '40',
      load: '0',
      portBase: 9000,
      dataDir: '/d',
      xmpp: true,
    });
  });

  it('takes the data folder from the environment when no option names one', () => {
    expect(parseOptions([], { DATA_DIR: '/elsewhere' }, host)).toMatchObject({ options: { dataDir: '/elsewhere' } });
  });

  it.each([
    [['--grace', 'soon'], 'Expected a duration such as 60000'],
    [['--load', '2'], 'Expected 0 or 1'],
    [['--agents', '0'], 'Expected a whole number from 1 to 100000'],
    [['--port-base', '80'], 'Expected a whole number from 1024'],
    [['--port-base', '65530'], 'Expected a whole number from 1024'],
    [['--colour'], "unknown option '--colour'"],
  ])('refuses %j with what it expects', (args, sentence) => {
    expect(optionsOf(...args)).toEqual({ kind: 'done', exitCode: 1 });
    expect(written).toContain(sentence);
  });

  it('prints its options and the environment for --help', () => {
    expect(optionsOf('--help')).toEqual({ kind: 'done', exitCode: 0 });
    expect(written).toContain('--port-base <port>');
    expect(written).toContain('DATA_DIR');
  });

  it('refuses a mistyped key before anything is started', () => {
    expect(() => parseOptions([], { GRACE_MSS: '5s' }, host)).toThrow('GRACE_MSS is not a known key');
  });
});
