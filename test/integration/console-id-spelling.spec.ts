import { type Page } from 'playwright-core';
import { ConfiguredAgents } from '#store/configured-agents';
import { Keys } from '#store/keys';
import { Chromium } from '../kit/browser/chromium';
import { CliProcess } from '../kit/cli';
import { peripheralId } from '../kit/site/site';
import { waitFor } from '../kit/wait';
import { ConsoleStage, password } from './console-stage.spec-support';

/**
 * An operator types an id as it comes to mind: the console and the command line know one spelling of each agent, that of the
 * CTI configuration, the records and the journal. Where nobody is meant they say so, and nothing comes of an order.
 */

let stage: ConsoleStage;
beforeAll(async () => {
  stage = await ConsoleStage.start();
  // As a worker publishes them; Agent009 is known by this alone.
  const configured = new ConfiguredAgents(stage.connection, { peripheralId });
  await configured.publish('primary', 'v1', {
    agentIds: ['Agent001', 'Agent002', 'Agent009', 'Twin', 'twin'],
    loginNames: new Map([['Agent001', 'Ada@example.com']]),
  });
});
afterAll(() => stage.stop());

interface Problem {
  readonly error: { readonly code: string; readonly sentence: string; readonly near?: readonly string[] };
}

async function answerOf(asked: Promise<Response>): Promise<{ status: number; body: unknown }> {
  const response = await asked;
  return { status: response.status, body: await response.json() };
}

async function problemOf(asked: Promise<Response>): Promise<Problem['error']> {
  const { body } = await answerOf(asked);
  return (body as Problem).error;
}

function hasRecord(agentId: string): Promise<number> {
  return stage.connection.exists(new Keys(peripheralId).agent(agentId));
}

describe('the API', () => {
  it('finds an agent, its losses and their story in any case', async () => {
    const { epoch } = await stage.lose('Agent001');
    expect(await answerOf(stage.ask('/api/agents/AGENT001'))).toMatchObject({
      status: 200,
      body: { agent: { agentId: 'Agent001', phase: 'grace' } },
    });
    const loss = `Agent001@${String(epoch)}`;
    expect(await answerOf(stage.ask('/api/agents/ada%40example.COM'))).toMatchObject({
      status: 200,
      body: { agent: { agentId: 'Agent001' } },
    });
    expect(await answerOf(stage.ask('/api/losses?agent=agent001'))).toMatchObject({
      status: 200,
      body: { agent: 'Agent001', losses: [{ loss }] },
    });
    expect(await answerOf(stage.ask(`/api/losses/agent001@${String(epoch)}`))).toMatchObject({
      status: 200,
      body: { loss, agentId: 'Agent001', why: expect.stringContaining('Agent Agent001') as string },
    });
  });

  it('carries out an order about the agent who is meant, and makes no second record', async () => {
    await stage.lose('Agent002');
    const { status, body } = await answerOf(stage.order('/api/agents/agent002/cancel'));
    expect([status, body]).toMatchObject([200, { agent: { agentId: 'Agent002', outcome: 'cancelledByOperator' } }]);
    expect(await hasRecord('agent002')).toBe(0);
  });

  it('signs out a ghost that only the CTI configuration names, under its own spelling', async () => {
    expect(await answerOf(stage.ask('/api/agents/agent009'))).toMatchObject({
      status: 200,
      body: { agent: { agentId: 'Agent009', phase: 'unseen' } },
    });
    const { status, body } = await answerOf(stage.order('/api/agents/AGENT009/logout'));
    expect([status, body]).toMatchObject([200, { agent: { agentId: 'Agent009', loss: { cause: 'operator' } } }]);
    expect(await hasRecord('AGENT009')).toBe(0);
  });

  it.each(['cancel', 'release', 'logout'])('refuses to %s what maps to nobody, and makes no record', async (order) => {
    const error = await problemOf(stage.order(`/api/agents/Agent01/${order}`));
    expect(error).toMatchObject({
      code: 'AGENT_UNKNOWN',
      sentence: 'There is no agent with the id Agent01. A near one is Agent001.',
      near: ['Agent001'],
    });
    expect(await hasRecord('Agent01')).toBe(0);
    expect(await stage.sentencesOf('Agent01')).toEqual([]);
  });

  it('says of losses that there is no such agent, where none has that id', async () => {
    const error = await problemOf(stage.ask('/api/losses?agent=nobody'));
    expect(error).toEqual({ code: 'AGENT_UNKNOWN', sentence: 'There is no agent with the id nobody.', near: [] });
    expect(await problemOf(stage.ask('/api/losses/nobody@7'))).toMatchObject({ code: 'AGENT_UNKNOWN' });
  });

  it('does not choose between two agents whose ids differ in case alone', async () => {
    expect(await problemOf(stage.order('/api/agents/TWIN/logout'))).toMatchObject({
      code: 'AGENT_UNKNOWN',
      near: ['Twin', 'twin'],
    });
    expect(await answerOf(stage.ask('/api/agents/twin'))).toMatchObject({ body: { agent: { agentId: 'twin' } } });
  });
});

describe('the search field', () => {
  let browser: Chromium;
  let page: Page;
  beforeAll(async () => {
    browser = await Chromium.start();
    page = await browser.tab(stage.app.url);
    await page.fill('input[name=user]', 'admin');
    await page.fill('input[name=password]', password);
    await page.keyboard.press('Enter');
    await page.getByText('peripheral').waitFor();
  });
  afterAll(() => browser.stop());

  async function find(text: string): Promise<void> {
    await page.locator('#find').fill(text);
    await page.keyboard.press('Enter');
  }

  it('opens the agent who is meant', async () => {
    await find('agent001');
    await page.getByRole('heading', { name: 'Agent Agent001' }).waitFor();
    // The address follows what is shown, and the browser reports it later still.
    await page.waitForURL((url) => url.hash === '#/agents/Agent001');
    await page.keyboard.press('Escape');
  });

  it('says that nobody is meant, names a near one, and leads to it', async () => {
    await find('agent01');
    await page.getByText('There is no agent with the id agent01.').waitFor();
    await page.getByRole('button', { name: 'Open agent Agent001' }).click();
    await page.getByRole('heading', { name: 'Agent Agent001' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('says that what was typed is no id', async () => {
    await find('agent 001@example.org');
    await page.getByText('agent 001@example.org is neither an agent id nor a login name').waitFor();
  });

  it('of the journal shows the losses of the agent who is meant, or that there is none', async () => {
    const filter = page.getByLabel('Only this agent');
    await filter.fill('AGENT002');
    await filter.press('Enter');
    await page.locator('.journal b', { hasText: 'Agent002' }).first().waitFor();
    await waitFor('the field to have its spelling', async () => (await filter.inputValue()) === 'Agent002', {
      seen: () => filter.inputValue(),
    });
    await filter.fill('nobody');
    // What is typed stays while the page changes.
    await stage.lose('1009');
    await page.getByText('1009', { exact: true }).first().waitFor();
    expect(await filter.inputValue()).toBe('nobody');
    await filter.press('Enter');
    await page.getByText('There is no agent with the id nobody.').waitFor();
  });
});

describe('lastcall journal export --agent', () => {
  const exported = (agentId: string) =>
    new CliProcess(['journal', 'export', '--agent', agentId], { REDIS_URL: stage.redis.url }).end();

  it('exports the lines of the agent who is meant', async () => {
    const { exitCode, stdout } = await exported('agent001');
    expect(exitCode).toBe(0);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { agentId: string }).agentId)).toEqual(lines.map(() => 'Agent001'));
    expect(stdout).toBe((await exported('Agent001')).stdout);
  });

  it('says that the journal has nobody of that id, and who may be meant', async () => {
    expect(await exported('agent01')).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: 'lastcall: The journal has no agent with the id agent01. A near one is Agent001.\n',
    });
  });
});
