import { DelayedError } from 'bullmq';
import { type Agent, type AgentKey, type Phase, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { WakeUps } from '#engine/ports';
import { JobWakeUps } from './job-wake-ups';
import { wakeUpJobId } from './logout-queue';

const key: AgentKey = { peripheralId: 5000, agentId: '1001' };
const processClock = 5_000_000;
const storeNow = 1_000;

class Recorder extends WakeUps {
  readonly orders: string[] = [];
  override arm(of: AgentKey, epoch: number, at: number): Promise<void> {
    return this.note(`arm ${of.agentId}@${String(epoch)} ${String(at)}`);
  }
  override disarm(of: AgentKey, epoch: number): Promise<void> {
    return this.note(`disarm ${of.agentId}@${String(epoch)}`);
  }
  override wakeNow(of: AgentKey, epoch: number): Promise<void> {
    return this.note(`wakeNow ${of.agentId}@${String(epoch)}`);
  }
  private note(order: string): Promise<void> {
    this.orders.push(order);
    return Promise.resolve();
  }
}

function processing(epoch: number) {
  const moved: { at: number; token: string | undefined }[] = [];
  const others = new Recorder();
  const job = {
    id: wakeUpJobId(key.agentId, epoch),
    data: { agentId: key.agentId, epoch },
    moveToDelayed: (at: number, token?: string) => {
      moved.push({ at, token });
      return Promise.resolve();
    },
  };
  return { moved, others, wakeUps: new JobWakeUps(others, job, 'token', () => processClock) };
}

function agentIn(phase: Phase, epoch = 7): Agent {
  return { ...unseenAgent(key), epoch, phase };
}
const loss = aLoss();
const held: Phase = { name: 'held', loss, dueAt: 0, reasons: ['call'] };

describe('wake-ups inside a processor', () => {
  it('remember when the job itself is wanted again, as so long from now by this process’s clock', async () => {
    const { wakeUps, others, moved } = processing(7);
    await wakeUps.arm(key, 7, storeNow + 15_000, storeNow);
    expect(wakeUps.again).toBe(processClock + 15_000);
    await expect(wakeUps.finish(agentIn(held))).rejects.toBeInstanceOf(DelayedError);
    expect(moved).toEqual([{ at: processClock + 15_000, token: 'token' }]);
    expect(others.orders).toEqual([]);
  });

  it('keep the time that was asked for last, so that what was armed for a commit that was refused does not count', async () => {
    const { wakeUps } = processing(7);
    await wakeUps.arm(key, 7, storeNow + 45_000, storeNow);
    await wakeUps.arm(key, 7, storeNow + 100_000, storeNow);
    expect(wakeUps.again).toBe(processClock + 100_000);
    expect(wakeUps.lookAt).toBe(storeNow + 100_000);
    await wakeUps.arm(key, 7, storeNow + 2_000, storeNow);
    expect(wakeUps.again).toBe(processClock + 2_000);
    expect(wakeUps.lookAt).toBe(storeNow + 2_000);
    await wakeUps.wakeNow(key, 7);
    expect(wakeUps.again).toBe(processClock);
    expect(wakeUps.lookAt).toBe(0);
  });

  it('never put the job into the past', async () => {
    const { wakeUps } = processing(7);
    await wakeUps.arm(key, 7, storeNow - 60_000, storeNow);
    expect(wakeUps.again).toBe(processClock);
  });

  it('pass on what is about another epoch or another agent', async () => {
    const { wakeUps, others } = processing(7);
    await wakeUps.arm(key, 8, 2_000, storeNow);
    await wakeUps.disarm(key, 6);
    await wakeUps.wakeNow({ ...key, agentId: '1002' }, 7);
    expect(others.orders).toEqual(['arm 1001@8 2000', 'disarm 1001@6', 'wakeNow 1002@7']);
    expect(wakeUps.again).toBeNull();
  });

  it('let the job end when nothing was armed, or it was taken back', async () => {
    const { wakeUps, moved } = processing(7);
    await wakeUps.finish(agentIn(held));
    await wakeUps.arm(key, 7, 2_000, storeNow);
    await wakeUps.disarm(key, 7);
    await wakeUps.finish(agentIn(held));
    expect(moved).toEqual([]);
  });

  it.each<[string, Agent]>([
    ['the loss is settled', agentIn({ name: 'settled', outcome: 'loggedOut', at: 1 })],
    ['the agent is present', agentIn({ name: 'present', restore: null })],
    ['the agent has moved on to another epoch', agentIn(held, 8)],
  ])('let the job end when %s, whatever was armed on the way', async (_, agent) => {
    const { wakeUps, moved } = processing(7);
    await wakeUps.arm(key, 7, 2_000, storeNow);
    await wakeUps.finish(agent);
    expect(moved).toEqual([]);
  });
});

describe('the id of a wake-up’s job', () => {
  it('has no colon, which BullMQ refuses, and keeps agents and epochs apart', () => {
    expect(wakeUpJobId('10:01', 7)).toBe('logout-10%3A01-7');
    expect(new Set([wakeUpJobId('1', 11), wakeUpJobId('11', 1), wakeUpJobId('1', 1)]).size).toBe(3);
  });
});
