import { readArguments } from './arguments';
import { defineBench } from './bench';

const benchOf = (name: string, wholeMinutes: number) =>
  defineBench({
    ...{ name, measures: `What ${name} costs.`, wholeMinutes, sizes: { small: 1, whole: 2 } },
    run: (size) => Promise.resolve({ setup: `size ${String(size)}`, rounds: 1, tables: [], notes: [], faults: [] }),
  });

const all = [benchOf('quick', 1), benchOf('medium', 4), benchOf('endless', 31)];
const namesOf = (args: string[]): string[] => readArguments(args, all).benches.map(({ name }) => name);

describe('the arguments of npm run bench', () => {
  it('choose every bench in its whole form by default', () => {
    expect(readArguments([], all)).toEqual({ form: 'whole', benches: all, leftOut: [], json: undefined });
  });

  it('choose the small form, some benches and a file for the results', () => {
    const asked = readArguments(['--small', '--only', 'endless,quick', '--json', 'results.json'], all);
    expect(asked).toMatchObject({ form: 'small', json: 'results.json' });
    expect(asked.benches.map(({ name }) => name)).toEqual(['quick', 'endless']);
  });

  it('leave out what takes long, and say so', () => {
    expect(namesOf(['--short'])).toEqual(['quick', 'medium']);
    expect(readArguments(['--short'], all).leftOut).toEqual([all[2]]);
  });

  it('are refused when they name a bench that is not there, or an unknown option', () => {
    expect(() => readArguments(['--only', 'quick,swift'], all)).toThrow(
      'There is no bench swift; there are quick, medium, endless.',
    );
    expect(() => readArguments(['--rounds', '3'], all)).toThrow('--rounds');
  });
});

describe('a bench', () => {
  it('runs the same code in both forms, with the sizes of the form', async () => {
    const [quick] = all;
    expect(await quick?.run('small')).toMatchObject({ setup: 'size 1' });
    expect(await quick?.run('whole')).toMatchObject({ setup: 'size 2' });
  });
});
