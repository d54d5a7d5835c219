import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { type Result } from '../../bench/bench';
import { TestProcess } from '../kit/process';

const frames = 10_000_000;

describe('the decoder', () => {
  it('answers ten million frames that are nearly right, and reads none wrong', async () => {
    const program = join(packageRoot(), 'dist', 'test', 'proof', 'play-bench.js');
    const ran = new TestProcess({ name: 'cti-fuzz', program: process.execPath, args: [program, 'cti-fuzz'] });
    const { code } = await ran.ended;
    expect([code, ran.stderr]).toEqual([0, '']);
    const { tables, faults } = JSON.parse(ran.stdout) as Result;
    expect(faults).toEqual([]);
    expect(tables[0]?.rows[0]?.[1]).toMatchObject({ value: frames });
  });
});
