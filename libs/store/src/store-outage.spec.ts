import { ReplyError } from 'ioredis';
import { pino } from 'pino';
import { StoreError } from './store-error';
import { levelOfFailure, StoreOutage } from './store-outage';

interface Line {
  readonly level: number;
  readonly msg: string;
}

const { info, warn } = pino.levels.values as { info: number; warn: number };
const refused = new Error('connect ECONNREFUSED 127.0.0.1:6379');
const noAnswer = new StoreError('STORE_UNREACHABLE', 'renew-server');
const address = '127.0.0.1:6379';
/** An error that Redis answered; its class has no types. */
const reply = (message: string): Error =>
  Object.assign(Object.create((ReplyError as { prototype: Error }).prototype) as Error, { message });

describe('an outage of Redis in the log', () => {
  let lines: Line[];
  let outage: StoreOutage;
  const [records, queue, subscriber] = [{ status: '' }, { status: '' }, { status: '' }];
  type Connection = typeof records;
  const lose = (connection: Connection, error: Error = refused): void => {
    connection.status = 'reconnecting';
    outage.lost(connection, address, error);
  };
  const bringBack = (connection: Connection): void => {
    connection.status = 'ready';
    outage.back();
  };
  const begin = (asks: boolean): void => {
    lines = [];
    const write = (line: string): void => void lines.push(JSON.parse(line) as Line);
    outage = new StoreOutage({ log: pino({}, { write }), asks, effect: 'nobody is signed out' });
  };
  const levels = (): number[] => lines.map(({ level }) => level);

  beforeEach(() => {
    begin(true);
  });

  it('is one warning without a stack when it begins, and one line when it is over, for all connections', () => {
    for (const connection of [records, queue, subscriber]) lose(connection);
    outage.failed(noAnswer);
    outage.failed(noAnswer);
    lose(queue);
    for (const connection of [records, queue, subscriber]) bringBack(connection);
    outage.answered();
    outage.answered();
    expect(lines).toMatchObject([
      {
        level: warn,
        msg: 'Redis cannot be reached; nobody is signed out: connect ECONNREFUSED 127.0.0.1:6379',
        redis: address,
      },
      { level: info, msg: 'Redis answers again' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('store-outage.spec');
  });

  it('is not over, nor another one, when what was asked meanwhile fails after the connections are back', () => {
    lose(records);
    bringBack(records);
    expect(levels()).toEqual([warn]);
    outage.failed(noAnswer);
    expect(levels()).toEqual([warn]);
    outage.answered();
    expect(levels()).toEqual([warn, info]);
  });

  it('is not over before the last connection is back', () => {
    lose(records);
    lose(queue);
    bringBack(records);
    outage.answered();
    expect(outage.isTold).toBe(true);
    expect(levels()).toEqual([warn]);
    bringBack(queue);
    expect(levels()).toEqual([warn, info]);
    expect(outage.isTold).toBe(false);
  });

  it('is not over by an answer from before a connection was lost', () => {
    lose(subscriber);
    outage.answered();
    lose(records);
    bringBack(subscriber);
    bringBack(records);
    expect(levels()).toEqual([warn]);
    outage.answered();
    expect(levels()).toEqual([warn, info]);
  });

  it('is told of a Redis that hangs, whose connections stand', () => {
    outage.failed(noAnswer);
    outage.answered();
    expect(lines).toMatchObject([
      { msg: expect.stringMatching(/^Redis cannot be reached; .* did not answer in time/) as string },
      { level: info },
    ]);
  });

  it('is over when Redis answers though a connection that goes on has met an error', () => {
    records.status = 'ready';
    outage.lost(records, address, refused);
    outage.answered();
    expect(levels()).toEqual([warn, info]);
  });

  it('is over with the connections where the process asks nothing by itself', () => {
    begin(false);
    lose(records);
    bringBack(records);
    expect(levels()).toEqual([warn, info]);
  });

  it('names what Redis refuses, though it could not be reached at first', () => {
    lose(records);
    bringBack(records);
    const cause = new Error("NOPERM User x has no permissions to run the 'hgetall' command");
    outage.failed(new StoreError('STORE_REFUSED', 'leases', cause));
    outage.failed(new StoreError('STORE_REFUSED', 'leases', cause));
    expect(levels()).toEqual([warn, warn]);
    expect(lines[1]?.msg).toMatch(/^Redis refuses commands; nobody is signed out: .*HGETALL/);
    outage.answered();
    expect(levels()).toEqual([warn, warn, info]);
  });

  it.each(['LOADING Redis is loading the dataset in memory', "READONLY You can't write against a read only replica."])(
    'goes on while a Redis that comes back says %s',
    (message) => {
      lose(records);
      bringBack(records);
      outage.failed(new StoreError('STORE_REFUSED', 'leases', new Error(message)));
      outage.answered();
      expect(levels()).toEqual([warn, info]);
    },
  );

  it('is a refusal where Redis does not take the password, and readiness can name it', () => {
    expect(outage.why).toBeNull();
    lose(records, reply('WRONGPASS invalid username-password pair or user is disabled.'));
    expect(lines).toMatchObject([
      { level: warn, msg: expect.stringMatching(/^Redis refuses commands; .*user or the password/) as string },
    ]);
    expect(outage.why).toMatch(/^Redis does not take the user or the password of REDIS_URL\./);
    bringBack(records);
    outage.answered();
    expect(outage.why).toBeNull();
    lose(records);
    expect(outage.why).toBe('Redis cannot be reached: connect ECONNREFUSED 127.0.0.1:6379');
  });

  it('is named by the errors within, where a connection fails at all its addresses', () => {
    lose(records, new AggregateError([refused], ''));
    expect(lines[0]?.msg).toContain('ECONNREFUSED');
  });
});

describe('what fails with Redis', () => {
  it.each([
    ['debug', noAnswer],
    ['debug', Object.assign(new Error('no wake-up'), { code: 'QUEUE_UNREACHABLE' })],
    ['warn', new StoreError('STORE_REFUSED', 'leases', new Error('NOPERM'))],
    ['warn', new Error('a defect')],
    ['warn', 'no error at all'],
  ])('is at %s where it was %s', (level, error) => {
    expect(levelOfFailure(error)).toBe(level);
  });
});
