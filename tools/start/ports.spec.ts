import { choosePorts } from './ports';

const names = ['console', 'primary', 'redis'] as const;

function freeExcept(...taken: number[]): (port: number) => Promise<boolean> {
  return (port) => Promise.resolve(!taken.includes(port));
}

describe('choosePorts', () => {
  it('takes one after the other from the base on', async () => {
    expect(await choosePorts(names, 8080, freeExcept())).toEqual({ console: 8080, primary: 8081, redis: 8082 });
  });

  it('skips what is taken and never gives one port twice', async () => {
    expect(await choosePorts(names, 8080, freeExcept(8080, 8082))).toEqual({
      console: 8081,
      primary: 8083,
      redis: 8084,
    });
  });

  it('skips ports that browsers refuse', async () => {
    expect(await choosePorts(names, 10_080, freeExcept())).toEqual({ console: 10_081, primary: 10_082, redis: 10_083 });
    expect(await choosePorts(names, 6_664, freeExcept())).toEqual({ console: 6_664, primary: 6_670, redis: 6_671 });
  });

  it('gives up with a sentence when nothing is free', async () => {
    await expect(choosePorts(names, 8080, () => Promise.resolve(false))).rejects.toThrow(
      'No free port from 8080 on; choose another range with --port-base.',
    );
  });

  it('never goes beyond the last port that there is', async () => {
    await expect(choosePorts(names, 65_534, freeExcept())).rejects.toThrow('No free port from 65536 on');
  });
});
