import { type CommitRequest } from '#engine/ports';
import { firstCommit, issuingCommit, keyOf, presentAgent } from './agents.spec-support';
import { type RecordsUnderTest } from './records.spec-support';
import { startedForEach } from './under-test.spec-support';

export interface IssuingUnderTest extends RecordsUnderTest {
  readonly issuingPerSecondMax: number;
  /** Rule GEN lets requests out, as in a new store, or refuses them since a live server has not asserted. */
  setGenerationReady(isReady: boolean): Promise<void>;
}

/** What must hold, besides its version, before a record may enter issuing. */
export function describeIssuing(name: string, start: () => Promise<IssuingUnderTest>): void {
  describe(`the commit of a request ${name}`, () => {
    const under = startedForEach(start);
    guardRules(under);
    orderOfGuards(under);
  });
}

async function expectNothingWritten(under: IssuingUnderTest, agentId: string): Promise<void> {
  expect((await under.store.load(keyOf(agentId))).version).toBe('');
  expect((await under.lines()).filter((line) => line.agentId === agentId)).toEqual([]);
}

function guardRules(under: () => IssuingUnderTest): void {
  it('writes record and journal when nothing is against it', async () => {
    expect(await under().store.commit(issuingCommit('1001'))).toBe('committed');
    expect((await under().store.load(keyOf('1001'))).agent).toEqual(issuingCommit('1001').agent);
    expect(await under().lines()).toHaveLength(1);
  });

  it('does not let a record enter issuing before its time', async () => {
    const { store, clock } = under();
    const notBefore = (await clock.now()) + 60_000;
    expect(await store.commit(issuingCommit('1001', { notBefore }))).toBe('early');
    await expectNothingWritten(under(), '1001');
    expect(await store.commit(issuingCommit('1001', { notBefore: await clock.now() }))).toBe('committed');
  });

  it('does not let a record enter issuing while a live server has not asserted for this generation', async () => {
    await under().setGenerationReady(false);
    expect(await under().store.commit(issuingCommit('1001'))).toMatchObject({ refused: 'generation' });
    await expectNothingWritten(under(), '1001');
    await under().setGenerationReady(true);
    expect(await under().store.commit(issuingCommit('1001'))).toBe('committed');
  });

  it('guards only records that enter issuing', async () => {
    await under().setGenerationReady(false);
    expect(await under().store.commit(firstCommit(presentAgent('1001')))).toBe('committed');
  });
}

/** What is refused for one reason is not refused, or counted, for a later one. */
function orderOfGuards(under: () => IssuingUnderTest): void {
  const useUpLimit = async (): Promise<void> => {
    for (let n = 0; n < under().issuingPerSecondMax; n++)
      await under().store.commit(issuingCommit(`9${String(n).padStart(3, '0')}`));
  };

  it('looks at the version before anything else', async () => {
    await under().store.commit(firstCommit(presentAgent('1001')));
    await under().setGenerationReady(false);
    const request = issuingCommit('1001', { notBefore: Number.MAX_SAFE_INTEGER });
    expect(await under().store.commit(request)).toBe('conflict');
  });

  it('looks at the time before the generation, and at the generation before the limits', async () => {
    const { store } = under();
    await useUpLimit();
    await under().setGenerationReady(false);
    expect(await store.commit(issuingCommit('1001', { notBefore: Number.MAX_SAFE_INTEGER }))).toBe('early');
    expect(await store.commit(issuingCommit('1001'))).toMatchObject({ refused: 'generation' });
  });

  it('counts nothing that was refused before the limits were looked at', async () => {
    const { store, issuingPerSecondMax } = under();
    await store.commit(firstCommit(presentAgent('1001')));
    const refused: readonly CommitRequest[] = [
      issuingCommit('1001'),
      issuingCommit('1002', { notBefore: Number.MAX_SAFE_INTEGER }),
    ];
    for (let n = 0; n < issuingPerSecondMax; n++) for (const request of refused) await store.commit(request);
    const answers: unknown[] = [];
    for (let n = 0; n < issuingPerSecondMax; n++) answers.push(await store.commit(issuingCommit(String(2_000 + n))));
    expect(answers).toEqual(answers.map(() => 'committed'));
  });
}
