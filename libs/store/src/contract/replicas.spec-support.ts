import { type AgentStore } from '#engine/ports';
import { firstCommit, issuingCommit, keyOf, presentAgent } from './agents.spec-support';
import { startedForEach, type UnderTest, waitFor } from './under-test.spec-support';

export interface ReplicasUnderTest extends UnderTest {
  /** On the node that is master now. A commit of issuing waits for one replica. */
  readonly store: AgentStore;
  /** Whether the replica gets what is written from now on. */
  reach(isReached: boolean): Promise<void>;
  /** The replica becomes the master. */
  failOver(): Promise<void>;
}

/** Steps in which a replica is waited for that was late on a busy machine. */
const stepMs = 50;

/** Rule WAIT: a request goes out only when its commit survives the loss of the master. */
export function describeReplicas(name: string, start: () => Promise<ReplicasUnderTest>): void {
  describe(`a store with a replica ${name}`, () => {
    const under = startedForEach(start);
    let agentNumber = 2_000;
    /** The id of an agent whose request was let out, so that its commit is on the replica. */
    const letOut = (): Promise<string> =>
      waitFor({ clock: under().clock, stepMs, what: 'a commit to reach the replica' }, async () => {
        const agentId = String(++agentNumber);
        return (await under().store.commit(issuingCommit(agentId))) === 'committed' ? agentId : undefined;
      });

    it('has what let a request out when the replica becomes the master', async () => {
      const agentId = await letOut();
      await under().reach(false);
      await under().failOver();
      expect((await under().store.load(keyOf(agentId))).agent).toEqual(issuingCommit(agentId).agent);
    });

    it('says so when the commit of a request did not reach the replica; it is written all the same', async () => {
      await letOut();
      await under().reach(false);
      expect(await under().store.commit(issuingCommit('1001'))).toMatchObject({ refused: 'replicas' });
      expect((await under().store.load(keyOf('1001'))).agent.phase.name).toBe('issuing');
      await under().reach(true);
      const again = await waitFor({ clock: under().clock, stepMs, what: 'the replica to be back' }, async () => {
        const answer = await under().store.commit(issuingCommit('1001'));
        return typeof answer === 'object' ? undefined : answer;
      });
      expect(again).toBe('conflict');
    });

    it('waits for it with no other commit', async () => {
      await letOut();
      await under().reach(false);
      expect(await under().store.commit(firstCommit(presentAgent('1001')))).toBe('committed');
    });

    it('lets requests out again when the replica is back', async () => {
      await letOut();
      await under().reach(false);
      expect(await under().store.commit(issuingCommit('1001'))).toMatchObject({ refused: 'replicas' });
      await under().reach(true);
      await letOut();
    });
  });
}
