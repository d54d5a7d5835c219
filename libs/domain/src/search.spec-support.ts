import { explore, type Verdict } from './explore.spec-support';
import {
  type Add,
  type Budget,
  desktopOf,
  handle,
  isFine,
  movesFrom,
  type Rule,
  sideName,
  type SideNumber,
  sideNumbers,
  startOf,
  type World,
  write,
} from './search-world.spec-support';
import { addComparison, addCtiMoves, addSweep, addWorkerMoves } from './search-worker.spec-support';
import { type AgentEvent } from './event';

/**
 * Searches every history within the budget over the real `decide`. Unsafe: a live agent was signed out, or one whose grace
 * had begun again after the request was decided on. Stuck: a ghost that can never be signed out.
 */
export function search(rules: ReadonlySet<Rule>, budget: Budget): Verdict {
  return explore(
    startOf(budget),
    (world) =>
      movesFrom(world, (add) => {
        addMoves(world, rules, add);
      }),
    isFine,
  );
}

function addMoves(world: World, rules: ReadonlySet<Rule>, add: Add): void {
  for (const side of sideNumbers) addDesktopMoves(world, side, rules, add);
  addRenewals(world, rules, add);
  addStoreMoves(world, add);
  addCtiMoves(world, add);
  addWorkerMoves(world, rules, add);
  if (rules.has('SWEEP')) addSweep(world, add);
  if (rules.has('COMPARE')) addComparison(world, add);
}

function addDesktopMoves(world: World, side: SideNumber, rules: ReadonlySet<Rule>, add: Add): void {
  const name = sideName(side);
  const acknowledgeable = (next: World): boolean => !rules.has('GATE') || next.record.phase.name !== 'issuing';
  const real = world.real[side];
  if (real === 'none' && world.opens[side] > 0) {
    add(`a desktop opens on the ${name}`, false, (next) => {
      next.opens[side] -= 1;
      handle(next, { type: 'desktopOpened', desktop: desktopOf(next, side) });
      next.real[side] = acknowledgeable(next) ? 'acknowledged' : 'waiting';
    });
  }
  if (real === 'waiting' && acknowledgeable(world)) {
    add(`the desktop on the ${name} is acknowledged`, true, (next) => {
      handle(next, { type: 'desktopOpened', desktop: desktopOf(next, side) });
      next.real[side] = 'acknowledged';
    });
  }
  if (real === 'acknowledged' || real === 'waiting') {
    add(`the desktop on the ${name} vanishes`, false, (next) => (next.real[side] = 'deadUnseen'));
  }
  if (real === 'deadUnseen') {
    add(`the ${name} sees the loss`, true, (next) => {
      handle(next, {
        type: 'desktopClosed',
        connection: desktopOf(next, side).connection,
        cause: 'lost',
        seenBy: name,
      });
      next.real[side] = 'none';
    });
  }
  if (world.asserted[side] !== world.generation) {
    add(`the ${name} re-asserts its desktops`, true, (next) => {
      reassert(next, side);
    });
  }
}

/**
 * Who asks to be signed in while a request is being issued waits, as a desktop does; who is let in is not to be signed out
 * by what was decided before. Who is signed out already has nothing to lose until a desktop opens.
 */
function addRenewals(world: World, rules: ReadonlySet<Rule>, add: Add): void {
  const { signedIn, signInsAsked, sourcesReturned } = world;
  const { phase } = world.record;
  const isWaiting = phase.name === 'grace' || phase.name === 'held';
  if (signInsAsked > 0 && signedIn && (isWaiting || (phase.name === 'issuing' && !rules.has('GATE')))) {
    add('the agent asks to be signed in', false, (next) => {
      next.signInsAsked -= 1;
      renew(next, { type: 'signInAsked', evidence: '' });
    });
  }
  const lost = isWaiting ? phase.loss.desktop : null;
  if (sourcesReturned > 0 && lost !== null) {
    add('the source of the loss is back and does not see the desktop', false, (next) => {
      next.sourcesReturned -= 1;
      renew(next, { type: 'sourceReturned', connection: lost.connection, seenBy: lost.serverId });
    });
  }
}

function renew(next: World, event: AgentEvent): void {
  handle(next, event);
  if (next.hands.at === 'looked' || next.hands.at === 'committed') next.hands = { ...next.hands, overtaken: true };
}

/** Both directions: what the server holds is open, and what the store says it holds but does not is closed. */
function reassert(next: World, side: SideNumber): void {
  const held = desktopOf(next, side);
  if (next.real[side] !== 'none') handle(next, { type: 'desktopOpened', desktop: held });
  for (const { connection, serverId } of Object.values(next.record.desktops)) {
    const unknown = serverId === String(side) && (next.real[side] === 'none' || connection !== held.connection);
    if (unknown) handle(next, { type: 'desktopClosed', connection, cause: 'lost', seenBy: serverId });
  }
  next.asserted[side] = next.generation;
}

function addStoreMoves(world: World, add: Add): void {
  if (world.replica === null && world.rollbacks > 0) {
    add(
      'the replica has got this far',
      false,
      (next) => void (next.replica = { record: next.record, wakeUps: next.wakeUps }),
    );
  }
  const { replica } = world;
  if (replica !== null) {
    add('the store fails over to the replica: later writes are lost', false, (next) => {
      write(next, replica.record);
      next.wakeUps = replica.wakeUps;
      if (next.hands.at === 'looked') next.hands = { ...next.hands, newest: false };
      next.generation += 1;
      next.rollbacks -= 1;
      next.replica = null;
    });
  }
  if (world.obliterations > 0 && world.wakeUps.length > 0) {
    add('the queue is obliterated', false, (next) => {
      next.wakeUps = [];
      next.obliterations -= 1;
    });
  }
}
