/**
 * Loaded into the product's processes before their own code (`node --require`): takes rules, gates and guards out of the
 * compiled modules. The product knows nothing of it and has no such switches.
 *
 * What is to be replaced must be there, once, or the process ends at once: a mutation that misses its target would prove
 * nothing. Each name is written to the marks' file when it has made a difference, so that a test knows it did.
 *
 * It is loaded into a process before anything else, so it imports nothing but types: each module that it changes is loaded by the
 * process' own main program.
 */
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as packageRootModule from '#config/package-root';
import type * as mirrorModule from '#cti-client/mirror';
import type { AgentView } from '#cti-client/agent-view';
import type * as enumerationsModule from '#cti-protocol/enumerations';
import type { Agent } from '#domain/agent';
import type { Facts, LastLook, RequestResult } from '#domain/event';
import type { Loaded } from '#engine/ports';
import type * as presenceDeskModule from '#presence/presence-desk';
import type * as stallWatchModule from '#presence/stall-watch';
import type * as heldWakerModule from '#queue/held-waker';
import type * as storeClockModule from '#store/clock/store-clock';
import type * as lastLookModule from '#store/last-look';
import type * as issueLuaModule from '#store/lua/issue.lua';
import type * as redisStoreModule from '#store/redis-store';
import type * as sentinelQuorumModule from '#store/sentinel-quorum';
import type * as witnessesModule from '../../../apps/worker/src/cti-witnesses';
import type * as linkDeskModule from '../../../apps/worker/src/link-desk';
import type * as linkKeeperModule from '../../../apps/worker/src/link-keeper';
import type * as sweepModule from '../../../apps/worker/src/sweep';
import type { Disturbance, SwitchedOff } from './switched-off';

type Method = (this: object, ...args: unknown[]) => unknown;

const load = createRequire(process.argv[1] ?? __filename);
const { packageRoot } = load('#config/package-root') as typeof packageRootModule;
const loadWorker = (file: string): unknown => load(join(packageRoot(), 'dist', 'apps', 'worker', 'src', `${file}.js`));

const marked = new Set<SwitchedOff>();

function mark(name: SwitchedOff): void {
  const file = process.env['SWITCHED_OFF_MARKS'];
  if (marked.has(name) || file === undefined) return;
  marked.add(name);
  appendFileSync(file, `${name}\n`);
}

/** Puts another function in the place of one that a module exports, or of a class's own method. */
function replace(owner: object, name: string, make: (whole: Method) => Method): void {
  const whole: unknown = Object.hasOwn(owner, name) ? Reflect.get(owner, name) : undefined;
  if (typeof whole !== 'function') throw new Error(`there is no ${name} to be replaced`);
  if (!Reflect.set(owner, name, make(whole as Method))) throw new Error(`${name} cannot be replaced`);
}

/** Edits the script that commits `issuing`, before the module that sends it is loaded. */
function editIssueScript(name: SwitchedOff, edits: readonly (readonly [text: string, by: string])[]): void {
  const path = load.resolve('#store/lua/issue.lua');
  const issue = load(path) as typeof issueLuaModule;
  let { issueLua } = issue;
  for (const [text, by] of edits) {
    if (issueLua.split(text).length !== 2) throw new Error(`not once in the script of issuing: ${text}`);
    issueLua = issueLua.replace(text, () => by);
  }
  const loaded = load.cache[path];
  if (loaded === undefined) throw new Error('the script of issuing cannot be replaced');
  // What a compiled module exports is read-only: whoever loads it from now on gets another object.
  loaded.exports = { ...issue, issueLua };
  afterEdits.push(() => {
    replace(redisStore(), 'issue', (whole) => {
      return function issueMarked(...args) {
        mark(name);
        return whole.apply(this, args);
      };
    });
  });
}

/** What must wait until all scripts have been edited. */
const afterEdits: (() => void)[] = [];

const redisStore = (): object => (load('#store/redis-store') as typeof redisStoreModule).RedisStore.prototype;
const mirror = (): object => (load('#cti-client/mirror') as typeof mirrorModule).Mirror.prototype;
const witnesses = (): object => (loadWorker('cti-witnesses') as typeof witnessesModule).CtiWitnesses.prototype;

/** `this` with one of its fields changed, for the time of one call. */
function withField(self: object, field: string, change: (value: object) => object): object {
  const value: unknown = Reflect.get(self, field);
  if (typeof value !== 'object' || value === null) throw new Error(`there is no field ${field}`);
  return Object.create(self, { [field]: { value: change(value) } }) as object;
}

/** The gates are told other facts than were found. */
function changeFacts(name: SwitchedOff, change: (facts: Extract<Facts, { link: 'inService' }>) => Facts): void {
  replace(witnesses(), 'findFacts', (whole) => {
    return async function findOtherFacts(...args) {
      const facts = (await whole.apply(this, args)) as Facts;
      const changed = facts.link === 'inService' ? change(facts) : facts;
      if (JSON.stringify(changed) !== JSON.stringify(facts)) mark(name);
      return changed;
    };
  });
}

/** The mirror tells another view; the desk that sends looks into the same one, so both lines of defence fall together. */
function changeViews(name: SwitchedOff, isMeant: (view: AgentView) => boolean, by: Partial<AgentView>): void {
  const { AgentState } = load('#cti-protocol/enumerations') as typeof enumerationsModule;
  replace(mirror(), 'view', (whole) => {
    return function viewOtherwise(...args) {
      const view = whole.apply(this, args) as AgentView | undefined;
      if (view === undefined || !isMeant(view)) return view;
      mark(name);
      return { ...view, ...by, state: AgentState.NOT_READY };
    };
  });
}

/** From the load of a record to the commit of issuing: desktops open in this time, and a request may still leave (2 s). */
const lateCommitMs = 1_200;

const switches: Readonly<Record<SwitchedOff | Disturbance, () => void>> = {
  /** What a worker decided on the record it once saw is committed, whatever the record is by then. */
  EPOCH: () => {
    const fence = 'local function fence(found, versions, recordKey, expected, record)';
    editIssueScript('EPOCH', [[fence, `${fence}\n  do return 'open' end`]]);
  },
  /** As a slow network or a worker short of processor time would do; nothing is taken out. */
  'late commit of issuing': () => {
    afterEdits.push(() => {
      replace(redisStore(), 'issue', (whole) => {
        return async function issueLate(...args) {
          await new Promise((resolve) => setTimeout(resolve, lateCommitMs));
          return whole.apply(this, args);
        };
      });
    });
  },
  /** A desktop is acknowledged as soon as the record knows it, also while a request is being issued. */
  GATE: () => {
    const { PresenceDesk } = load('#presence/presence-desk') as typeof presenceDeskModule;
    replace(PresenceDesk.prototype, 'assert', (whole) => {
      return async function assertAsPresent(...args) {
        const agent = (await whole.apply(this, args)) as Agent | null;
        if (agent?.phase.name !== 'issuing') return agent;
        mark('GATE');
        return { ...agent, phase: { name: 'present', restore: null } } satisfies Agent;
      };
    });
  },
  /** A store that is new is believed at once, whatever its servers have asserted. */
  GEN: () => {
    editIssueScript('GEN', [
      [`if now < oldEnough then return 'generation:' .. string.format('%d', oldEnough) end`, ''],
      [`if unasserted then return 'unasserted:' .. unasserted end`, ''],
    ]);
  },
  /** Nobody closes the desktops of lost servers, and nobody wakes what is overdue. */
  SWEEP: () => {
    const { Sweep } = loadWorker('sweep') as typeof sweepModule;
    replace(Sweep.prototype, 'run', () => () => {
      mark('SWEEP');
      return Promise.resolve({ serversLost: 0, desktopsClosed: 0, overdue: 0, leftOut: [] });
    });
  },
  /** A request goes out when the master alone has the commit. */
  WAIT: () => {
    afterEdits.push(() => {
      replace(redisStore(), 'issue', (whole) => {
        return function issueWithoutReplicas(...args) {
          mark('WAIT');
          return whole.apply(
            withField(this, 'options', (options) => ({ ...options, replicas: 0 })),
            args,
          );
        };
      });
    });
  },
  /** Every node that a connection reached is taken for the master. */
  MASTER: () => {
    const { SentinelQuorum } = load('#store/sentinel-quorum') as typeof sentinelQuorumModule;
    replace(SentinelQuorum.prototype, 'confirm', (whole) => {
      return async function confirmAnyNode(...args) {
        if ((await whole.apply(this, args)) !== true) mark('MASTER');
        return true;
      };
    });
  },
  /** Neither a next state nor a call keeps a request from being settled: the agent is signed in, so it had no effect. */
  PENDING: () => {
    const { LinkDesk } = loadWorker('link-desk') as typeof linkDeskModule;
    for (const name of ['request', 'settleDoubt'])
      replace(LinkDesk.prototype, name, (whole) => {
        return async function settleWhatIsPending(...args) {
          const result = (await whole.apply(this, args)) as RequestResult;
          if (result.kind !== 'pending') return result;
          mark('PENDING');
          return { kind: 'notSent', evidence: 'The agent is still signed in.' } satisfies RequestResult;
        };
      });
  },
  /** A held loss is looked at when `heldLookMs` is over, and not when what held it is. */
  'held waker': () => {
    const { HeldWaker } = load('#queue/held-waker') as typeof heldWakerModule;
    replace(HeldWaker.prototype, 'wake', () => () => {
      mark('held waker');
      return Promise.resolve();
    });
  },
  /** A link out of service is looked at like any other, and its mirror goes on to believe what it was told before. */
  'link gate': () => {
    replace(mirror(), 'forgetAll', () => () => undefined);
    replace(witnesses(), 'findFacts', (whole) => {
      return function findFactsWithoutLink(...args) {
        const keeper = { mayRequest: () => true, whyNot: '' };
        const isAway = !(Reflect.get(this, 'parts') as { keeper: { mayRequest: () => boolean } }).keeper.mayRequest();
        if (isAway) mark('link gate');
        return whole.apply(
          withField(this, 'parts', (parts) => ({ ...parts, keeper })),
          args,
        );
      };
    });
  },
  'signed-out gate': () => {
    changeViews('signed-out gate', ({ signedOut }) => signedOut, { signedOut: false });
  },
  'call gate': () => {
    changeViews('call gate', ({ onCall }) => onCall, { onCall: false, calls: [] });
  },
  'side-outage gate': () => {
    changeFacts('side-outage gate', (facts) => ({ ...facts, sideOutageUntil: null }));
  },
  'operator gate': () => {
    changeFacts('operator gate', (facts) => ({ ...facts, heldByOperator: false }));
  },
  'mass-loss gate': () => {
    changeFacts('mass-loss gate', (facts) => ({ ...facts, massLossUntil: null }));
  },
  /** No server is asked. */
  'last look': () => {
    const { LastLookAsker } = load('#store/last-look') as typeof lastLookModule;
    replace(LastLookAsker.prototype, 'ask', () => () => {
      mark('last look');
      return Promise.resolve({ answer: 'none', asked: [] } satisfies LastLook);
    });
  },
  /** Each process judges what is due by its own clock. */
  'Redis time': () => {
    editIssueScript('Redis time', [[`if now < tonumber(ARGV[3]) then return 'early' end`, '']]);
    afterEdits.push(() => {
      replace(redisStore(), 'load', (whole) => {
        return async function loadByOwnClock(...args) {
          return { ...((await whole.apply(this, args)) as Loaded), now: Date.now() } satisfies Loaded;
        };
      });
    });
  },
  /** Store time is whatever the clock of the Redis host makes of it. */
  'store clock': () => {
    const { StoreClock } = load('#store/clock/store-clock') as typeof storeClockModule;
    replace(StoreClock.prototype, 'observe', (whole) => {
      return function observeNoStep(...args) {
        if (whole.apply(this, args) !== 0) mark('store clock');
        return 0;
      };
    });
    replace(StoreClock.prototype, 'unsettled', () => () => null);
  },
  /** What was committed is sent whenever that happens: send window, margin of the lease and watch over stalls. */
  'send guard': () => {
    const { LinkDesk } = loadWorker('link-desk') as typeof linkDeskModule;
    const { LinkKeeper } = loadWorker('link-keeper') as typeof linkKeeperModule;
    const { StallWatch } = load('#presence/stall-watch') as typeof stallWatchModule;
    replace(LinkDesk.prototype, 'request', (whole) => {
      return function requestAtAnyTime(agent, command, mayStillSend) {
        const always = (): boolean => {
          if (!(mayStillSend as () => boolean)()) mark('send guard');
          return true;
        };
        return whole.call(this, agent, command, always);
      };
    });
    replace(LinkKeeper.prototype, 'holdsLease', () => () => true);
    replace(StallWatch.prototype, 'isSteady', () => () => true);
  },
};

for (const name of (process.env['SWITCHED_OFF'] ?? '').split(',').filter((word) => word !== '')) {
  if (!Object.hasOwn(switches, name)) throw new Error(`there is no ${name} to be switched off`);
  switches[name as SwitchedOff | Disturbance]();
}
for (const replaceNow of afterEdits) replaceNow();
