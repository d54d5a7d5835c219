import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '#config/password-hash';
import { basic, FinesseClient, inShort, textOf } from '../kit/finesse/finesse-client';
import { type Site } from '../kit/site/site';
import { type Side, sides } from '../kit/site/site-options';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** Sign-ins against logouts that are on their way, and a REST surface that says when it cannot serve. */

const password = 'correct horse';

/** What the CTI servers say of a logout comes this much later than they carry it out; it is two requests. */
const heldMs = 700;

describe('the REST surface while something goes wrong', () => {
  let site: Site;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'finesse-'));
    const agentsFile = join(folder, 'agents.json');
    const hash = await hashPassword(password, 12);
    const agents = Array.from({ length: 10 }, (_, n) => ({ id: String(1001 + n), password: hash }));
    await writeFile(agentsFile, JSON.stringify({ agents }));
    site = await startSite({ envOf: (app) => (app === 'server' ? { AGENTS_FILE: agentsFile } : {}) });
    for (const side of sides) await untilStatus(side, 'IN_SERVICE');
  });
  afterAll(async () => {
    await site.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const at = (side: Side, agentId?: string): FinesseClient =>
    new FinesseClient(site.servers[side].url, agentId === undefined ? undefined : basic(agentId, password));
  const extensionOf = (agentId: string): string => String(Number(agentId) + 2_000);
  const untilStatus = (side: Side, status: string): Promise<true> =>
    waitFor(`the ${side} side to be ${status}`, async () => {
      const { text } = await at(side).get('SystemInfo');
      return textOf(text, 'status') === status;
    });
  const fault = async (body: object): Promise<void> => {
    for (const side of ['A', 'B']) await site.post('/faults', { side, ...body });
  };
  /** No logout is on its way any more, and the agent is signed in. */
  const isSettled = async (agentId: string): Promise<boolean> =>
    (await site.record(agentId)).phase.name !== 'issuing' && (await isIn(agentId));
  const isIn = async (agentId: string): Promise<boolean> => (await site.ctiAgent(agentId)).stateName !== 'LOGOUT';

  const historyOf = async (agentId: string): Promise<object> => ({
    requests: (await site.requests(agentId)).map(({ at: atMs, stateName, outcome, outcomeAt, clientId }) => ({
      ...{ atMs, stateName, outcome, outcomeAt, clientId },
    })),
    journal: (await site.told(agentId)).map(
      ({ at: atMs, entry }) => `${String(atMs)} ${entry.what}: ${entry.sentence}`,
    ),
  });

  /** Signed in, with a desktop that was lost: in grace. */
  async function ghost(agentId: string, state?: 'READY'): Promise<void> {
    await site.signIn(agentId, state);
    const desktop = await site.open(agentId);
    await site.untilPhase(agentId, 'present');
    desktop.socket.terminate();
    await site.untilPhase(agentId, 'grace');
  }

  it('lets a sign-in wait for a logout that is on its way, on either side, and then sign the agent in', async () => {
    const agentIds = ['1001', '1002', '1003', '1004'];
    await fault({ fault: 'delay', on: true, ms: heldMs });
    const answers = await Promise.all(
      agentIds.map(async (agentId, n) => {
        // From Ready it takes two requests. A sign-in between them would be for somebody who is still signed in.
        await ghost(agentId, 'READY');
        await site.untilPhase(agentId, 'issuing');
        const side = sides[n % 2] ?? 'primary';
        const answer = await at(side, agentId).signIn(agentId, extensionOf(agentId));
        // A desktop opens when its agent is in; one that opened before would be told to wait. Nobody waits for the others
        // first: where a worker has given the logout up, there is only the grace.
        await waitFor(`${agentId} to be signed in`, () => isSettled(agentId), { seen: () => historyOf(agentId) });
        await site.open(agentId, side);
        return answer;
      }),
    );
    expect(answers.map(inShort)).toEqual(agentIds.map(() => '202'));
    await fault({ fault: 'delay', on: false });
    const storiesOf = async (): Promise<string[][]> =>
      Promise.all(
        agentIds.map(async (agentId) =>
          (await site.requests(agentId)).filter((one) => one.effective).map((one) => one.stateName),
        ),
      );
    // Nothing comes after it: who was signed in stays so.
    await pause(siteTimes.graceMs + 1_000);
    for (const agentId of agentIds) expect([agentId, await isIn(agentId)]).toEqual([agentId, true]);
    // A machine that stands still for a second can make a worker give a logout up; then there was nothing to wait for.
    const waited = (await storiesOf()).filter((states) => states.slice(-2).join(' ') === 'LOGOUT LOGIN');
    expect(waited.length).toBeGreaterThan(0);
    for (const states of await storiesOf()) expect(states.at(-1)).not.toBe('LOGOUT');
  });

  it('begins grace anew for whoever signs in during it', async () => {
    await ghost('1005');
    const before = await site.record('1005');
    expect(inShort(await at('secondary', '1005').signIn('1005', '3005'))).toBe('202');
    const after = await site.record('1005');
    expect(after.epoch).toBeGreaterThan(before.epoch);
    const journal = (await site.told('1005')).map(({ entry }) => entry.what);
    expect(journal).toContain('graceRenewed');
    await site.open('1005', 'secondary');
    await site.untilPhase('1005', 'present');
    expect(await site.logouts('1005')).toEqual([]);
  });

  it('is out of service without a CTI link, on that side alone, and comes back with it', async () => {
    await site.workers.primary.kill9();
    await untilStatus('primary', 'OUT_OF_SERVICE');
    expect(textOf((await at('primary').get('SystemInfo')).text, 'lastCTIHeartbeatStatus')).toBe('failure');
    const client = at('primary', '1006');
    for (const answer of [
      await client.get('User/1006'),
      await client.get('User/1006/Dialogs'),
      await client.get('ConnectedUsersInfo'),
      await client.signIn('1006', '3006'),
      await at('primary').get('User/1006'),
    ]) {
      expect([inShort(answer), textOf(answer.text, 'ErrorMessage')]).toEqual([
        '503 Service Unavailable',
        'SERVER_OUT_OF_SERVICE',
      ]);
    }
    expect(inShort(await at('secondary', '1006').signIn('1006', '3006'))).toBe('202');
    await waitFor('1006 to be signed in by the other side', () => isIn('1006'));
    await site.workers.primary.start();
    await untilStatus('primary', 'IN_SERVICE');
    expect(textOf((await client.get('User/1006')).text, 'state')).toBe('NOT_READY');
  });

  it('signs nobody in without the store, and everybody when it is back', async () => {
    await site.redis.kill9();
    for (const side of sides) {
      // From the first moment on: 503 is the only answer, whichever part finds out first.
      expect(inShort(await at(side, '1007').signIn('1007', '3007'))).toMatch(/^503 Service Unavailable/);
      await untilStatus(side, 'OUT_OF_SERVICE');
      expect(inShort(await at(side, '1007').get('User/1007'))).toBe('503 Service Unavailable');
    }
    await site.redis.restart();
    for (const side of sides) await untilStatus(side, 'IN_SERVICE');
    expect(await site.requests('1007')).toEqual([]);
    expect(inShort(await at('secondary', '1007').signIn('1007', '3007'))).toBe('202');
    await waitFor('1007 to be signed in', () => isIn('1007'));
  });
});
