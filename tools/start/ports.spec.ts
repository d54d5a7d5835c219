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

  it('gives up with a sentence when nothing is free', async () => {
    await expect(choosePorts(names, 8080, () => Promise.resolve(false))).rejects.toThrow(
      'No free port from 8080 on; choose another range with --port-base.',
    );
  });

  it('never goes beyond the last port that there is', async () => {
    await expect(choosePorts(names, 65_534, freeExcept())).rejects.toThrow('No free port from 65536 on');
  });
});
