import { z } from 'zod';
import {
  type Agent,
  type AgentKey,
  causes,
  type Desktop,
  holdReasons,
  type Loss,
  outcomes,
  type PendingState,
  type Phase,
} from '#domain/agent';
import { type DueStage } from '#domain/policy';
import { StoreError } from './store-error';

/**
 * The record of an agent as text: `<version>|<json>`, short and still readable with redis-cli:
 * `k3f9a2bq|{"e":7,"had":1,"on":[["~:c1","desk-1","p","srv-1"]],"present":0}`. What is false, zero, unknown or empty is
 * left out, and so is a loss's epoch when it is the record's.
 */

/** Characters of a version, 0-9a-z. */
const versionLength = 8;
const halfVersionsMax = 36 ** (versionLength / 2);

const oneDesktop = z.tuple([z.string(), z.string(), z.enum(['p', 's']), z.string()]);
const whole = z.number().int();
const flag = z.literal(1).optional();
/** Time after the loss, what is done, and its reason code. */
const stage = z.union([
  z.tuple([whole, z.enum(['notReady', 'logout']), whole]),
  z.tuple([whole, z.literal('warn'), z.literal(0)]),
]);
const loss = z.strictObject({
  n: whole.optional(),
  why: z.enum(causes),
  at: whole,
  was: oneDesktop.optional(),
  do: stage,
  tried: whole.optional(),
  held: whole.optional(),
  alarmed: flag,
  free: flag,
  ready: flag,
  /** Reason code of the agent's own Not Ready, and of ours. */
  own: whole.optional(),
  code: whole.optional(),
});
const shape = z.strictObject({
  e: whole.nonnegative(),
  in: z.enum(['yes', 'no']).optional(),
  /** A desktop was open at some time. */
  had: flag,
  on: z.array(oneDesktop).optional(),
  unseen: z.literal(0).optional(),
  /** 0, or until when Ready is to be given back and from which reason code. */
  present: z.union([z.literal(0), z.tuple([whole, whole])]).optional(),
  grace: z.strictObject({ due: whole, loss }).optional(),
  held: z.strictObject({ due: whole, for: z.array(z.enum(holdReasons)), loss }).optional(),
  issuing: z
    .strictObject({
      due: whole,
      since: whole,
      until: whole,
      /** What is pending, and since when. */
      pending: z.tuple([z.enum(['notReady', 'logout']), whole]).optional(),
      loss,
    })
    .optional(),
  settled: z.tuple([z.enum(outcomes), whole]).optional(),
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
    ...(agent.hadDesktop ? { had: 1 as const } : {}),
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
    const { e: epoch, in: signedIn = 'unknown', had } = body;
    return { agent: { key, epoch, desktops, signedIn, hadDesktop: had === 1, phase: phaseOf(body) }, version };
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

function phaseText(phase: Phase, epoch: number): Omit<Shape, 'e' | 'in' | 'had' | 'on'> {
  switch (phase.name) {
    case 'unseen':
      return { unseen: 0 };
    case 'present':
      return { present: phase.restore === null ? 0 : [phase.restore.until, phase.restore.reasonCode] };
    case 'grace':
      return { grace: { due: phase.dueAt, loss: lossText(phase.loss, epoch) } };
    case 'held':
      return { held: { due: phase.dueAt, for: [...phase.reasons], loss: lossText(phase.loss, epoch) } };
    case 'issuing': {
      const { dueAt: due, since, deadline: until, pending } = phase;
      return { issuing: { due, since, until, ...pendingText(pending), loss: lossText(phase.loss, epoch) } };
    }
    case 'settled':
      return { settled: [phase.outcome, phase.at] };
  }
}

function pendingText(of: PendingState | null): Pick<NonNullable<Shape['issuing']>, 'pending'> {
  return of === null ? {} : { pending: [of.state, of.since] };
}

function lossText(of: Loss, epoch: number): z.infer<typeof loss> {
  return {
    ...(of.epoch === epoch ? {} : { n: of.epoch }),
    why: of.cause,
    at: of.lostAt,
    ...(of.desktop === null ? {} : { was: desktopText(of.desktop) }),
    do: stageText(of.stage),
    ...(of.attempts === 0 ? {} : { tried: of.attempts }),
    ...(of.heldSince === null ? {} : { held: of.heldSince }),
    ...(of.alarmed ? { alarmed: 1 } : {}),
    ...(of.released ? { free: 1 } : {}),
    ...(of.wasReady ? { ready: 1 } : {}),
    ...(of.reasonBefore === null ? {} : { own: of.reasonBefore }),
    ...(of.notReadyCode === null ? {} : { code: of.notReadyCode }),
  };
}

function stageText(of: DueStage): z.infer<typeof stage> {
  return of.action === 'warn' ? [of.afterMs, of.action, of.reasonCode] : [of.afterMs, of.action, of.reasonCode];
}

function phaseOf(body: Shape): Phase {
  const { e, unseen, present, grace, held, issuing, settled } = body;
  const phases: Phase[] = [];
  if (unseen !== undefined) phases.push({ name: 'unseen' });
  if (present !== undefined)
    phases.push({ name: 'present', restore: present === 0 ? null : { until: present[0], reasonCode: present[1] } });
  if (grace !== undefined) phases.push({ name: 'grace', loss: lossFrom(grace.loss, e), dueAt: grace.due });
  if (held !== undefined)
    phases.push({ name: 'held', loss: lossFrom(held.loss, e), dueAt: held.due, reasons: held.for });
  if (issuing !== undefined) {
    const { due: dueAt, since, until: deadline, pending } = issuing;
    const loss = lossFrom(issuing.loss, e);
    phases.push({ name: 'issuing', loss, dueAt, since, deadline, pending: pendingFrom(pending) });
  }
  if (settled !== undefined) phases.push({ name: 'settled', outcome: settled[0], at: settled[1] });
  const [only, second] = phases;
  if (only === undefined || second !== undefined) throw new Error(`${String(phases.length)} phases instead of one`);
  return only;
}

function pendingFrom(text: NonNullable<Shape['issuing']>['pending']): PendingState | null {
  return text === undefined ? null : { state: text[0], since: text[1] };
}

function lossFrom(text: z.infer<typeof loss>, epoch: number): Loss {
  const [afterMs, action, reasonCode] = text.do;
  return {
    epoch: text.n ?? epoch,
    cause: text.why,
    lostAt: text.at,
    desktop: text.was === undefined ? null : desktopOf(text.was),
    stage: action === 'warn' ? { afterMs, action, reasonCode: 0 } : { afterMs, action, reasonCode },
    attempts: text.tried ?? 0,
    heldSince: text.held ?? null,
    alarmed: text.alarmed === 1,
    released: text.free === 1,
    wasReady: text.ready === 1,
    reasonBefore: text.own ?? null,
    notReadyCode: text.code ?? null,
  };
}
