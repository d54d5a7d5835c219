import { Keys } from '#store/keys';
import { CliProcess } from '../kit/cli';
import { peripheralId } from '../kit/site/site';
import { waitFor } from '../kit/wait';
import { ConsoleStage } from './console-stage.spec-support';

/** A record and a line of the journal that cannot be read: they are shown as that, and everything else goes on. */

const keys = new Keys(peripheralId);
let stage: ConsoleStage;

beforeAll(async () => {
  stage = await ConsoleStage.start();
  await stage.lose('1001');
  await stage.lose('1002');
  await stage.connection.set(keys.agent('1002'), 'no record');
  await stage.connection.xadd(keys.journal, '*', 'a', '1003', 'e', '1', 'j', '{"what":"held"');
  const noReasons = '{"what":"held","loss":1,"sentence":"Held."}';
  for (const json of ['[]', noReasons])
    await stage.connection.xadd(keys.journal, '*', 'a', '1003', 'e', '1', 'j', json);
  await stage.lose('1004');
});
afterAll(async () => {
  expect(await stage.stop()).toBe(0);
});

async function bodyOf(path: string, status = 200): Promise<unknown> {
  const response = await stage.ask(path);
  expect(response.status).toBe(status);
  return response.json();
}

it('the losses of the others are listed', async () => {
  const { losses } = (await bodyOf('/api/losses?limit=10')) as { losses: { agentId: string }[] };
  expect(losses.map(({ agentId }) => agentId)).toEqual(['1004', '1002', '1001']);
});

it('the overview has an alarm that names the key and what to do, once', async () => {
  await bodyOf('/api/overview');
  const { alarms } = (await bodyOf('/api/overview')) as { alarms: { level: string; sentence: string }[] };
  expect(alarms.filter(({ sentence }) => sentence.includes(keys.agent('1002')))).toMatchObject([
    { level: 'alarm', sentence: expect.stringContaining('redis-cli GET') as string },
  ]);
  const { agents } = (await bodyOf('/api/agents?phase=grace')) as { agents: { agentId: string }[] };
  expect(agents.map(({ agentId }) => agentId).sort()).toEqual(['1001', '1004']);
  expect(stage.app.lines.filter((line) => line.includes('A record cannot be read.'))).toHaveLength(1);
});

it('whoever asks for that agent, or orders something about it, is told why not', async () => {
  const refusal = {
    error: { code: 'RECORD_UNREADABLE', sentence: expect.stringContaining(keys.agent('1002')) as string },
  };
  expect(await bodyOf('/api/agents/1002', 500)).toMatchObject(refusal);
  const order = await stage.order('/api/agents/1002/cancel');
  expect(await order.json()).toMatchObject(refusal);
});

it('the stream has the line in its place', async () => {
  const end = new AbortController();
  const answer = await stage.ask('/api/events', { signal: end.signal });
  let text = '';
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body!) text += decoder.decode(chunk as Uint8Array, { stream: true });
  })().catch(() => undefined);
  const json = await waitFor('a snapshot', () => /^event: snapshot\ndata: (.*)\n\n/m.exec(text)?.[1], {
    seen: () => text,
  });
  end.abort();
  await reading;
  const { lines } = JSON.parse(json) as { lines: { agentId: string; what: string }[] };
  expect(lines.map(({ agentId, what }) => [agentId, what])).toEqual([
    ['1001', 'lossBegan'],
    ['1002', 'lossBegan'],
    ['1003', 'unreadable'],
    ['1003', 'unreadable'],
    ['1003', 'unreadable'],
    ['1004', 'lossBegan'],
  ]);
});

it('an export has what stands there, word for word', async () => {
  const { exitCode, stdout } = await new CliProcess(['journal', 'export', '--agent', '1003'], {
    REDIS_URL: stage.redis.url,
  }).end();
  expect(exitCode).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toMatchObject([
    { entry: null, unreadable: '{"what":"held"' },
    { entry: null, unreadable: '[]' },
    { entry: null, unreadable: expect.stringContaining('"loss":1') as string },
  ]);
});
