import { type Result } from '../bench';
import { count, measured, spread } from './figure';
import { endMarker, renderBlock, replaceBlock, type Run, startMarker } from './markdown';

const result: Result = {
  setup: '4 000 operations in each round',
  rounds: 3,
  tables: [
    {
      caption: '',
      columns: ['what', 'per second', 'memory'],
      rows: [
        ['a | b', spread([15_700, 16_890, 18_240]), measured(23.456, 'MB')],
        ['c', count(12_345), '–'],
      ],
    },
  ],
  notes: ['The aim is reached.'],
  faults: [],
};

const run: Run = {
  name: 'example',
  measures: 'How fast the example is.',
  form: 'whole',
  startedAt: '2026-11-29T10:00:00.000Z',
  tookMs: 1_000,
  environment: {
    ...{ cores: 2, cpuModel: 'A Processor', memoryGb: 7.8, kernel: '6.1.0', system: 'Debian 12.11' },
    ...{ node: '24.21.0', redis: '7.0.15', package: 'lastcall 0.1.0', commit: 'abc1234' },
  },
  load: { pressure: 0.345, otherCores: 0.02, cores: 2 },
  result,
};

describe('the block of a bench', () => {
  it('holds the question, the table, the notes, and how, when and where it was measured', () => {
    expect(renderBlock(run)).toBe(
      [
        'How fast the example is.',
        '',
        '| what | per second | memory |',
        '| --- | --- | --- |',
        '| a \\| b | 16 900 (15 700–18 200) | 23.5 MB |',
        '| c | 12 345 | – |',
        '',
        'The aim is reached.',
        '',
        '- `npm run bench -- --only example`: medians of 3 rounds (smallest–largest); 4 000 operations in',
        '  each round.',
        '- 2026-11-29, lastcall 0.1.0 at commit abc1234, Node 24.21.0, Redis 7.0.15.',
        '- 2 cores (A Processor), 8 GB of memory, Linux 6.1.0, Debian 12.11.',
        '- CPU pressure: some task waited for a core in 35 % of the time; other work took 0.02 of 2 cores.',
      ].join('\n'),
    );
  });

  it('says in the last row of the table that the machine was busy with other work', () => {
    const block = renderBlock({ ...run, load: { pressure: 0.9, otherCores: 1.234, cores: 2 } });
    expect(block.split('\n')).toContain('| **the machine was busy: other work took 1.23 of 2 cores** |  |  |');
  });

  it('says when the kernel does not know the pressure', () => {
    expect(renderBlock({ ...run, load: { pressure: null, otherCores: 0, cores: 2 } })).toContain(
      '- CPU pressure: not known to this kernel; other work took 0.00 of 2 cores.',
    );
  });

  it('calls one round one round, without a spread', () => {
    const once = { ...result, rounds: 1, tables: [{ caption: '', columns: ['x'], rows: [[spread([0.4567])]] }] };
    const block = renderBlock({ ...run, result: once });
    expect(block).toContain('| 0.46 |');
    expect(block).toContain('--only example`: one round; ');
  });
});

describe('the document', () => {
  const [start, end] = [startMarker('example'), endMarker('example')];

  it('gets the block between the markers of its bench, and keeps everything else', () => {
    const other = `${startMarker('other')}\n\nkept\n\n${endMarker('other')}`;
    const document = `# Title\n\n${start}\n\nold\n\n${end}\n\nprose\n\n${other}\n`;
    expect(replaceBlock(document, 'example', 'new')).toBe(
      `# Title\n\n${start}\n\nnew\n\n${end}\n\nprose\n\n${other}\n`,
    );
  });

  it('takes a block again and again without growing', () => {
    const once = replaceBlock(`${start}\n${end}`, 'example', 'new');
    expect(replaceBlock(once, 'example', 'new')).toBe(once);
  });

  it.each([
    ['has none of them', 'prose'],
    ['lacks the end', `${start} prose`],
    ['lacks the start', `prose ${end}`],
    ['has them in the wrong order', `${end} ${start}`],
    ['has two starts', `${start} ${start} ${end}`],
    ['has two ends', `${start} ${end} ${end}`],
  ])('is refused where it %s', (_, document) => {
    expect(() => replaceBlock(document, 'example', 'new')).toThrow(
      'The document needs "<!-- bench example: written by npm run bench -- --only example -->"',
    );
  });
});
