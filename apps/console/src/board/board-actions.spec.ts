import { wakeUpJobId } from '#queue/logout-queue';
import { judgeAction, lossOfJob, nameOfWakeUp } from './board-actions';

describe('an action in Bull Board', () => {
  it('is allowed where it only makes Lastcall look, or where the sweep makes it good', () => {
    expect(judgeAction('put', '/api/queues/:queueName/:jobId/promote')).toEqual({
      kind: 'allowed',
      did: 'promoted the job',
    });
    expect(judgeAction('put', '/api/queues/:queueName/obliterate').kind).toBe('allowed');
    expect(judgeAction('get', '/api/queues').kind).toBe('reads');
  });

  it.each([
    ['post', '/api/queues/:queueName/add'],
    ['patch', '/api/queues/:queueName/:jobId/update-data'],
    ['patch', '/api/queues/:queueName/:jobId/delay'],
    ['put', '/api/queues/:queueName/concurrency'],
    ['put', '/api/queues/:queueName/rate-limit'],
    ['put', '/api/queues/:queueName/job-schedulers/:schedulerId/remove'],
    ['put', '/api/something/new'],
  ])('is refused where it makes or changes a job, or is not known: %s %s', (method, route) => {
    expect(judgeAction(method, route).kind).toBe('refused');
  });
});

describe('the name of a wake-up', () => {
  it('says why it waits, once a worker has told', () => {
    const loss = { agentId: '1001', epoch: 7 };
    const held = { phase: 'held', reasons: ['call', 'operator'], since: '2026-11-23T03:00:00.000Z' };
    expect(nameOfWakeUp(loss, held)).toBe('wake-up of agent 1001, epoch 7: held (call, operator)');
    expect(nameOfWakeUp(loss, { phase: 'grace' })).toBe('wake-up of agent 1001, epoch 7: grace');
    for (const nothing of [0, {}, null, undefined]) {
      expect(nameOfWakeUp(loss, nothing)).toBe('wake-up of agent 1001, epoch 7');
    }
  });
});

describe('the id of a job', () => {
  it('tells the loss, also for an agent with hyphens', () => {
    expect(lossOfJob(wakeUpJobId('1001', 7))).toEqual({ agentId: '1001', epoch: 7 });
    expect(lossOfJob(wakeUpJobId('a-1-b', 12))).toEqual({ agentId: 'a-1-b', epoch: 12 });
  });

  it.each(['repeat:sweep:1764000000000', 'logout-1001', 'logout-1001-07', 7, undefined])('tells none for %p', (id) => {
    expect(lossOfJob(id)).toBeUndefined();
  });
});
