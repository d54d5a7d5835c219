import { lossId } from '#domain/agent';
import { ConsoleStage } from './console-stage.spec-support';
import { waitFor } from '../kit/wait';
import { runApp } from '../kit/app';

/** What operators ask the console and order through it: a real process, a real Redis, records made by the engine. */

let stage: ConsoleStage;
beforeAll(async () => {
  stage = await ConsoleStage.start();
});
afterAll(async () => {
  expect(await stage.stop()).toBe(0);
});

async function answerOf(asked: Promise<Response>): Promise<{ status: number; body: unknown }> {
  const response = await asked;
  return { status: response.status, body: await response.json() };
}

describe('the API', () => {
  it('lists agents by phase, with counts of all', async () => {
    await stage.open('2001', 'primary');
    await stage.lose('2002');
    const { status, body } = await answerOf(stage.ask('/api/agents?phase=grace'));
    expect(status).toBe(200);
    expect(body).toMatchObject({ counts: { present: 1, grace: 1 }, agents: [{ agentId: '2002', phase: 'grace' }] });
    const all = await answerOf(stage.ask('/api/agents?limit=1'));
    expect(all.body).toMatchObject({ agents: [{ agentId: '2002' }] });
  });

  it('tells one agent in words', async () => {
    await stage.hold('2003', 'onCall');
    const { body } = await answerOf(stage.ask('/api/agents/2003'));
    expect(body).toMatchObject({
      agent: {
        phase: 'held',
        reasons: ['call'],
        sentence: 'Desktop d-2003 on the secondary side was closed. Not signed out, because the agent is on a call.',
      },
    });
  });

  it('tells the whole story of a loss', async () => {
    const { epoch } = await stage.lose('2004');
    await stage.open('2004', 'primary');
    const { body } = await answerOf(stage.ask(`/api/losses/${lossId('2004', epoch)}`));
    expect(body).toMatchObject({
      loss: `2004@${String(epoch)}`,
      why: expect.stringMatching(
        /^Agent 2004 was not signed out: the connection of its last desktop was lost \(d-2004, secondary side, server-secondary\)\. Back after/,
      ) as string,
      lines: [{ what: 'lossBegan' }, { what: 'outcome', outcome: 'returned' }],
    });
  });

  it('finds losses by agent, outcome and time, page by page', async () => {
    for (let times = 0; times < 3; times++) {
      await stage.lose('2005');
      await stage.open('2005');
    }
    const first = await answerOf(stage.ask('/api/losses?agent=2005&outcome=returned&limit=2'));
    const { losses, next } = first.body as { losses: { loss: string }[]; next: string };
    expect(losses.map(({ loss }) => loss)).toEqual(['2005@6', '2005@4']);
    const rest = await answerOf(stage.ask(`/api/losses?agent=2005&outcome=returned&limit=2&before=${next}`));
    expect(rest.body).toMatchObject({ losses: [{ loss: '2005@2' }], next: null });
    const none = await answerOf(stage.ask('/api/losses?agent=2005&since=2100-01-01T00:00:00Z'));
    expect(none.body).toMatchObject({ losses: [] });
  });

  it.each([
    ['/api/agents?phase=asleep', 400, 'FIELD_INVALID', 'phase'],
    ['/api/agents?limit=many', 400, 'FIELD_INVALID', 'limit'],
    ['/api/losses?since=yesterday', 400, 'FIELD_INVALID', 'since'],
    ['/api/losses/1001', 400, 'FIELD_INVALID', 'loss'],
    ['/api/agents/999', 404, 'AGENT_UNKNOWN', undefined],
    ['/api/losses/999@9', 404, 'AGENT_UNKNOWN', undefined],
    ['/api/losses/2001@9', 404, 'LOSS_UNKNOWN', undefined],
    ['/api/nothing', 404, 'NOT_FOUND', undefined],
  ])('answers %s with %i %s', async (path, status, code, field) => {
    const { status: answered, body } = await answerOf(stage.ask(path));
    expect(answered).toBe(status);
    expect(body).toMatchObject({ error: field === undefined ? { code } : { code, field } });
  });
});

describe("an operator's command", () => {
  it('cancels a loss, takes its wake-up away and is journalled with who did it', async () => {
    const { epoch } = await stage.lose('3001');
    const job = `logout-3001-${String(epoch)}`;
    expect(await stage.queue.getJob(job)).toBeDefined();
    const { status, body } = await answerOf(stage.order('/api/agents/3001/cancel'));
    expect([status, body]).toMatchObject([200, { agent: { phase: 'settled', outcome: 'cancelledByOperator' } }]);
    expect(await stage.queue.getJob(job)).toBeUndefined();
    expect(await stage.sentencesOf('3001')).toContain('Cancelled by admin: the agent stays signed in.');
  });

  it('ends a grace: the wake-up is wanted at once', async () => {
    const { epoch } = await stage.lose('3002');
    const { body } = await answerOf(stage.order('/api/agents/3002/logout'));
    expect(body).toMatchObject({ agent: { phase: 'grace', loss: { released: true } } });
    const job = await stage.queue.getJob(`logout-3002-${String(epoch)}`);
    expect(await job?.getState()).toBe('waiting');
    expect(await stage.sentencesOf('3002')).toContain('Logout ordered by admin: due now.');
  });

  it('releases a held loss', async () => {
    await stage.hold('3003', 'massLoss');
    expect((await stage.order('/api/agents/3003/release')).status).toBe(200);
    expect(await stage.sentencesOf('3003')).toContain('Released by admin.');
  });

  it('never signs out an agent with an open desktop', async () => {
    await stage.open('3004');
    expect(await answerOf(stage.order('/api/agents/3004/logout'))).toMatchObject({
      status: 409,
      body: {
        error: {
          code: 'NO_EFFECT',
          sentence: 'agent 3004 has 1 open desktop on the secondary side: not a ghost, so nobody may sign it out here.',
        },
      },
    });
    const { agent } = await stage.store.load({ peripheralId: 5000, agentId: '3004' });
    expect(agent.phase.name).toBe('present');
  });

  it('holds a side and releases it, and says so when there is nothing to do', async () => {
    expect((await answerOf(stage.order('/api/sides/secondary/hold'))).body).toMatchObject({ hold: { by: 'admin' } });
    expect(await stage.sides.holds()).toMatchObject([{ side: 'secondary', by: 'admin' }]);
    expect((await stage.order('/api/sides/secondary/hold')).status).toBe(409);
    expect((await stage.order('/api/sides/secondary/release')).status).toBe(200);
    expect((await stage.order('/api/sides/secondary/release')).status).toBe(409);
    expect((await stage.order('/api/sides/left/hold')).status).toBe(400);
  });
});

describe('Bull Board', () => {
  const board = (method: string, path: string, body?: object): Promise<Response> =>
    stage.ask(`/queues/api/queues${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('shows both queues, and the agent that a job is about', async () => {
    const { epoch } = await stage.lose('4001');
    const { body } = await answerOf(board('GET', '?activeQueue=logout&status=delayed'));
    const { queues } = body as { queues: { name: string; readOnlyMode: boolean; jobs: object[] }[] };
    expect(queues.map(({ name, readOnlyMode }) => [name, readOnlyMode])).toEqual([
      ['logout', false],
      ['sweep', true],
    ]);
    expect(queues[0]?.jobs).toContainEqual(
      expect.objectContaining({
        name: `wake-up of agent 4001, epoch ${String(epoch)}`,
        externalUrl: { displayText: 'Agent 4001', href: '/#/agents/4001' },
      }),
    );
  });

  it('promotes a wake-up, which signs nobody out, and the journal says who did it', async () => {
    const { epoch } = await stage.lose('4002');
    const id = `logout-4002-${String(epoch)}`;
    expect((await board('PUT', `/logout/${id}/promote`)).status).toBe(204);
    expect(await (await stage.queue.getJob(id))?.getState()).toBe('waiting');
    const { agent } = await stage.store.load({ peripheralId: 5000, agentId: '4002' });
    expect(agent.phase).toMatchObject({ name: 'grace', loss: { epoch } });
    expect(await stage.sentencesOf('4002')).toContainEqual(expect.stringMatching(/^admin promoted the job/));
  });

  it('logs what is done to a whole queue with who did it', async () => {
    expect((await board('PUT', '/logout/pause')).status).toBe(200);
    const overview = await answerOf(stage.ask('/api/overview'));
    expect(JSON.stringify(overview.body)).toContain('The queue logout is paused');
    expect((await board('PUT', '/logout/resume')).status).toBe(200);
    const isLogged = /"operator":"admin".*An operator paused the queue in Bull Board/;
    // The log comes through a pipe, later than the answer.
    const logged = (): string[] => stage.app.lines.filter((line) => isLogged.test(line));
    await waitFor('the line in the log', () => logged().length > 0);
    expect(logged()).toHaveLength(1);
  });

  it('refuses to make or change jobs, and to touch the sweep', async () => {
    const { epoch } = await stage.lose('4003');
    const job = { name: 'wake-up', data: { agentId: '4003', epoch: 99 }, options: {} };
    expect((await board('POST', '/logout/add', job)).status).toBe(403);
    const data = { jobData: { agentId: '9999', epoch: 1 } };
    expect((await board('PATCH', `/logout/logout-4003-${String(epoch)}/update-data`, data)).status).toBe(403);
    expect((await board('PUT', '/sweep/obliterate', { force: true })).status).toBe(405);
    expect((await stage.queue.getJob(`logout-4003-${String(epoch)}`))?.data).toEqual({ agentId: '4003', epoch });
  });
});

describe('metrics', () => {
  it('count agents by phase', async () => {
    const text = await (await fetch(`${stage.app.url}/metrics`)).text();
    expect(text).toMatch(/^lastcall_agents\{phase="held"\} [1-9]/m);
    expect(text).toMatch(/^lastcall_journal_lines [1-9]/m);
    expect(text).toMatch(/^lastcall_store_up 1$/m);
  });
});

describe('a refused configuration', () => {
  it('is told before anything is served', async () => {
    const env = { CONSOLE_PASSWORD: 'short', HTTP_PORT: 'x' };
    const ran = await runApp('console', env);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('CONSOLE_PASSWORD is too short; expected at least 8 characters');
    expect(ran.stderr).toContain('HTTP_PORT');
    expect(ran.stderr).not.toContain('short;x');
    const help = await runApp('console', {}, '--help');
    expect(help.stdout).toContain('CONSOLE_PASSWORD');
  });
});

describe('Redis away', () => {
  it('is said by readiness, API and metrics, and made good when it is back', async () => {
    await stage.redis.kill9();
    const ready = (): Promise<number> => fetch(`${stage.app.url}/health/ready`).then(({ status }) => status);
    await waitFor('the console not to be ready', async () => (await ready()) === 503);
    expect(await (await fetch(`${stage.app.url}/health/ready`)).json()).toEqual({
      status: 'notReady',
      missing: [{ part: 'store', why: expect.stringMatching(/^Redis cannot be reached/) as string }],
    });
    expect((await fetch(`${stage.app.url}/health/live`)).status).toBe(200);
    expect(await answerOf(stage.ask('/api/agents'))).toMatchObject({
      status: 503,
      body: { error: { code: 'STORE_AWAY' } },
    });
    const metrics = await (await fetch(`${stage.app.url}/metrics`)).text();
    expect(metrics).toContain('lastcall_store_up 0');
    expect(metrics).not.toContain('lastcall_agents');
    await stage.redis.restart();
    await waitFor('the console to be ready', async () => (await ready()) === 200);
    expect((await stage.ask('/api/agents')).status).toBe(200);
  });
});
