import { adviceFor, isInTime, softwareOf } from './advice';
import { type Loss } from './losses';

const withinMs = 25_000;

function loss(death: Loss['death'], management: Loss['management'], showing: Loss['showing'] | number): Loss {
  const told = typeof showing === 'number' ? ({ kind: 'shown', afterMs: showing } as const) : showing;
  return { death, management, keptMs: management === 'used' ? 300_000 : null, showing: told };
}

const notShown = { kind: 'notShown', waitedMs: 60_000 } as const;
const asTheyCome = [
  loss('killed', 'unused', 9),
  loss('killed', 'used', notShown),
  loss('halfOpen', 'unused', notShown),
  loss('halfOpen', 'used', notShown),
];

describe('the advice of a check', () => {
  it('is none where every loss shows in time, at the last moment too', () => {
    const losses = [loss('killed', 'unused', 9), loss('halfOpen', 'used', withinMs)];
    expect(adviceFor('prosody', losses, withinMs)).toEqual([]);
    expect(isInTime(loss('halfOpen', 'used', withinMs + 1), withinMs)).toBe(false);
  });

  it('has nothing against a server without stream management', () => {
    expect(adviceFor('ejabberd', [loss('killed', 'used', { kind: 'notOffered' })], withinMs)).toEqual([]);
  });

  it.each(['prosody', 'ejabberd', 'openfire'] as const)(
    'gives %s times that together leave no loss longer than is allowed',
    (software) => {
      for (const seconds of [5, 10, 25, 60, 120]) {
        const text = adviceFor(software, asTheyCome, seconds * 1_000).join('\n');
        const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? NaN);
        const worstS = {
          prosody: 2 * number(/read_timeout = (\d+)/) + number(/hibernation_time = (\d+)/),
          ejabberd: number(/ping_interval: (\d+)/) + number(/ack_timeout: (\d+)/) + number(/resume_timeout: (\d+)/),
          openfire: (number(/client\.idle = (\d+)/) + number(/detach\.timeout = (\d+)/)) / 1_000,
        }[software];
        expect(worstS).toBeLessThanOrEqual(seconds);
        expect(worstS).toBeGreaterThanOrEqual(seconds / 2);
      }
    },
  );

  it('changes no more than the losses ask for', () => {
    const kept = adviceFor('ejabberd', [loss('killed', 'used', notShown)], withinMs);
    expect(kept).toEqual([expect.stringContaining('resume_timeout: 5')]);
    const silent = adviceFor('prosody', [loss('halfOpen', 'used', notShown)], withinMs).join('\n');
    expect(silent).toMatch(/hibernation_time = 5[^]*read_timeout = 8/);
    expect(silent).not.toMatch(/never gives up/);
    const plain = [loss('halfOpen', 'used', 21_000), loss('halfOpen', 'unused', notShown)];
    expect(adviceFor('prosody', plain, withinMs)).toEqual([
      expect.stringMatching(/never gives up .* mod_lastcall_clients/),
    ]);
  });

  it('looks for the fault of the watch, not of the times, when the test user was never seen', () => {
    const losses = [loss('killed', 'unused', { kind: 'neverSeen' }), loss('halfOpen', 'used', notShown)];
    expect(adviceFor('prosody', losses, withinMs)).toEqual([expect.stringContaining('never seen')]);
  });

  it('sends the reader to the log when a closed connection does not show', () => {
    const lines = adviceFor('other', [loss('killed', 'unused', notShown)], withinMs);
    expect(lines).toEqual([expect.stringContaining('log')]);
  });
});

describe('the software of a server', () => {
  it('is known by the name that the server gives itself', () => {
    expect(softwareOf({ name: 'Prosody', version: '0.12.3' })).toBe('prosody');
    expect(softwareOf({ name: 'ejabberd', version: '' })).toBe('ejabberd');
    expect(softwareOf({ name: 'Openfire', version: '4.8.0' })).toBe('openfire');
    expect(softwareOf({ name: 'Tigase', version: '' })).toBe('other');
    expect(softwareOf(null)).toBe('other');
  });
});
