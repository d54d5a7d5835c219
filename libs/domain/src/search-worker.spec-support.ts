import { lossOf } from './agent';
import { decide } from './decide';
import { type RequestResult } from './event';
import {
  type Add,
  arm,
  armFor,
  calm,
  handle,
  type Hands,
  impatient,
  type Rule,
  type World,
  write,
} from './search-world.spec-support';

/** What the worker and the CTI server do. */
export function addWorkerMoves(world: World, rules: ReadonlySet<Rule>, add: Add): void {
  const { hands } = world;
  if (hands.at !== 'idle' && world.crashes > 0) {
    add('the worker dies', false, (next) => {
      next.hands = { at: 'idle' };
      next.crashes -= 1;
    });
  }
  switch (hands.at) {
    case 'idle':
      for (const epoch of world.wakeUps)
        add(`a wake-up for epoch ${String(epoch)} fires`, true, (next) => {
          wake(next, epoch, rules);
        });
      return;
    case 'looked':
      add('the worker commits issuing', true, (next) => {
        commitIssuing(next, hands, rules);
      });
      return;
    case 'committed':
      add('the request reaches the CTI server', true, (next) => {
        next.hands = { at: 'sent', epoch: hands.epoch, attempts: hands.attempts, withdrew: false };
        if (!next.signedIn) return false;
        if (next.onCall) next.logoutPending = true;
        else takeEffect(next);
        return !next.onCall && (hands.overtaken || next.real.includes('acknowledged'));
      });
      return;
    case 'withdrawing':
      add('the withdrawal reaches the CTI server', true, (next) => {
        // Where the call was over first nothing is written: LOAD 0 has made the agent Not Ready.
        const withdrew = next.signedIn && !next.leftNotReady;
        next.hands = { at: 'sent', epoch: hands.epoch, attempts: hands.attempts, withdrew };
        // Without REPLACE a next state of Not Ready is taken for the one that is to replace it.
        if (next.load === 1 || rules.has('REPLACE')) next.logoutPending = false;
      });
      return;
    case 'sent':
      add('the worker reports the outcome', true, (next) => {
        const { epoch, attempts, withdrew } = hands;
        next.hands = { at: 'idle' };
        const result = withdrew && next.signedIn ? withdrawn : resultOf(next, rules);
        handle(next, { type: 'outcomeSeen', epoch, attempts, result });
      });
  }
}

function takeEffect(next: World): void {
  if (next.load === 0) next.leftNotReady = true;
  else next.signedIn = false;
}

const withdrawn: RequestResult = { kind: 'withdrawn', evidence: '' };
const loggedOut = {
  kind: 'confirmed',
  became: 'loggedOut',
  evidence: '',
  othersActed: false,
  reasonCode: 50002,
} as const;
const leftNotReady: RequestResult = { ...loggedOut, became: 'notReady' };
const pending = { kind: 'pending', notReadyCode: 20001, evidence: '' } as const;

/** What the CTI server says when it is asked. Without PENDING nobody reads the next state. */
function resultOf({ signedIn, onCall, logoutPending, load, ...world }: World, rules: ReadonlySet<Rule>): RequestResult {
  if (!signedIn) return loggedOut;
  if (logoutPending && rules.has('PENDING')) return { ...pending, state: load === 0 ? 'notReady' : 'logout' };
  if (world.leftNotReady) return leftNotReady;
  return { kind: 'rejected', evidence: '', onCall, notReadyCode: null };
}

function wake(next: World, epoch: number, rules: ReadonlySet<Rule>): void {
  next.wakeUps = next.wakeUps.filter((armed) => armed !== epoch);
  for (const command of handle(next, { type: 'wokenUp', epoch })) {
    if (command.type === 'findFacts') findFacts(next, epoch);
    if (command.type === 'withdraw') next.hands = { at: 'withdrawing', epoch, attempts: command.attempts };
    if (command.type === 'settleDoubt')
      handle(next, { type: 'outcomeSeen', epoch, attempts: command.attempts, result: resultOf(next, rules) });
  }
}

function findFacts(next: World, epoch: number): void {
  armFor(next, epoch);
  const { signedIn, onCall } = next;
  if (signedIn && !onCall) next.hands = { at: 'looked', seen: next.record, newest: true, overtaken: false };
  else handle(next, { type: 'factsFound', epoch, facts: { ...calm, signedOut: !signedIn, onCall } });
}

/** Without EPOCH the worker writes what it decided on the record it once saw, whatever the record is now. */
function commitIssuing(next: World, hands: Extract<Hands, { at: 'looked' }>, rules: ReadonlySet<Rule>): void {
  next.hands = { at: 'idle' };
  if (rules.has('EPOCH') && !hands.newest) return;
  if (rules.has('GEN') && next.asserted.some((generation) => generation !== next.generation)) return;
  const { epoch } = hands.seen;
  const look = { answer: 'none', asked: [] } as const;
  const { agent, commands } = decide(hands.seen, { type: 'lastLookAnswered', epoch, facts: calm, look }, 0, impatient);
  arm(next, commands);
  write(next, agent);
  const request = commands.find((command) => command.type === 'request');
  if (request === undefined) return;
  next.hands = { at: 'committed', epoch, attempts: request.attempts, overtaken: hands.overtaken };
  if (rules.has('WAIT') && next.replica !== null) next.replica = { record: next.record, wakeUps: next.wakeUps };
}

/** The sweep: a record that is overdue and has no wake-up gets one. */
export function addSweep(world: World, add: Add): void {
  const { record } = world;
  if (world.hands.at !== 'idle' || lossOf(record.phase) === undefined || world.wakeUps.includes(record.epoch)) return;
  add('the sweep arms a wake-up', true, (next) => {
    armFor(next, record.epoch);
  });
}

/** What happens at the CTI server without us. A logout that was pending takes effect at the end of the call. */
export function addCtiMoves(world: World, add: Add): void {
  const { signedIn, onCall, calls, handSignOuts, handSignIns } = world;
  if (signedIn && !onCall && calls > 0)
    add('a call begins', false, (next) => {
      next.calls -= 1;
      next.onCall = true;
    });
  if (onCall)
    add('the call ends', false, (next) => {
      next.onCall = false;
      if (!next.logoutPending) return false;
      next.logoutPending = false;
      takeEffect(next);
      return next.real.includes('acknowledged');
    });
  if (signedIn && !onCall && handSignOuts > 0)
    add('the agent signs out by hand', false, (next) => {
      next.handSignOuts -= 1;
      next.signedIn = false;
    });
  if (!signedIn && handSignIns > 0)
    add('the agent signs in by hand', false, (next) => {
      next.handSignIns -= 1;
      next.signedIn = true;
    });
}

/** The CTI stream and the records are compared: who is signed in, and who is not. */
export function addComparison(world: World, add: Add): void {
  const { signedIn, record } = world;
  if (!signedIn && record.signedIn !== 'no')
    add('the record is told of the sign-out', true, (next) => void handle(next, { type: 'signedOut', evidence: '' }));
  if (signedIn)
    add(
      'the record is told that the agent is signed in',
      true,
      (next) => void handle(next, { type: 'signedIn', isReady: !next.leftNotReady, evidence: '' }),
    );
  // The other side's link may tell of a sign-out late; a loss under way is only settled after the CTI server was asked.
  if (signedIn && world.lateSignOuts > 0 && lossOf(record.phase) === undefined)
    add('the record is told of a sign-out that is over', false, (next) => {
      next.lateSignOuts -= 1;
      handle(next, { type: 'signedOut', evidence: '' });
    });
}
