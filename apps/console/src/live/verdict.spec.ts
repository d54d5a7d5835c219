import { defaultPolicy } from '#domain/policy';
import { alarmsOf } from './alarms';
import { type Reading, type SideState } from './overview';
import { judge } from './verdict';

const side = (name: 'primary' | 'secondary', differs: Partial<SideState> = {}): SideState => ({
  side: name,
  present: 100,
  servers: [{ serverId: `server-${name}`, state: 'live' }],
  link: { workerId: `worker-${name}`, inService: true },
  hold: null,
  drain: null,
  protection: null,
  lossesPerMinute: [0, 0, 0],
  ...differs,
});

const calm: Reading = {
  peripheralId: 5000,
  now: 1_000_000,
  phases: { unseen: 0, present: 200, grace: 0, held: 0, issuing: 0, settled: 3 },
  sides: [side('primary'), side('secondary')],
  heldReasons: {},
  heldCounted: 0,
  crowds: [],
  heldSince: null,
  alarmed: [],
  failed: [],
  dataLoss: null,
  findings: [],
  unreadable: [],
  policyDifferences: [],
  aloneAmongPeripherals: undefined,
  withoutDesktop: { count: 0, longest: [] },
  rejected: { count: 0, longest: [] },
  overdueWakeUps: 0,
  queuePaused: false,
};

const open = (counts: Partial<Reading['phases']>, differs: Partial<Reading> = {}): Reading => ({
  ...calm,
  ...differs,
  phases: { ...calm.phases, ...counts },
});

describe('the verdict', () => {
  it.each<[string, Reading, string, RegExp]>([
    ['nobody', calm, 'quiet', /^Nobody is about to be signed out\. 200 agents present\.$/],
    ['one agent', open({ grace: 1 }), 'one', /^One agent/],
    ['several agents, one by one', open({ grace: 3, held: 1 }), 'several', /^4 agents .* not in a burst/],
    [
      'a burst on one side',
      open({ grace: 40 }, { sides: [side('primary', { present: 60, lossesPerMinute: [0, 40] }), side('secondary')] }),
      'many',
      /^40 desktops lost on the primary side within a minute; 40 agents without a desktop\.$/,
    ],
    [
      'a burst on both sides',
      open(
        { grace: 80 },
        {
          sides: [side('primary', { lossesPerMinute: [40] }), side('secondary', { lossesPerMinute: [40] })],
        },
      ),
      'many',
      /^80 desktops lost on both sides/,
    ],
    [
      'a burst that is over and still protected',
      open({ held: 12 }, { heldReasons: { massLoss: 12 }, heldCounted: 12 }),
      'many',
      /^The burst is over; 12 agents .* The mass-loss protection is on\.$/,
    ],
    [
      'no server alive',
      open(
        { grace: 1 },
        {
          sides: [
            side('primary', { servers: [] }),
            side('secondary', { servers: [{ serverId: 's', state: 'lapsed' }] }),
          ],
        },
      ),
      'blind',
      /^No server is alive/,
    ],
  ])('tells %s', (_what, reading, scope, sentence) => {
    const verdict = judge(reading, defaultPolicy.massLoss);
    expect(verdict.scope).toBe(scope);
    expect(verdict.sentence).toMatch(sentence);
  });

  it('takes four losses in a minute for a coincidence, and five of a small side for a burst', () => {
    const lose = (count: number): Reading =>
      open(
        { grace: count },
        { sides: [side('primary', { present: 10, lossesPerMinute: [count] }), side('secondary')] },
      );
    expect(judge(lose(4), defaultPolicy.massLoss).scope).toBe('several');
    expect(judge(lose(5), defaultPolicy.massLoss).scope).toBe('many');
  });
});

describe('alarms', () => {
  const sentences = (reading: Reading): string[] =>
    alarmsOf(reading).map(({ level, sentence }) => `${level}: ${sentence}`);

  it('are silent when all is well', () => {
    expect(alarmsOf(calm)).toEqual([]);
  });

  it('tell one link down from all links down', () => {
    const oneDown = { ...calm, sides: [side('primary', { link: null }), side('secondary')] };
    expect(sentences(oneDown)).toEqual(['warning: No worker holds the CTI link of the primary side.']);
    const down = { workerId: 'w', inService: false };
    const allDown = { ...calm, sides: [side('primary', { link: null }), side('secondary', { link: down })] };
    expect(sentences(allDown)).toEqual([
      'alarm: No CTI link is in service: nobody is signed out, all due losses are held.',
    ]);
  });

  it('put what is worst first', () => {
    const reading: Reading = {
      ...calm,
      sides: [side('primary', { hold: { by: 'anna', since: 1 } }), side('secondary', { servers: [] })],
      overdueWakeUps: 1,
      queuePaused: true,
    };
    expect(sentences(reading)).toEqual([
      'alarm: No server is alive on the secondary side.',
      'alarm: The queue logout is paused: nobody is signed out until it is resumed in Bull Board.',
      'alarm: 1 wake-up more than 2 s overdue: does a worker run?',
      'warning: The primary side is held by anna: nobody who was lost there is signed out.',
    ]);
  });

  it('tell that the workers act for another peripheral', () => {
    const aloneAmongPeripherals = 'This console acts for peripheral 5001, and no worker at this Redis does.';
    expect(sentences({ ...calm, aloneAmongPeripherals })).toEqual([`alarm: ${aloneAmongPeripherals}`]);
  });

  it('tell who acts by another policy', () => {
    const differences = 'default.graceMs.lost is 1 here and 2 there';
    const many = ['s1', 's2', 's3', 's4', 's5', 's6', 's7'];
    const policyDifferences = [
      { processIds: ['worker-1'], differences },
      { processIds: many, differences },
    ];
    expect(sentences({ ...calm, policyDifferences })).toEqual([
      `alarm: worker-1 acts by another policy than this console: ${differences}. Give all the same POLICY_FILE and graces.`,
      `alarm: s1, s2, s3, s4, s5 and 2 more act by another policy than this console: ${differences}. Give all the same POLICY_FILE and graces.`,
    ]);
  });

  it('name the loss that they are about', () => {
    const failed = [
      { agentId: '1001', epoch: 7, outcome: 'failed', sentence: 'Agent 1001 is still signed in. Given up.' },
    ] as const;
    expect(alarmsOf({ ...calm, failed, alarmed: [{ agentId: '1002', epoch: 3 }] })).toEqual([
      {
        level: 'alarm',
        loss: { agentId: '1001', epoch: 7 },
        sentence: 'Agent 1001 is still signed in. Given up.',
      },
      { level: 'alarm', loss: { agentId: '1002', epoch: 3 }, sentence: 'Agent 1002 has been held for too long.' },
    ]);
  });
});
