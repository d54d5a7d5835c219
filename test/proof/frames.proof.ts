import { bench } from '../../bench/measured/cti-fuzz';

const frames = 10_000_000;

describe('the decoder', () => {
  it(`answers ${frames.toLocaleString('en').replaceAll(',', ' ')} frames that are nearly right, and reads none wrong`, async () => {
    const { tables, faults } = await bench.run('whole');
    expect(faults).toEqual([]);
    expect(tables[0]?.rows[0]?.[1]).toMatchObject({ value: frames });
  });
});
