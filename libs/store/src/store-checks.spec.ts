import { judgeStore, readInfo, replicasInInfo } from './store-checks';

/** What Redis 7.0 answers to INFO, in part, when all is well. */
const well = {
  run_id: 'a1',
  master_replid: 'b2',
  configured_hz: '100',
  used_memory: '1000',
  maxmemory: '0',
  maxmemory_policy: 'noeviction',
  aof_enabled: '1',
  aof_last_write_status: 'ok',
  aof_last_bgrewrite_status: 'ok',
  evicted_keys: '0',
};

function codes(change: Record<string, string>): string[] {
  const info = new Map(Object.entries({ ...well, ...change }));
  return judgeStore({ infoRefusal: null, info, replicas: null, sentinels: null }).map(({ code }) => code);
}

describe('the findings about a Redis', () => {
  it('are none when it is set up as the document says', () => {
    expect(codes({})).toEqual([]);
    expect(judgeStore({ infoRefusal: null, info: null, replicas: null, sentinels: null })).toEqual([]);
  });

  it.each([
    [{ maxmemory_policy: 'allkeys-lru' }, 'evictionAllowed'],
    [{ evicted_keys: '3' }, 'keysEvicted'],
    [{ aof_enabled: '0' }, 'appendOnlyOff'],
    [{ aof_last_write_status: 'err' }, 'appendOnlyFails'],
    [{ aof_last_bgrewrite_status: 'err' }, 'appendOnlyFails'],
    [{ configured_hz: '10' }, 'timersSlow'],
    [{ maxmemory: '1050' }, 'memoryNearlyFull'],
    [{ run_id: '', master_replid: '' }, 'identityUnknown'],
  ])('name %j', (change, code) => {
    expect(codes(change)).toEqual([code]);
  });

  it('put the worst first, and give each a remedy', () => {
    const info = new Map(Object.entries({ ...well, configured_hz: '10', evicted_keys: '1' }));
    const findings = judgeStore({ infoRefusal: null, info, replicas: { inStep: 0, required: 1 }, sentinels: null });
    expect(findings.map(({ code }) => code)).toEqual(['replicasShort', 'keysEvicted', 'timersSlow']);
    expect(findings.every(({ remedy }) => remedy !== '')).toBe(true);
    expect(findings[0]?.sentence).toContain('0 of 1 required');
  });

  it('name what INFO is refused for', () => {
    const infoRefusal = { sentence: 'No right.', remedy: 'Grant it +info.' };
    const [finding] = judgeStore({ infoRefusal, info: null, replicas: null, sentinels: null });
    expect(finding).toMatchObject({ code: 'infoRefused', level: 'blocks', remedy: 'Grant it +info.' });
  });

  it('are not about what a Redis does not say', () => {
    expect(
      judgeStore({ infoRefusal: null, info: new Map([['master_replid', 'b2']]), replicas: null, sentinels: null }),
    ).toEqual([]);
  });

  it('count the replicas that keep up', () => {
    const text = [
      '# Replication',
      'role:master',
      'connected_slaves:3',
      'slave0:ip=10.0.0.2,port=6379,state=online,offset=14,lag=0',
      'slave1:ip=10.0.0.3,port=6379,state=online,offset=14,lag=40',
      'slave2:ip=10.0.0.4,port=6379,state=wait_bgsave,offset=0,lag=0',
    ].join('\r\n');
    expect(replicasInInfo(readInfo(text))).toBe(1);
  });
});
