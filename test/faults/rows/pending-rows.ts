import { type Random } from '../../kit/random';
import { CannotComeError, pause, waitFor } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type ReconnectingDesktop } from '../reconnecting-desktop';
import { type Row } from '../row';

/** Rows about changes that the CTI server keeps pending until the end of a call (decision 0029). */

/** A kind of CTI server, and what it keeps pending of a Ready agent who is to be signed out. */
interface Kind {
  readonly name: string;
  readonly settings: { readonly mode: 'ucce' | 'uccx'; readonly load: 0 | 1 };
  readonly hasSupervisor: boolean;
  /** The request that is kept. NOT_READY: the call begins before the first of our two requests takes effect. LOGOUT: before the second one does. */
  readonly pending: 'NOT_READY' | 'LOGOUT';
}

const uccx = { hasSupervisor: false, pending: 'LOGOUT' } as const;
const supervised = { hasSupervisor: true, pending: 'LOGOUT' } as const;
const plain = { hasSupervisor: false, pending: 'NOT_READY' } as const;

/**
 * Those with a supervisor come last, since they need a site of their own. Without one UCCE keeps no LOGOUT: with LOAD 1 it signs
 * out during the call, with LOAD 0 it keeps a Not Ready in its place.
 */
const kinds: readonly Kind[] = [
  { ...uccx, name: 'UCCX, LOAD 1, keeps LOGOUT', settings: { mode: 'uccx', load: 1 } },
  { ...uccx, name: 'UCCX, LOAD 0, keeps LOGOUT', settings: { mode: 'uccx', load: 0 } },
  { ...plain, name: 'UCCE, LOAD 1, keeps Not Ready', settings: { mode: 'ucce', load: 1 } },
  { ...plain, name: 'UCCE, LOAD 0, keeps Not Ready', settings: { mode: 'ucce', load: 0 } },
  {
    ...{ name: 'UCCE, LOAD 0, keeps Not Ready in place of LOGOUT', settings: { mode: 'ucce', load: 0 } },
    ...{ hasSupervisor: false, pending: 'LOGOUT' },
  },
  { ...supervised, name: 'UCCE with a supervisor, LOAD 1, keeps LOGOUT', settings: { mode: 'ucce', load: 1 } },
  { ...supervised, name: 'UCCE with a supervisor, LOAD 0, keeps LOGOUT', settings: { mode: 'ucce', load: 0 } },
];

const kindOf = (run: number): Kind => kinds[run % kinds.length] as Kind;

/** From the CONF to the effect of the request that is to be pending: the calls begin in this time. */
const effectMs = 1_500;
/** The same for the Not Ready before it: the fault is changed for the next request in this time. */
const firstEffectMs = 800;
/** The call of every fourth agent ends as the agent returns, the others' after the acknowledgement. */
const soonEvery = 4;

export const changePending: Row = {
  number: 31,
  fault: 'a call begins before a request takes effect, the agent returns on the other side, the call ends',
  how: 'simulator: Not Ready or LOGOUT takes effect 1.5 s late and is pending behind a call by then; of half of the agents no event tells it and the request times out; some do not return',
  needs: (run) => (kindOf(run).hasSupervisor ? { ...plainNeeds, env: { CTI_SUPERVISOR_ID: '9001' } } : plainNeeds),
  agents: 12,
  baseline: true,
  variants: kinds.map(({ name }) => name),
  async play(experiment, random, run) {
    const kind = kindOf(run);
    await behaveAs(experiment, kind);
    const desktops = await experiment.agents(this.agents, 'READY');
    await experiment.open(desktops, sideOf);
    const beganAt = Date.now();
    const pending = new PendingChanges(experiment, kind, desktops, beganAt);
    await pending.make();
    const own = await returnAndEndCalls(experiment, desktops, pending, random);
    experiment.noteFault('changePending', beganAt);
    await experiment.untilAcknowledged(desktops);
    return [...(pending.count === 0 ? ['no change was kept pending'] : []), ...own];
  },
};

const sideOf = (place: number): 'primary' | 'secondary' => (place % 2 === 0 ? 'primary' : 'secondary');

async function behaveAs({ site, undo }: Experiment, { settings }: Kind): Promise<void> {
  await site.post('/settings', settings);
  undo.push(async () => {
    await site.post('/settings', { mode: 'ucce', load: 1 } satisfies Kind['settings']);
  });
}

/** The agents' losses, our requests and the calls that begin before these take effect. */
class PendingChanges {
  private readonly calls = new Map<string, number | null>();

  constructor(
    private readonly experiment: Experiment,
    private readonly kind: Kind,
    private readonly desktops: readonly ReconnectingDesktop[],
    private readonly beganAt: number,
  ) {}

  /** Agents on a call. */
  get count(): number {
    return [...this.calls.values()].filter((callId) => callId !== null).length;
  }

  /** Of an agent who is back, after the call: by default the policy does not give Ready back once our Not Ready took effect. */
  get stateWithoutPending(): 'AVAILABLE' | 'NOT_READY' {
    return this.kind.pending === 'NOT_READY' ? 'AVAILABLE' : 'NOT_READY';
  }

  /** Resolves when every request has been taken and is pending behind a call. */
  async make(): Promise<void> {
    const { experiment, kind, desktops } = this;
    const isSecond = kind.pending === 'LOGOUT';
    await (isSecond ? this.delayEffects(firstEffectMs) : this.delayEffectsUntold());
    for (const desktop of desktops) desktop.leave('crash');
    if (isSecond) {
      await waitFor(
        'Not Ready to be asked for',
        async () => (await this.askedOf('NOT_READY')).size === desktops.length,
        { isBrief: true },
      );
      await this.delayEffectsUntold();
    }
    await waitFor(`calls to begin after ${kind.pending} was asked for`, () => this.beginCalls(), {
      isBrief: true,
      seen: () => `${String(this.calls.size)} of ${String(desktops.length)} agents were asked for`,
    });
    await waitFor('every request to be taken', async () =>
      [...(await this.askedOf(kind.pending)).values()].every(isTaken),
    );
    await experiment.site.post('/faults', undefined, 'DELETE');
  }

  async endCall(agentId: string): Promise<void> {
    const callId = this.calls.get(agentId);
    if (callId === null || callId === undefined) return;
    this.experiment.note({ at: Date.now(), what: 'callEnded', agentId, callId });
    await this.experiment.site.post(`/calls/${String(callId)}`, undefined, 'DELETE');
  }

  isOnCall(agentId: string): boolean {
    return typeof this.calls.get(agentId) === 'number';
  }

  private async delayEffects(ms: number): Promise<void> {
    for (const side of ['A', 'B'])
      await this.experiment.site.post('/faults', { side, fault: 'answerAfterConf', ms, on: true });
  }

  /** Of half of the requests the CTI server tells nothing, neither that it has them nor what they led to. */
  private async delayEffectsUntold(): Promise<void> {
    await this.delayEffects(effectMs);
    const count = this.desktops.length / 2;
    for (const side of ['A', 'B'])
      await this.experiment.site.post('/faults', { side, fault: 'silenceAfterApply', count });
  }

  /** What came of the last request for that state, by agent. */
  private async askedOf(state: Kind['pending']): Promise<Map<string, string>> {
    const ids = new Set(this.desktops.map(({ agentId }) => agentId));
    const requests = await this.experiment.site.requestsSince(this.beganAt);
    const meant = requests.filter(({ agentId, stateName }) => ids.has(agentId) && stateName === state);
    return new Map(meant.map(({ agentId, outcome }) => [agentId, outcome]));
  }

  /** Calls for all whose request has arrived; true when nobody is left. */
  private async beginCalls(): Promise<boolean> {
    const { experiment, kind, calls } = this;
    for (const [agentId, outcome] of await this.askedOf(kind.pending)) {
      if (calls.has(agentId)) continue;
      // On a machine that is too slow the request may have taken effect: nothing is pending then.
      if (isTaken(outcome)) {
        calls.set(agentId, null);
        continue;
      }
      // No call is routed to an agent who is Not Ready.
      const order = { agentId, ...(kind.pending === 'LOGOUT' ? { kind: 'nonAcd' } : {}) };
      const { callId } = await experiment.site.post('/calls', order);
      experiment.note({ at: Date.now(), what: 'callBegan', agentId, callId: Number(callId) });
      calls.set(agentId, Number(callId));
    }
    return calls.size === this.desktops.length;
  }
}

const isTaken = (outcome: string): boolean => outcome !== 'received';

/** Two of three come back, some before the request times out and some after it. Answers who is not as they were before. */
async function returnAndEndCalls(
  experiment: Experiment,
  desktops: readonly ReconnectingDesktop[],
  pending: PendingChanges,
  random: Random,
): Promise<string[]> {
  const { requestTimeoutMs } = experiment.times;
  const plans = desktops.map((desktop, place) => ({
    desktop,
    place,
    returns: place % 3 !== 2,
    afterMs: random.between(0, requestTimeoutMs),
    endsAfterMs: random.between(0, 200),
  }));
  const soon = new Set<ReconnectingDesktop>();
  await Promise.all(
    plans.map(async ({ desktop, place, returns, afterMs, endsAfterMs }) => {
      await pause(afterMs);
      if (returns) desktop.arrive(sideOf(place + 1));
      if (place % soonEvery === 0) soon.add(desktop);
      else if (returns) await experiment.untilAcknowledged([desktop]);
      await pause(endsAfterMs);
      await pending.endCall(desktop.agentId);
    }),
  );
  // The baseline does not know what an agent was before.
  if (experiment.isBaseline) return [];
  const acknowledged = desktops.filter(
    (desktop) => desktop.isWanted && !soon.has(desktop) && pending.isOnCall(desktop.agentId),
  );
  return changedByUs(experiment, acknowledged, pending.stateWithoutPending);
}

/** What is pending must leave nothing behind: sentences about those who are not in that state. */
async function changedByUs(
  { site }: Experiment,
  desktops: readonly ReconnectingDesktop[],
  wanted: string,
): Promise<string[]> {
  const others = new Map<string, string>();
  const look = async (): Promise<boolean> => {
    others.clear();
    for (const { agentId } of desktops) {
      const { stateName } = await site.ctiAgent(agentId);
      if (stateName !== wanted) others.set(agentId, stateName);
      if (stateName === 'LOGOUT') throw new CannotComeError(`${agentId} is signed out`);
    }
    return others.size === 0;
  };
  await waitFor(`those who are back to be ${wanted}`, look).catch(() => undefined);
  return [...others].map(([agentId, state]) => `agent ${agentId} is back, and after the call ${state}, not ${wanted}`);
}
