import { Batch } from './batch';

describe('a batch', () => {
  it('asks what was asked in one turn together, in pieces of bounded size, and gives each its own answer', async () => {
    const asked: number[][] = [];
    const batch = new Batch<number, number>(3, (questions) => {
      asked.push(questions);
      return Promise.resolve(questions.map((question) => question * 10));
    });
    expect(await Promise.all([1, 2, 3, 4].map((n) => batch.ask(n)))).toEqual([10, 20, 30, 40]);
    expect(await batch.ask(5)).toBe(50);
    expect(asked).toEqual([[1, 2, 3], [4], [5]]);
  });

  it('fails for all who asked when the question fails, and for nobody else', async () => {
    const fault = new Error('away');
    const batch = new Batch<number, number>(2, (questions) =>
      questions.includes(1) ? Promise.reject(fault) : Promise.resolve(questions),
    );
    const answers = await Promise.allSettled([1, 2, 3].map((n) => batch.ask(n)));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('fails when there are fewer answers than questions, rather than mix them up', async () => {
    const batch = new Batch<number, number>(5, () => Promise.resolve([1]));
    await expect(Promise.all([batch.ask(1), batch.ask(2)])).rejects.toThrow('A batch of 2 got 1 answers.');
  });
});
