import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { silenceRule } from '#presence/silence';
import { backOffMs, usualLimits } from './limits';

const document = readFileSync(join(__dirname, '../../../docs/desktop-client.md'), 'utf8');

describe('the limits', () => {
  it('are those of the document', () => {
    const rows = [...document.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, name, ms]) => [name, Number(ms)]);
    expect(Object.fromEntries(rows)).toEqual(usualLimits);
  });

  it('find a dead server as soon as a server finds a dead desktop by default', () => {
    expect(usualLimits.pingEveryMs + usualLimits.pongMsMax).toBe(silenceRule(25_000).detectionMs);
    expect(usualLimits.pingEveryMs).toBe(silenceRule(25_000).pingEveryMs);
  });

  it('wait longer after each failure, up to a bound, never less than half and never the same for all', () => {
    const waits = [0, 1, 2, 3, 4, 50].map((failures) => backOffMs(failures, usualLimits, 1));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(backOffMs(4, usualLimits, 0)).toBe(5_000);
  });
});
