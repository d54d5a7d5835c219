import { z } from 'zod';
import { type Agent, type AgentKey, type Desktop, type Loss, type Phase } from '#domain/agent';
import { StoreError } from './store-error';

/**
 * The record of an agent as text: `<version>|<json>`, short and still readable with redis-cli:
 * `k3f9a2bq|{"e":7,"on":[["~:c1","desk-1","p","srv-1"]],"present":0}`. What is false, zero, unknown or empty is left out,
 * and so is a loss's epoch when it is the record's.
 */

/** Characters of a version, 0-9a-z. */
const versionLength = 8;
const halfVersionsMax = 36 ** (versionLength / 2);

const oneDesktop = z.tuple([z.string(), z.string(), z.enum(['p', 's']), z.string()]);
const whole = z.number().int();
const flag = z.literal(1).optional();
const loss = z.strictObject({
  n: whole.optional(),
  why: z.enum(['bye', 'lost', 'serverLost', 'movedAway', 'operator']),
  at: whole,
  was: oneDesktop.optional(),
  stage: whole.optional(),
  tried: whole.optional(),
  free: flag,
  ready: flag,
});
const holdReason = z.enum([
  'outage',
  'call',
  'massLoss',
  'operator',
  'generation',
  'replicas',
  'serverSilent',
  'rate',
  'rejected',
]);
const outcome = z.enum([
  'returned',
  'loggedOut',
  'notReady',
  'alreadySignedOut',
  'signedOutByAgent',
  'presentAfterAll',
  'cancelledByOperator',
  'raced',
  'failed',
]);
const shape = z.strictObject({
  e: whole.nonnegative(),
  in: z.enum(['yes', 'no']).optional(),
  on: z.array(oneDesktop).optional(),
  unseen: z.literal(0).optional(),
  present: z.union([z.literal(0), z.literal(1)]).optional(),
  grace: z.strictObject({ due: whole, loss }).optional(),
  held: z.strictObject({ due: whole, for: z.array(holdReason), since: whole, alarmed: flag, loss }).optional(),
  issuing: z
    .strictObject({
      due: whole,
      do: z.enum(['notReady', 'logout']),
      since: whole,
      until: whole,
      alarmed: flag,
      loss,
    })
    .optional(),
  settled: z.tuple([outcome, whole]).optional(),
});

type Shape = z.infer<typeof shape>;
type DesktopText = z.infer<typeof oneDesktop>;

/** A version that nobody ever used: 41 random bits, see redis-store.ts. `random` gives [0, 1). */
export function freshVersion(random: () => number): string {
  return halfVersion(random) + halfVersion(random);
}

/** In two halves, since small integers are written several times faster. */
function halfVersion(random: () => number): string {
  return Math.floor(random() * halfVersionsMax)
    .toString(36)
    .padStart(versionLength / 2, '0');
}

export function encodeRecord(agent: Agent, version: string): string {
  const desktops = Object.values(agent.desktops);
  const body = {
    e: agent.epoch,
    ...(agent.signedIn === 'unknown' ? {} : { in: agent.signedIn }),
    ...(desktops.length === 0 ? {} : { on: desktops.map(desktopText) }),
    ...phaseText(agent.phase, agent.epoch),
  } satisfies Shape;
  return `${version}|${JSON.stringify(body)}`;
}

export function versionOf(text: string): string {
  return text.slice(0, versionLength);
}

/** Throws RECORD_UNREADABLE, which names `redisKey`. */
export function decodeRecord(key: AgentKey, redisKey: string, text: string): { agent: Agent; version: string } {
  try {
    if (text[versionLength] !== '|') throw new Error(`no | after ${String(versionLength)} characters of version`);
    const version = versionOf(text);
    const body = shape.parse(JSON.parse(text.slice(versionLength + 1)));
    const desktops = Object.fromEntries((body.on ?? []).map(desktopOf).map((desktop) => [desktop.connection, desktop]));
    const agent: Agent = { key, epoch: body.e, desktops, signedIn: body.in ?? 'unknown', phase: phaseOf(body) };
    return { agent, version };
  } catch (cause) {
    throw new StoreError('RECORD_UNREADABLE', redisKey, cause);
  }
}

function desktopText({ connection, desktopId, side, serverId }: Desktop): DesktopText {
  return [connectionText(connection, serverId), desktopId, side === 'primary' ? 'p' : 's', serverId];
}

function desktopOf([connection, desktopId, side, serverId]: DesktopText): Desktop {
  return {
    connection: connectionOf(connection, serverId),
    desktopId,
    side: side === 'p' ? 'primary' : 'secondary',
    serverId,
  };
}

/** Servers begin the names of their connections with their own id: that is written as `~`, and `=` keeps the rest apart. */
function connectionText(connection: string, serverId: string): string {
  if (serverId !== '' && connection.startsWith(serverId)) return `~${connection.slice(serverId.length)}`;
  return /^[~=]/.test(connection) ? `=${connection}` : connection;
}

function connectionOf(text: string, serverId: string): string {
  if (text.startsWith('~')) return serverId + text.slice(1);
  return text.startsWith('=') ? text.slice(1) : text;
}

function phaseText(phase: Phase, epoch: number): Omit<Shape, 'e' | 'in' | 'on'> {
  switch (phase.name) {
    case 'unseen':
      return { unseen: 0 };
    case 'present':
      return { present: phase.restoreDue ? 1 : 0 };
    case 'grace':
      return { grace: { due: phase.dueAt, loss: lossText(phase.loss, epoch) } };
    case 'held': {
      const { dueAt: due, reasons, since } = phase;
      return { held: { due, for: [...reasons], since, ...alarmed(phase), loss: lossText(phase.loss, epoch) } };
    }
    case 'issuing': {
      const { dueAt: due, action, since, deadline: until } = phase;
      return { issuing: { due, do: action, since, until, ...alarmed(phase), loss: lossText(phase.loss, epoch) } };
    }
    case 'settled':
      return { settled: [phase.outcome, phase.at] };
  }
}

function alarmed(phase: { alarmed: boolean }): { alarmed?: 1 } {
  return phase.alarmed ? { alarmed: 1 } : {};
}

function lossText(of: Loss, epoch: number): z.infer<typeof loss> {
  return {
    ...(of.epoch === epoch ? {} : { n: of.epoch }),
    why: of.cause,
    at: of.lostAt,
    ...(of.desktop === null ? {} : { was: desktopText(of.desktop) }),
    ...(of.stage === 0 ? {} : { stage: of.stage }),
    ...(of.attempts === 0 ? {} : { tried: of.attempts }),
    ...(of.released ? { free: 1 } : {}),
    ...(of.wasReady ? { ready: 1 } : {}),
  };
}

function phaseOf(body: Shape): Phase {
  const { e, unseen, present, grace, held, issuing, settled } = body;
  const phases: Phase[] = [];
  if (unseen !== undefined) phases.push({ name: 'unseen' });
  if (present !== undefined) phases.push({ name: 'present', restoreDue: present === 1 });
  if (grace !== undefined) phases.push({ name: 'grace', loss: lossFrom(grace.loss, e), dueAt: grace.due });
  if (held !== undefined) {
    const { due: dueAt, for: reasons, since } = held;
    const isAlarmed = held.alarmed === 1;
    phases.push({ name: 'held', loss: lossFrom(held.loss, e), dueAt, reasons, since, alarmed: isAlarmed });
  }
  if (issuing !== undefined) {
    const { due: dueAt, do: action, since, until: deadline } = issuing;
    const isAlarmed = issuing.alarmed === 1;
    phases.push({
      name: 'issuing',
      loss: lossFrom(issuing.loss, e),
      dueAt,
      action,
      since,
      deadline,
      alarmed: isAlarmed,
    });
  }
  if (settled !== undefined) phases.push({ name: 'settled', outcome: settled[0], at: settled[1] });
  const [only, second] = phases;
  if (only === undefined || second !== undefined) throw new Error(`${String(phases.length)} phases instead of one`);
  return only;
}

function lossFrom(text: z.infer<typeof loss>, epoch: number): Loss {
  return {
    epoch: text.n ?? epoch,
    cause: text.why,
    lostAt: text.at,
    desktop: text.was === undefined ? null : desktopOf(text.was),
    stage: text.stage ?? 0,
    attempts: text.tried ?? 0,
    released: text.free === 1,
    wasReady: text.ready === 1,
  };
}
