import { createLogger } from './logger';

function linesOf(write: (logger: ReturnType<typeof createLogger>) => void, logLevel = 'info'): unknown[] {
  const lines: unknown[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  write(createLogger('server', { logLevel, serverId: 'primary-1', side: 'primary' }, destination));
  return lines;
}

describe('createLogger', () => {
  it('says in each line which process wrote it', () => {
    expect(
      linesOf((logger) => {
        logger.info('ready');
      }),
    ).toEqual([
      {
        level: 'info',
        time: expect.any(String) as string,
        app: 'server',
        serverId: 'primary-1',
        side: 'primary',
        msg: 'ready',
      },
    ]);
  });

  it('hides secrets under the names of configuration, environment and HTTP', () => {
    const secret = 'do-not-print';
    const [line] = linesOf((logger) => {
      logger.info({
        consolePassword: secret,
        config: { desktopTokenSecret: secret, redisUrl: { password: secret } },
        env: { API_TOKEN: secret, CTI_CLIENT_PASSWORD: secret },
        req: { headers: { authorization: secret, cookie: secret } },
        token: secret,
      });
    });
    expect(JSON.stringify(line)).not.toContain(secret);
    expect(line).toMatchObject({ consolePassword: '[hidden]', config: { redisUrl: '[hidden]' } });
  });

  it('keeps lines below its level to itself', () => {
    expect(
      linesOf((logger) => {
        logger.info('ready');
      }, 'warn'),
    ).toEqual([]);
  });
});
