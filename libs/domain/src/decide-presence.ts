import { type Agent, type Cause, type Desktop, type Loss, lossId, lossOf } from './agent';
import { type Command, type Decision, note } from './command';
import { type AgentEvent } from './event';
import { dueAtOf, type Policy } from './policy';

/**
 * A desktop opened, or its server says again that it holds it. While a request is being issued it only waits: its
 * opening is acknowledged when the outcome is known (rule GATE).
 */
export function decideOpened(agent: Agent, desktop: Desktop, now: number, policy: Policy): Decision {
  const known = agent.desktops[desktop.connection] !== undefined;
  if (known) return { agent, commands: [] };
  const desktops = { ...agent.desktops, [desktop.connection]: desktop };
  switch (agent.phase.name) {
    case 'issuing':
      return { agent: { ...agent, desktops }, commands: [] };
    case 'unseen':
    case 'settled':
    case 'present': {
      const restoreDue = agent.phase.name === 'present' && agent.phase.restoreDue;
      return becomePresent({ ...agent, desktops }, now, restoreDue, []);
    }
    case 'grace':
    case 'held': {
      const { loss } = agent.phase;
      const restoreDue = loss.wasReady && policy.restoreOnReturn;
      return becomePresent({ ...agent, desktops }, now, restoreDue, [
        { type: 'disarmWakeUp', epoch: agent.epoch },
        note({
          what: 'outcome',
          loss: loss.epoch,
          outcome: 'returned',
          sentence: `Back after ${seconds(now - loss.lostAt)} with desktop ${desktop.desktopId} on the ${desktop.side} side.`,
        }),
      ]);
    }
  }
}

/** Presence begins a new epoch, so whatever was under way for the old one is stale. */
export function becomePresent(agent: Agent, now: number, restoreDue: boolean, commands: readonly Command[]): Decision {
  const epoch = agent.epoch + 1;
  return {
    agent: { ...agent, epoch, phase: { name: 'present', restoreDue } },
    commands: restoreDue ? [...commands, { type: 'armWakeUp', epoch, at: now }] : commands,
  };
}

/** One desktop is gone. Only the last one begins a loss; one that is not known (any more) changes nothing. */
export function decideClosed(
  agent: Agent,
  event: Extract<AgentEvent, { type: 'desktopClosed' }>,
  now: number,
  policy: Policy,
): Decision {
  const desktop = agent.desktops[event.connection];
  if (desktop === undefined) {
    const sentence = `${event.seenBy} reported the connection ${event.connection} as gone (${event.cause}); it is not known, or not any more.`;
    return { agent, commands: [suppressed(agent, sentence)] };
  }
  return forget(agent, [desktop], event.cause, now, policy);
}

/** A server's lease has ended: every desktop it held is gone, with the longer grace of a fail-over. */
export function decideServerLost(agent: Agent, serverId: string, now: number, policy: Policy): Decision {
  const gone = Object.values(agent.desktops).filter((desktop) => desktop.serverId === serverId);
  return gone.length === 0 ? { agent, commands: [] } : forget(agent, gone, 'serverLost', now, policy);
}

/**
 * The source that reported a loss went away within moments of it, so it may have reported its own end and not the
 * desktop's. Now that it is back and still does not see the desktop, the loss counts from now: the desktop gets the
 * whole grace in which to find its way back.
 */
export function decideSourceReturned(
  agent: Agent,
  event: Extract<AgentEvent, { type: 'sourceReturned' }>,
  now: number,
  policy: Policy,
): Decision {
  const { phase, epoch } = agent;
  if (phase.name !== 'grace' && phase.name !== 'held') return { agent, commands: [] };
  const { loss } = phase;
  if (loss.desktop?.connection !== event.connection || loss.released) return { agent, commands: [] };
  // As for a server that was lost: desktops need longer to find back than a refresh does.
  const graces = [loss.cause, 'serverLost'] as const;
  const dueAt = Math.max(phase.dueAt, ...graces.map((cause) => dueAtOf(policy, cause, loss.stage, now)));
  const sentence = `${event.seenBy} reported the loss while its own source of presence was going away; it is back and does not see the desktop. Due in ${seconds(dueAt - now)}.`;
  return {
    agent: { ...agent, phase: { name: 'grace', loss, dueAt } },
    commands: [
      { type: 'armWakeUp', epoch, at: dueAt },
      note({ what: 'graceRenewed', loss: loss.epoch, dueAt, sentence }),
    ],
  };
}

function forget(agent: Agent, gone: readonly Desktop[], cause: Cause, now: number, policy: Policy): Decision {
  const connections = new Set(gone.map(({ connection }) => connection));
  const desktops = Object.fromEntries(
    Object.entries(agent.desktops).filter(([connection]) => !connections.has(connection)),
  );
  const others = Object.values(desktops);
  const last = gone.at(-1) ?? null;
  if (others.length > 0 || agent.phase.name === 'issuing') {
    const sides = [...new Set(others.map(({ side }) => side))].join(' and ');
    const sentence =
      others.length > 0
        ? `Desktop ${last?.desktopId ?? ''} on the ${last?.side ?? ''} side is gone (${cause}); the agent still has ${String(others.length)} open on the ${sides} side.`
        : `Desktop ${last?.desktopId ?? ''} gave up (${cause}) while it waited for the outcome of a request.`;
    return { agent: { ...agent, desktops }, commands: [suppressed(agent, sentence)] };
  }
  return beginLoss({ ...agent, desktops }, cause, last, now, policy);
}

/** The last desktop is gone: grace begins, under a new epoch, with a wake-up at its end. */
export function beginLoss(
  agent: Agent,
  cause: Cause,
  desktop: Desktop | null,
  now: number,
  policy: Policy,
  by = '',
): Decision {
  const epoch = agent.epoch + 1;
  const loss: Loss = {
    epoch,
    cause,
    lostAt: now,
    desktop,
    stage: 0,
    attempts: 0,
    released: cause === 'operator',
    wasReady: false,
  };
  const dueAt = dueAtOf(policy, cause, 0, now);
  const where =
    desktop === null
      ? by
      : `Desktop ${desktop.desktopId} on the ${desktop.side} side (${desktop.serverId}) is gone: ${cause}.`;
  const sentence = `${where} Loss ${lossId(agent.key.agentId, epoch)} is due in ${seconds(dueAt - now)}.`;
  return {
    agent: { ...agent, epoch, phase: { name: 'grace', loss, dueAt } },
    commands: [
      { type: 'armWakeUp', epoch, at: dueAt },
      note({ what: 'lossBegan', loss: epoch, cause, desktop, dueAt, sentence }),
    ],
  };
}

function suppressed(agent: Agent, sentence: string): Command {
  return note({ what: 'suppressed', loss: lossOf(agent.phase)?.epoch ?? null, sentence });
}

/** Milliseconds as an operator reads them: `4.2 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
