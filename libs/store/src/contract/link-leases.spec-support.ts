import { type LinkLease } from '../links';
import { startedForEach, type UnderTest, within } from './under-test.spec-support';

export interface LinkLeasesUnderTest extends UnderTest {
  readonly links: Pick<LinkLease, 'acquire' | 'release' | 'report' | 'holders'>;
  readonly leaseMs: number;
  /** Takes a backup; what it answers puts it back in the place of everything that was written since. */
  backUp(): Promise<() => Promise<void>>;
}

/** Leases of the CTI link of each side. */
export function describeLinkLeases(name: string, start: () => Promise<LinkLeasesUnderTest>): void {
  describe(`the lease of a link ${name}`, () => {
    const under = startedForEach(start);
    holding(under);
    tokens(under);
    reports(under);
  });
}

/** What is seen in less than a lease, from a time on when nobody holds one. */
function inOneLease<T>({ clock, leaseMs }: LinkLeasesUnderTest, look: () => Promise<T>): Promise<T> {
  return within({ clock, ms: leaseMs, prepare: () => clock.advance(leaseMs + 1) }, look);
}

const leaseEnds = ({ clock, leaseMs }: LinkLeasesUnderTest): Promise<void> => clock.advance(leaseMs + 1);

function holding(under: () => LinkLeasesUnderTest): void {
  it('has one holder, who keeps it by asking again', async () => {
    const { links } = under();
    const { first, again, other, secondary } = await inOneLease(under(), async () => ({
      first: await links.acquire('primary', 'worker-1'),
      again: await links.acquire('primary', 'worker-1'),
      other: await links.acquire('primary', 'worker-2'),
      secondary: await links.acquire('secondary', 'worker-2'),
    }));
    expect(first).toMatchObject({ held: true, holder: 'worker-1' });
    expect(again).toEqual(first);
    expect(other).toEqual({ held: false, token: first.token, holder: 'worker-1' });
    expect(secondary).toMatchObject({ held: true, holder: 'worker-2' });
  });

  it('lasts a lease from the last time that it was asked for', async () => {
    const { links, clock, leaseMs } = under();
    // Either pause is shorter than a lease when both together are shorter than one and a half.
    const brief = { clock, ms: 1.5 * leaseMs, prepare: () => leaseEnds(under()) };
    const { first, again, other } = await within(brief, async () => {
      const grant = await links.acquire('primary', 'worker-1');
      await clock.advance(0.6 * leaseMs);
      const renewal = await links.acquire('primary', 'worker-1');
      await clock.advance(0.6 * leaseMs);
      return { first: grant, again: renewal, other: await links.acquire('primary', 'worker-2') };
    });
    expect(again).toEqual(first);
    expect(other).toEqual({ held: false, token: first.token, holder: 'worker-1' });
    await leaseEnds(under());
    expect(await links.acquire('primary', 'worker-2')).toMatchObject({ held: true, holder: 'worker-2' });
  });

  it('is given up by its holder, and by nobody else', async () => {
    const { links } = under();
    const answers = await inOneLease(under(), async () => {
      await links.acquire('primary', 'worker-1');
      await links.release('primary', 'worker-2');
      const kept = await links.acquire('primary', 'worker-2');
      await links.release('primary', 'worker-1');
      return [kept, await links.holders(), await links.acquire('primary', 'worker-2')];
    });
    expect(answers).toMatchObject([{ held: false, holder: 'worker-1' }, [], { held: true, holder: 'worker-2' }]);
  });
}

function tokens(under: () => LinkLeasesUnderTest): void {
  it('gives a token that rises with every change of its holder', async () => {
    const { links } = under();
    const first = await links.acquire('primary', 'worker-1');
    await links.release('primary', 'worker-1');
    const second = await links.acquire('primary', 'worker-2');
    expect(second.held).toBe(true);
    expect(second.token).toBeGreaterThan(first.token);
  });

  it('gives a new token to a holder that asks too late, since somebody else may have held it', async () => {
    const { links } = under();
    const first = await links.acquire('primary', 'worker-1');
    await leaseEnds(under());
    expect((await links.acquire('primary', 'worker-1')).token).toBeGreaterThan(first.token);
  });

  it('gives no token again after a restored backup', async () => {
    const { links } = under();
    const restore = await under().backUp();
    const lost = await links.acquire('primary', 'worker-1');
    await under().clock.advance(2);
    await restore();
    expect((await links.acquire('primary', 'worker-2')).token).toBeGreaterThan(lost.token);
  });
}

function reports(under: () => LinkLeasesUnderTest): void {
  const reported = (inService: boolean): object => ({ side: 'primary', workerId: 'worker-1', inService });

  it('is out of service until its holder says otherwise; others are not asked', async () => {
    const { links } = under();
    const holders = await inOneLease(under(), async () => {
      const { token } = await links.acquire('primary', 'worker-1');
      const seen = [await links.holders()];
      await links.report('primary', 'worker-2', true);
      seen.push(await links.holders());
      await links.report('primary', 'worker-1', true);
      seen.push(await links.holders());
      await links.acquire('primary', 'worker-1');
      seen.push(await links.holders());
      await links.report('primary', 'worker-1', false);
      seen.push(await links.holders());
      return seen.map((all) => all.map((holder) => ({ ...holder, token: holder.token === token })));
    });
    const own = [false, false, true, true, false].map((inService) => [{ ...reported(inService), token: true }]);
    expect(holders).toEqual(own);
  });

  it('is reported for as long as it lasts, and its next holder begins out of service', async () => {
    const { links } = under();
    await links.acquire('primary', 'worker-1');
    await links.report('primary', 'worker-1', true);
    await leaseEnds(under());
    expect(await links.holders()).toEqual([]);
    await links.report('primary', 'worker-1', true);
    expect(await links.holders()).toEqual([]);
    const holders = await inOneLease(under(), async () => {
      await links.acquire('primary', 'worker-1');
      return links.holders();
    });
    expect(holders).toMatchObject([reported(false)]);
  });

  it('names the primary side first', async () => {
    const { links } = under();
    const holders = await inOneLease(under(), async () => {
      await links.acquire('secondary', 'worker-2');
      await links.acquire('primary', 'worker-1');
      return links.holders();
    });
    expect(holders.map(({ side }) => side)).toEqual(['primary', 'secondary']);
  });
}
