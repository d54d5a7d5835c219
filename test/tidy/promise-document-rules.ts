import { table } from '#config/table';
import { paceOf, type Protection } from '#domain/mass-loss';
import { defaultPolicy } from '#domain/policy';
import { crowdMs, limitsOf } from '#domain/request-line';
import { textFiles } from './repository';

/** The bound that README and docs/reliability.md promise follows from the constants and from the line's own function. */

const perSecondMax = Number(table.ctiRequestsPerSecondMax.whenAbsent.text);
const detectionMs = Number(table.detectionMs.whenAbsent.text);
const graceMs = Number(table.graceMs.whenAbsent.text);
const { massLoss } = defaultPolicy;
const minuteMs = 60_000;

const examples = [
  { agents: 100, due: 20 },
  { agents: 100, due: 100 },
  { agents: 1_000, due: 150 },
  { agents: 1_000, due: 300 },
  { agents: 1_000, due: 1_000 },
  { agents: 6_000, due: 6_000 },
] as const;

function textOf(path: string): string {
  return (textFiles.find((file) => file.path === path)?.text ?? '').replace(/\s+/g, ' ');
}

/** `4 min 10 s` */
function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${String(seconds)} s` : `${String(minutes)} min ${String(seconds % 60)} s`;
}

function rowOf({ agents, due }: (typeof examples)[number]): string {
  const pace = paceOf(null, agents, massLoss);
  const slow: Protection = { state: 'slow', since: 0, lost: due };
  const waits = [
    crowdMs(due, limitsOf(pace, perSecondMax)),
    crowdMs(due, limitsOf(null, perSecondMax)),
    massLoss.holdMsMax + crowdMs(due, limitsOf(paceOf(slow, agents, massLoss), perSecondMax)),
  ];
  const numbers = [agents, due, pace.perMinuteMax].map((number) => number.toLocaleString('en'));
  return `| ${[...numbers, ...waits.map(inWords)].join(' | ')} |`;
}

describe('the bound of the promise', () => {
  it('for one ghost is the same in README and docs/reliability.md as in the constants', () => {
    const [detection, grace] = [detectionMs, graceMs].map((ms) => String(ms / 1_000)) as [string, string];
    expect(textOf('README.md')).toContain(`detection (${detection} s) + grace (${grace} s) + 2 s`);
    const sum = String((detectionMs + graceMs) / 1_000 + 2);
    expect(textOf('docs/reliability.md')).toContain(`${detection} + ${grace} + 2 = ${sum} s by default`);
  });

  it('for many that are due at once is computed, in docs/reliability.md', () => {
    const document = textFiles.find(({ path }) => path === 'docs/reliability.md')?.lines ?? [];
    const start = document.findIndex((line) => line.startsWith('| agents of the side | N due at once'));
    expect(document.slice(start + 2, start + 2 + examples.length)).toEqual(examples.map(rowOf));
    const share = String(massLoss.logoutShare * 100);
    const hold = String(massLoss.holdMsMax / minuteMs);
    expect(textOf('docs/reliability.md')).toContain(
      `With the default limits (${share} % of a side per minute, ${String(perSecondMax)} requests a second, a hold of ${hold} min, then one per second):`,
    );
    expect(massLoss.slowPerSecondMax).toBe(1);
  });

  it('of N / limit minutes holds for each number of losses, and the example of README is one', () => {
    for (const agents of [40, 100, 1_000, 5_000]) {
      const pace = paceOf(null, agents, massLoss);
      for (let due = pace.perMinuteMax + 1; due <= agents; due += 7) {
        const limit = Math.min(pace.perMinuteMax, perSecondMax * 60);
        expect(crowdMs(due, limitsOf(pace, perSecondMax))).toBeLessThanOrEqual((due / limit) * minuteMs);
      }
    }
    const { perMinuteMax } = paceOf(null, 1_000, massLoss);
    expect(textOf('README.md')).toContain(
      `with the default of ${String(massLoss.logoutShare * 100)} % of a side per minute, ${String(300 / perMinuteMax)} min for 300 of a side of 1,000`,
    );
  });
});
