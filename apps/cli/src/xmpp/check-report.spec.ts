import { type Findings, isGood, reportLines, reportObject } from './check-report';
import { type Loss } from './losses';

const closed: Loss = { death: 'killed', management: 'unused', keptMs: null, showing: { kind: 'shown', afterMs: 9.04 } };
const kept: Loss = {
  death: 'killed',
  management: 'used',
  keptMs: 600_000,
  showing: { kind: 'notShown', waitedMs: 60_000 },
};

const findings: Findings = {
  mode: 'component',
  user: 'presence-1.example.com',
  domain: 'example.com',
  server: { name: 'Prosody', version: '0.12.3' },
  desktops: 2,
  pingMs: 1.26,
  losses: [closed],
  testUser: 'lastcall-check',
  withinMs: 25_000,
};

describe('the report of a check', () => {
  it('is good when the ping is answered in time and every loss shows in time', () => {
    expect(isGood(findings)).toBe(true);
    expect(isGood({ ...findings, losses: [closed, kept] })).toBe(false);
    expect(isGood({ ...findings, pingMs: null })).toBe(false);
    expect(isGood({ ...findings, pingMs: 401 })).toBe(false);
  });

  it('tells people what was seen, and ends there when all is good', () => {
    expect(reportLines(findings)).toEqual([
      'server                                    Prosody 0.12.3',
      'watch                                     component presence-1.example.com; sees 2 desktops of example.com',
      'ping                                      answered after 1.3 ms',
      'connection closed, no stream management   good      shows after 9.0 ms',
    ]);
  });

  it('says what to change where a loss shows too late', () => {
    const text = reportLines({ ...findings, losses: [closed, kept] }).join('\n');
    expect(text).toMatch(/with stream management +TOO LATE +not within 60 s; the server keeps it for 600 s\n/);
    expect(text).toMatch(/every loss shows within 25 s, change in Prosody:\n {2}smacks_hibernation_time = 5/);
  });

  it('does not pass over what was not measured', () => {
    const text = reportLines({ ...findings, losses: [], testUser: undefined, server: null, pingMs: null }).join('\n');
    expect(text).toMatch(/^server +does not tell its name\n[^]*NOT ANSWERED[^]*losses +not measured: no --test-user$/);
  });

  it('tells programs the same', () => {
    expect(reportObject({ ...findings, losses: [kept] })).toMatchObject({
      good: false,
      server: { name: 'Prosody', version: '0.12.3' },
      pingMs: 1.3,
      losses: [
        { death: 'killed', streamManagement: true, keptMs: 600_000, showing: 'notShown', afterMs: null, inTime: false },
      ],
      advice: [expect.stringContaining('smacks_hibernation_time')],
    });
  });
});
