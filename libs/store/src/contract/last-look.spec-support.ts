import { Keys } from '../keys';
import { type LastLookAnswerer, type LastLookAsker, type Look } from '../last-look';
import { type Renewal } from '../servers';
import { desktopOf, peripheralId } from './agents.spec-support';
import { startedForEach, type UnderTest } from './under-test.spec-support';

export interface LastLookUnderTest extends UnderTest {
  /** An asker that waits so long for its answers; each has a connection of its own. */
  asker(timeoutMs: number): Pick<LastLookAsker, 'ask' | 'close'>;
  /** What one server needs to answer, on connections of its own. */
  answerer(serverId: string, holds: (agentIds: string[]) => Promise<Look[]>): Pick<LastLookAnswerer, 'start' | 'close'>;
  publish(channel: string, text: string): Promise<unknown>;
  /** Called with every message on that channel from now on. */
  subscribe(channel: string, heard: (text: string) => void): Promise<unknown>;
  /** The lease that makes a server one that is asked; it lasts for the whole test. */
  renew(serverId: string): Promise<Renewal>;
}

const keys = new Keys(peripheralId);

/** A wait that nobody needs to the end where all answer. */
const longMs = 60_000;
/** A wait to its end; servers that do answer have answered by then, unless the machine is very busy. */
const shortMs = 500;
/** Questions until an answer is there in time. */
const asksMax = 50;

/** The question to all live servers whether they hold a desktop, over published messages. */
export function describeLastLook(name: string, start: () => Promise<LastLookUnderTest>): void {
  describe(`the last look ${name}`, () => {
    const under = startedForEach(start);
    answers(under);
    silence(under);
  });
}

/** What is answered in time; a busy machine may need more than one question for it. */
async function heard(look: Pick<LastLookAsker, 'ask'>, agentId: string): ReturnType<LastLookAsker['ask']> {
  for (let asks = 1; asks < asksMax; asks++) {
    const answer = await look.ask(agentId);
    if (answer.answer !== 'silent') return answer;
  }
  return look.ask(agentId);
}

async function answering(
  under: LastLookUnderTest,
  serverId: string,
  held: readonly string[],
  unseen: readonly string[] = [],
): Promise<Pick<LastLookAnswerer, 'close'>> {
  await under.renew(serverId);
  const lookAt = (agentId: string): Look => {
    if (unseen.includes(agentId)) return { unknown: 'out of sight' };
    return held.includes(agentId) ? desktopOf(agentId, serverId) : undefined;
  };
  const answerer = under.answerer(serverId, (agentIds) => Promise.resolve(agentIds.map(lookAt)));
  await answerer.start();
  return answerer;
}

function answers(under: () => LastLookUnderTest): void {
  it('asks every live server, and believes one yes', async () => {
    await answering(under(), 'primary-1', []);
    await answering(under(), 'secondary-1', ['1002']);
    const look = under().asker(longMs);
    expect(await Promise.all([look.ask('1001'), look.ask('1002')])).toEqual([
      { answer: 'none', asked: ['primary-1', 'secondary-1'] },
      { answer: 'holds', desktop: desktopOf('1002', 'secondary-1') },
    ]);
    await look.close();
  });

  it('learns that a server cannot say, unless another one says yes', async () => {
    await answering(under(), 'primary-1', ['1002']);
    await answering(under(), 'secondary-1', [], ['1001', '1002']);
    const look = under().asker(longMs);
    expect(await Promise.all([look.ask('1001'), look.ask('1002'), look.ask('1003')])).toEqual([
      { answer: 'unknown', serverId: 'secondary-1', why: 'out of sight' },
      { answer: 'holds', desktop: desktopOf('1002', 'primary-1') },
      { answer: 'none', asked: ['primary-1', 'secondary-1'] },
    ]);
    await look.close();
  });

  it('believes no answer that leaves an agent out', async () => {
    await under().renew('primary-1');
    await under().subscribe(keys.lastLook, (text) => {
      const { id, answers: channel } = JSON.parse(text) as { id: string; answers: string };
      void under().publish(channel, JSON.stringify({ id, serverId: 'primary-1', looks: [] }));
    });
    const look = under().asker(longMs);
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'primary-1' });
    await look.close();
  });

  it('asks nobody when no server lives, and ignores what is no question and no answer', async () => {
    const look = under().asker(longMs);
    expect(await look.ask('1001')).toEqual({ answer: 'none', asked: [] });
    await answering(under(), 'primary-1', []);
    await under().subscribe(keys.lastLook, (text) => {
      const question: unknown = JSON.parse(text.startsWith('{') ? text : 'null');
      if (typeof question !== 'object' || question === null || !('answers' in question)) return;
      for (const nonsense of ['rubbish', '{"id":1}', JSON.stringify({ ...question, serverId: 'primary-1' })])
        void under().publish(String(question.answers), nonsense);
    });
    await under().publish(keys.lastLook, 'rubbish');
    await under().publish(keys.lastLook, '{"id":1}');
    expect(await look.ask('1001')).toEqual({ answer: 'none', asked: ['primary-1'] });
    await look.close();
  });
}

function silence(under: () => LastLookUnderTest): void {
  it('names a live server that does not answer, unless another one says yes', async () => {
    await answering(under(), 'primary-1', ['1002']);
    await under().renew('secondary-1');
    const look = under().asker(shortMs);
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'secondary-1' });
    expect(await heard(look, '1002')).toMatchObject({ answer: 'holds' });
    await look.close();
  });

  it('takes a server that answers no more for silent, and one that cannot answer', async () => {
    const answerer = await answering(under(), 'primary-1', []);
    const look = under().asker(shortMs);
    await answerer.close();
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'primary-1' });
    await under()
      .answerer('primary-1', () => Promise.reject(new Error('of the test')))
      .start();
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'primary-1' });
    await look.close();
  });

  it('does not take an answer that comes after its time', async () => {
    await under().renew('primary-1');
    const asked = Promise.withResolvers<string[]>();
    const held = Promise.withResolvers<Look[]>();
    const answerer = under().answerer('primary-1', (agentIds) => {
      asked.resolve(agentIds);
      return held.promise;
    });
    await answerer.start();
    const look = under().asker(shortMs);
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'primary-1' });
    expect(await asked.promise).toEqual(['1001']);
    held.resolve([desktopOf('1001')]);
    expect(await heard(look, '1001')).toMatchObject({ answer: 'holds' });
    await look.close();
  });
}
