import { createServer } from 'node:http';
import { listenAt, listenHttp } from './listen';

const taken = Object.assign(new Error('listen EADDRINUSE'), { syscall: 'listen', code: 'EADDRINUSE' });

describe('listening where the configuration says', () => {
  it('names the keys, the address and the code when the address cannot be had', async () => {
    const http = listenHttp(
      'worker',
      { httpHost: '127.0.0.1', httpPort: 8083 },
      { server: createServer(), listen: () => Promise.reject(taken) },
    );
    await expect(http).rejects.toThrow(
      'The configuration of worker cannot be used (1 problem):\n' +
        '  HTTP_PORT and HTTP_HOST cannot be listened on: 127.0.0.1:8083 gives EADDRINUSE',
    );
    const cti = listenAt('simulator', 'CTI_A', { host: '10.0.0.1', port: 1 }, () => Promise.reject(taken));
    await expect(cti).rejects.toThrow('  CTI_A cannot be listened on: 10.0.0.1:1 gives EADDRINUSE');
  });

  it('leaves every other error as it is', async () => {
    const other = Object.assign(new Error('connect ECONNREFUSED'), { syscall: 'connect', code: 'ECONNREFUSED' });
    const listening = listenHttp(
      'worker',
      { httpHost: '127.0.0.1', httpPort: 1 },
      { server: createServer(), listen: () => Promise.reject(other) },
    );
    await expect(listening).rejects.toBe(other);
  });
});
