import { MemoryChannels } from './link-bus.spec-support';
import { standingOf } from './link-call.spec-support';
import { callsMax, lookMsMax, silentMsMax } from './link-caller';
import { pass, startServer, startWorker } from './link-channel.spec-support';

const signIn = { kind: 'signIn', extension: '3001' } as const;

async function start() {
  const channels = new MemoryChannels();
  const server = await startServer(channels);
  const worker = await startWorker(channels);
  await pass(channels, 100);
  return { channels, ...server, worker, link: worker.link };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a look over the channel', () => {
  it('is answered by the worker that holds the link, and by nobody else', async () => {
    const { caller, channels, link } = await start();
    const standBy = await startWorker(channels, false);
    const dialog = {
      id: '77',
      state: 'HELD',
      fromAddress: '5551234',
      toAddress: '3001',
      startedAt: 1,
      participants: [{ mediaAddress: '3001', state: 'HELD', stateChangedAt: 2 }],
    } as const;
    const standing = standingOf({ state: 'TALKING', pendingState: 'NOT_READY', onCall: true, dialogs: [dialog] });
    link.onLook = () => Promise.resolve({ kind: 'known', standing });
    const answer = caller.look('1001');
    await pass(channels, 100);
    expect(await answer).toStrictEqual({ kind: 'known', standing });
    expect([link.looks, standBy.link.looks]).toEqual([1, 0]);
  });

  it('tells an unknown agent and a link that cannot say', async () => {
    const { caller, channels, link } = await start();
    link.onLook = (agentId) =>
      Promise.resolve(agentId === '9' ? { kind: 'unknownAgent' } : { kind: 'unavailable', why: 'no answer in time' });
    const answers = Promise.all([caller.look('9'), caller.look('1001')]);
    await pass(channels, 100);
    expect(await answers).toEqual([{ kind: 'unknownAgent' }, { kind: 'unavailable', why: 'no answer in time' }]);
  });

  it('without an answer is unavailable after its time', async () => {
    const { caller, channels, link } = await start();
    link.onLook = () => new Promise(() => undefined);
    const answer = caller.look('1001');
    await pass(channels, lookMsMax + 100);
    expect(await answer).toEqual({ kind: 'unavailable', why: 'No answer came in time.' });
    expect(caller.size).toBe(0);
  });

  it('is turned away when too many wait', async () => {
    const { caller, channels, link } = await start();
    link.onLook = () => new Promise(() => undefined);
    const answers = Array.from({ length: callsMax }, () => caller.look('1001'));
    expect(await caller.look('1001')).toEqual({
      kind: 'unavailable',
      why: 'Too many calls of the link wait for an answer.',
    });
    await pass(channels, lookMsMax + 100);
    await Promise.all(answers);
    expect(caller.size).toBe(0);
  });
});

describe('a change over the channel', () => {
  it('is carried out once, and its result told, even when the message comes twice', async () => {
    const { caller, channels, link, worker } = await start();
    link.result = { kind: 'rejected', code: 'CF_X', peripheralErrorCode: 10112, sentence: 'No.' };
    const texts: string[] = [];
    channels.drops = (channel, text) => {
      if (channel.includes('calls')) texts.push(text);
      return false;
    };
    const result = caller.change('1001', { ...signIn, password: 'secret' });
    await pass(channels, 100);
    expect(await result).toEqual(link.result);
    await worker.bus.publish('{5000}:link-calls:primary', texts[0] ?? '');
    await pass(channels, 100);
    expect(link.orders).toEqual([{ agentId: '1001', order: { ...signIn, password: 'secret' }, wasWritten: true }]);
  });

  it('that reaches the worker too late is not carried out: it was frozen', async () => {
    const { caller, channels, link, worker } = await start();
    const late: string[] = [];
    channels.drops = (channel, text) => channel.includes('calls') && late.push(text) > 0;
    const result = caller.change('1001', signIn);
    await pass(channels, 2_600);
    channels.drops = () => false;
    await worker.bus.publish('{5000}:link-calls:primary', late[0] ?? '');
    await pass(channels, 100);
    expect(await result).toEqual({ kind: 'unavailable', why: 'The order came too late and was not carried out.' });
    expect(link.orders).toEqual([]);
  });

  it('is not written when it expired on its way to the write, or when the link was given up meanwhile', async () => {
    const { caller, channels, link } = await start();
    link.beforeWrite = () => new Promise((resolve) => setTimeout(resolve, 2_600));
    const slow = caller.change('1001', signIn);
    await pass(channels, 2_700);
    expect(await slow).toMatchObject({ kind: 'unavailable' });
    link.beforeWrite = () => {
      link.held = false;
      return Promise.resolve();
    };
    const lost = caller.change('1001', signIn);
    await pass(channels, 100);
    expect(await lost).toMatchObject({ kind: 'unavailable' });
    expect(link.orders.map(({ wasWritten }) => wasWritten)).toEqual([false, false]);
  });

  it('is in doubt when no answer comes: it may have been carried out', async () => {
    const { caller, channels, link } = await start();
    channels.drops = (channel) => channel.includes('answers');
    const result = caller.change('1001', signIn);
    await pass(channels, 21_100);
    expect(await result).toEqual({ kind: 'inDoubt', why: 'No answer came in time.' });
    expect(link.orders).toHaveLength(1);
  });

  it('is given up when the holder falls silent, but not before its order has expired', async () => {
    const { caller, channels, worker } = await start();
    await pass(channels, 900);
    worker.bus.cut();
    await pass(channels, 2_000);
    let isOver = false;
    const result = caller.change('1001', signIn).finally(() => (isOver = true));
    await pass(channels, 1_500);
    expect(caller.service()).toMatchObject({ inService: false });
    expect(isOver).toBe(false);
    await pass(channels, 1_200);
    expect(await result).toEqual({
      kind: 'inDoubt',
      why: 'No worker of this side has been heard for three seconds.',
    });
  });

  it('is not sent while the link is out of service, or while Redis does not answer', async () => {
    const { caller, channels, link, worker, bus } = await start();
    link.serviceNow = { inService: false, why: 'The CTI link is not in service: reset.' };
    worker.news.tellAlive();
    await pass(channels, 100);
    expect(await caller.change('1001', signIn)).toEqual({
      kind: 'unavailable',
      why: 'The CTI link is not in service: reset.',
    });
    bus.isCut = true;
    expect(await caller.change('1001', signIn)).toEqual({ kind: 'unavailable', why: 'Redis does not answer.' });
    expect(link.orders).toEqual([]);
  });
});

describe('the service of the link', () => {
  it('begins with the first sign of life', async () => {
    const channels = new MemoryChannels();
    const { caller, heard } = await startServer(channels);
    expect(caller.service()).toEqual({ inService: false, why: 'No worker of this side has been heard so far.' });
    await startWorker(channels);
    await pass(channels, 100);
    expect(caller.service()).toEqual({ inService: true });
    expect(heard).toEqual([{ kind: 'service', now: { inService: true } }]);
  });

  it('says why within a second, and is told once', async () => {
    const { caller, channels, link, heard } = await start();
    heard.length = 0;
    link.serviceNow = { inService: false, why: 'The CTI link is not in service: reset.' };
    await pass(channels, 5_000);
    expect(caller.service()).toEqual(link.serviceNow);
    expect(heard).toEqual([{ kind: 'service', now: link.serviceNow }]);
  });

  it('ends when nobody is heard for three seconds, and no sooner', async () => {
    const { caller, channels, worker } = await start();
    await pass(channels, 1_000);
    worker.bus.cut();
    await pass(channels, silentMsMax - 1_100);
    expect(caller.service()).toEqual({ inService: true });
    await pass(channels, 1_300);
    expect(caller.service()).toMatchObject({ inService: false });
  });

  it('ends at once when the connection to Redis is lost, and comes back with it', async () => {
    const { caller, channels, bus } = await start();
    bus.cut();
    expect(caller.service()).toEqual({ inService: false, why: 'The connection is lost.' });
    bus.isCut = false;
    await pass(channels, 1_100);
    expect(caller.service()).toEqual({ inService: true });
  });

  it('is handed on by a worker that stops, at once', async () => {
    const { caller, channels, worker } = await start();
    worker.news.stop();
    await pass(channels, 100);
    expect(caller.service()).toEqual({ inService: false, why: 'The worker is being stopped.' });
  });

  it('is only what the holder says', async () => {
    const { caller, channels } = await start();
    const standBy = await startWorker(channels, false);
    standBy.link.serviceNow = { inService: false, why: 'not mine' };
    await pass(channels, 3_000);
    expect(caller.service()).toEqual({ inService: true });
  });
});

describe('changes of agents', () => {
  const before = standingOf({ state: 'NOT_READY' });
  const after = standingOf({ state: 'READY' });

  it('are told in order, with what was before', async () => {
    const { channels, worker, heard } = await start();
    heard.length = 0;
    worker.news.changed(undefined, before);
    worker.news.changed(before, after);
    await pass(channels, 2_000);
    expect(heard).toStrictEqual([
      { kind: 'changed', before: undefined, after: before },
      { kind: 'changed', before, after },
    ]);
  });

  it('that got lost on the way are noticed by the next sign of life: followers are told of the service again', async () => {
    const { channels, worker, heard } = await start();
    heard.length = 0;
    channels.drops = () => true;
    worker.news.changed(before, after);
    await pass(channels, 100);
    channels.drops = () => false;
    await pass(channels, 3_000);
    expect(heard).toEqual([{ kind: 'service', now: { inService: true } }]);
  });

  it('may have been missed by the worker itself: followers are told of the service again', async () => {
    const { channels, worker, heard } = await start();
    heard.length = 0;
    worker.news.gap();
    await pass(channels, 3_000);
    expect(heard).toEqual([{ kind: 'service', now: { inService: true } }]);
  });

  it('may have been missed when the holder is another: followers are told of the service again', async () => {
    const { channels, worker, heard } = await start();
    const second = await startWorker(channels, false);
    heard.length = 0;
    worker.link.held = false;
    second.link.held = true;
    second.news.changed(before, after);
    await pass(channels, 3_000);
    expect(heard).toEqual([
      { kind: 'changed', before, after },
      { kind: 'service', now: { inService: true } },
    ]);
  });

  it('are not told by a worker that does not hold the link', async () => {
    const { channels, heard } = await start();
    const standBy = await startWorker(channels, false);
    heard.length = 0;
    standBy.news.changed(before, after);
    await pass(channels, 3_000);
    expect(heard).toEqual([]);
  });

  it('are not heard after the follower has left, nor is anything that is none of ours', async () => {
    const { caller, channels, worker, heard } = await start();
    const news = '{5000}:link-news:primary';
    for (const text of [
      '',
      '{',
      '[]',
      '{"kind":"alive"}',
      '{"kind":"changed","life":"x","changes":1,"changed":[{}]}',
    ]) {
      await worker.bus.publish(news, text);
    }
    await worker.bus.publish('{5000}:link-calls:primary', '{"id":"1"}');
    const stop = caller.follow({ changed: () => heard.push(), service: () => undefined });
    stop();
    heard.length = 0;
    await pass(channels, 2_000);
    expect(heard).toEqual([]);
    expect(caller.service()).toEqual({ inService: true });
  });
});
