import { RequestLog, requestLogMax } from './request-log';

const received = {
  at: 1000,
  side: 'A',
  sessionId: 1,
  clientId: 'c',
  invokeId: 4,
  agentId: '1001',
  state: 1,
  stateName: 'LOGOUT',
  reasonCode: 255,
  forced: true,
  forcedFlag: 1,
  bySupervisor: false,
  stateBefore: 'NOT_READY',
  onCall: false,
} as const;

describe('the log of requests', () => {
  it('says in words what came of a request, and whether it changed the state', () => {
    const log = new RequestLog(() => 1500);
    const { id } = log.add(received);
    expect(log.all[0]).toMatchObject({ outcome: 'received', effective: false, at: 1000 });
    log.settle(id, { kind: 'became', standing: { state: 'LOGOUT', reasonCode: 50002 }, effective: true });
    expect(log.all[0]).toMatchObject({ outcome: 'loggedOut', effective: true, outcomeAt: 1500, code: null });
    log.settle(log.add(received).id, { kind: 'rejected', failureCode: 22, peripheralErrorCode: 10112 });
    expect(log.all[1]).toMatchObject({ outcome: 'rejected', code: '22/10112', effective: false });
  });

  it('forgets the oldest when it is full', () => {
    const log = new RequestLog(() => 0);
    for (let count = 0; count < requestLogMax + 2; count++) log.add(received);
    expect(log.all).toHaveLength(requestLogMax);
    expect(log.all[0]?.id).toBe(3);
  });
});
