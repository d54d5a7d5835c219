import { EventEmitter } from 'node:events';
import { type RedisConnection } from '#store/connection';
import { type LinkListener, type LinkService } from '#store/link-call';
import { pino } from 'pino';
import { watchLink } from './link-watch';

describe('what the log of a server says of the CTI link of its side', () => {
  const away: LinkService = { inService: false, why: 'The CTI link is not in service: ECONNREFUSED.' };
  const unheard: LinkService = { inService: false, why: 'The connection to Redis is lost.' };
  let lines: { level: number; msg: string; why?: string }[];
  let subscriber: EventEmitter & { status: RedisConnection['status'] };
  let become: (now: LinkService) => void;

  beforeEach(() => {
    jest.useFakeTimers();
    lines = [];
    const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number]);
    subscriber = Object.assign(new EventEmitter(), { status: 'ready' as const });
    let service: LinkService = { inService: false, why: 'not heard so far' };
    let listener: LinkListener | undefined;
    const link = {
      follow: (one: LinkListener) => {
        listener = one;
        return () => undefined;
      },
      service: () => service,
      size: 0,
    };
    become = (now) => {
      service = now;
      listener?.service(now);
    };
    watchLink({
      link,
      subscriber: subscriber as unknown as RedisConnection,
      metrics: { gauge: () => undefined },
      log: pino({}, { write }),
    });
    become({ inService: true });
    lines.length = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const loseRedis = (): void => {
    subscriber.status = 'close';
    become(unheard);
  };
  const bringRedisBack = (): void => {
    subscriber.status = 'ready';
    subscriber.emit('ready');
  };

  it('is one warning when it goes out of service and one line when it is back, whatever the reasons in between', () => {
    become(away);
    become({ inService: false, why: 'another reason' });
    become({ inService: true });
    expect(lines.map(({ level }) => level)).toEqual([40, 30]);
  });

  it('is nothing while Redis is away and the link is there again with it', () => {
    loseRedis();
    bringRedisBack();
    become({ inService: true });
    jest.advanceTimersByTime(60_000);
    expect(lines).toEqual([]);
  });

  it('is a warning when Redis is back and no worker is heard', () => {
    loseRedis();
    jest.advanceTimersByTime(60_000);
    expect(lines).toEqual([]);
    bringRedisBack();
    jest.advanceTimersByTime(60_000);
    expect(lines).toMatchObject([{ level: 40, why: expect.stringContaining('since Redis is back') as string }]);
  });
});
