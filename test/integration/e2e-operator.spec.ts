import { type App } from '../kit/app';
import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

const user = 'mia';
const password = 'a-password-of-the-tests';

describe('what an operator sees and does', () => {
  let site: Site;
  let console_: App;
  beforeAll(async () => {
    site = await startSite();
    console_ = await site.prepare('console', { CONSOLE_USER: user, CONSOLE_PASSWORD: password });
    await console_.start();
  });
  afterAll(() => site.stop());

  const call = async (path: string, method = 'GET'): Promise<{ status: number; body: unknown }> => {
    const answer = await fetch(`${console_.url}${path}`, {
      method,
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        ...(method === 'POST' ? { 'content-type': 'application/json', origin: console_.url } : {}),
      },
      ...(method === 'POST' ? { body: '{}' } : {}),
    });
    const text = await answer.text();
    return { status: answer.status, body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
  };

  it('the job of an agent on a call waits in the delayed list of Bull Board, with the reason', async () => {
    await site.signIn('1001', 'READY');
    const { callId } = await site.post('/calls', { agentId: '1001' });
    (await site.open('1001')).crash();
    const held = await site.untilPhase('1001', 'held');
    const listed = await waitFor('the reason to be shown', async () => {
      const { body } = await call('/queues/api/queues?activeQueue=logout&status=delayed&page=1');
      return JSON.stringify(body).includes('"reasons":["call"]') ? JSON.stringify(body) : undefined;
    });
    expect(listed).toContain(`logout-1001-${String(held.epoch)}`);
    expect(listed).toContain(`wake-up of agent 1001, epoch ${String(held.epoch)}: held (call)`);
    await site.post(`/calls/${String(callId)}`, {}, 'DELETE');
    await site.untilOutcome('1001', 'loggedOut');
  });

  it('a loss tells its whole story in sentences', async () => {
    await site.signIn('1002');
    (await site.open('1002')).crash();
    await site.untilOutcome('1002', 'loggedOut');
    const { status, body } = await call('/api/losses/1002@2');
    expect(status).toBe(200);
    const story = JSON.stringify(body);
    expect(story).toContain('Desktop desk-1002 on the primary side');
    expect(story).toContain('none holds a desktop');
    expect(story).toContain('LOGOUT, reason 50002');
  });

  it('an operator who cancels a loss keeps the agent signed in, and is named', async () => {
    await site.signIn('1003');
    (await site.open('1003')).crash();
    await site.untilPhase('1003', 'grace');
    expect((await call('/api/agents/1003/cancel', 'POST')).status).toBe(200);
    await pause(siteTimes.graceMs + 1_500);
    expect(await site.requests('1003')).toEqual([]);
    expect(JSON.stringify(await site.told('1003'))).toContain(`Cancelled by ${user}`);
  });

  it('a held side signs nobody out until it is released', async () => {
    await site.signIn('1004');
    expect((await call('/api/sides/primary/hold', 'POST')).status).toBe(200);
    expect(JSON.stringify(await site.told(''))).toContain(`The primary side is held by ${user}`);
    (await site.open('1004', 'primary')).crash();
    const held = await site.untilPhase('1004', 'held');
    expect(held.phase).toMatchObject({ reasons: ['operator'] });
    expect(await site.requests('1004')).toEqual([]);
    expect((await call('/api/sides/primary/release', 'POST')).status).toBe(200);
    await site.untilOutcome('1004', 'loggedOut');
  });

  it('an agent with an open desktop cannot be signed out by an operator', async () => {
    await site.signIn('1005');
    await site.open('1005');
    const { status, body } = await call('/api/agents/1005/logout', 'POST');
    expect(status).toBe(409);
    expect(JSON.stringify(body)).toContain('1005');
    await pause(1_000);
    expect(await site.requests('1005')).toEqual([]);
  });

  it('a ghost that never had a desktop here can be signed out by an operator', async () => {
    await site.signIn('1006');
    expect((await call('/api/agents/1006/logout', 'POST')).status).toBe(200);
    await site.untilOutcome('1006', 'loggedOut');
    expect(await site.ctiAgent('1006')).toMatchObject({ stateName: 'LOGOUT' });
  });

  it('agents who are signed in without a desktop are listed, and one order signs them all out', async () => {
    const telephones = ['1011', '1012', '1013'];
    await Promise.all([...telephones, '1014'].map((agentId) => site.signIn(agentId)));
    await site.open('1014');
    const listed = await waitFor('all of them to be listed', async () => {
      const { agents } = (await call('/api/without-desktop')).body as { agents: { agentId: string; state: string }[] };
      return telephones.every((agentId) => agents.some((one) => one.agentId === agentId)) ? agents : undefined;
    });
    expect(listed.find(({ agentId }) => agentId === '1011')).toMatchObject({ state: 'NOT_READY' });
    await waitFor('the page to be told', async () =>
      JSON.stringify((await call('/api/overview')).body).includes('"agentId":"1012"'),
    );
    await waitFor('the desktop to be known to whoever lists', async () => {
      const { agents } = (await call('/api/without-desktop')).body as { agents: { agentId: string }[] };
      return agents.every(({ agentId }) => agentId !== '1014');
    });
    expect(await call('/api/without-desktop/logout', 'POST')).toMatchObject({
      status: 200,
      body: { refused: 0, left: 0 },
    });
    await Promise.all(telephones.map((agentId) => site.untilOutcome(agentId, 'loggedOut')));
    expect((await site.ctiAgent('1014')).stateName).not.toBe('LOGOUT');
    const acts = (await site.journal()).flatMap(({ entry }) =>
      entry.what === 'operatorActed' ? [entry.sentence] : [],
    );
    expect(acts).toContainEqual(
      expect.stringMatching(/^The logout of \d+ agents who are signed in without a desktop was ordered by mia/),
    );
    await waitFor('nobody to be listed', async () => {
      const { count } = (await call('/api/without-desktop')).body as { count: number };
      return count === 0;
    });
    const { status, body } = await call('/api/without-desktop/logout', 'POST');
    expect(status).toBe(409);
    expect(JSON.stringify(body)).toContain('Nobody is signed in without a desktop');
  });
});
