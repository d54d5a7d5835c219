import { type Agent, type Cause, type Desktop, lossOf } from './agent';
import { type Command, type Decision, note } from './command';
import { restoreOf } from './decide-outcome';
import { type AgentEvent } from './event';
import { dueAtOf, type Policy } from './policy';
import { becomePresent, beginLoss, hasDesktop, seconds } from './transitions';

/**
 * A desktop opened, or its server says again that it holds it. While a request is being issued it only waits: its
 * opening is acknowledged when the outcome is known (rule GATE).
 */
export function decideOpened(agent: Agent, desktop: Desktop, now: number, policy: Policy): Decision {
  const known = agent.desktops[desktop.connection];
  const desktops = { ...agent.desktops, [desktop.connection]: desktop };
  if (known !== undefined) return isSame(known, desktop) ? { agent, commands: [] } : moved(agent, known, desktop);
  switch (agent.phase.name) {
    case 'issuing':
      return openWhileIssuing({ ...agent, desktops }, now);
    case 'unseen':
    case 'settled':
    case 'present': {
      const restore = agent.phase.name === 'present' ? agent.phase.restore : null;
      return becomePresent({ ...agent, desktops }, restore, []);
    }
    case 'grace':
    case 'held': {
      const { loss } = agent.phase;
      return becomePresent({ ...agent, desktops }, restoreOf(loss, now, policy), [
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

/** What is pending at the CTI server must not outlive the return: a worker replaces it now. */
function openWhileIssuing(agent: Agent, now: number): Decision {
  const { phase, epoch } = agent;
  if (phase.name !== 'issuing' || phase.pending === null) return { agent, commands: [] };
  const deadline = Math.min(phase.deadline, now);
  return { agent: { ...agent, phase: { ...phase, deadline } }, commands: [{ type: 'wakeNow', epoch }] };
}

/** The same opening is reported by another server: from now on that server's word about it counts. */
function moved(agent: Agent, from: Desktop, to: Desktop): Decision {
  const desktops = { ...agent.desktops, [to.connection]: to };
  const sentence = `Desktop ${to.desktopId} is now reported by ${to.serverId} on the ${to.side} side, before by ${from.serverId}.`;
  return { agent: { ...agent, desktops }, commands: [suppressed(agent, sentence)] };
}

function isSame(one: Desktop, other: Desktop): boolean {
  return one.serverId === other.serverId && one.side === other.side && one.desktopId === other.desktopId;
}

/**
 * One desktop is gone. Only the last one begins a loss; one that is not known (any more) changes nothing, nor does the end of a
 * lease at a server that its feed has left.
 */
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
  if (event.cause === 'feedLost' && desktop.serverId !== event.seenBy) {
    const sentence = `${event.seenBy} was not told again of desktop ${desktop.desktopId}; ${desktop.serverId} was, and holds it.`;
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
  const without: Agent = { ...agent, desktops };
  const last = gone.at(-1) ?? null;
  const name = last?.desktopId ?? '';
  const where = `Desktop ${name} on the ${last?.side ?? ''} side (${last?.serverId ?? ''}) is gone: ${cause}.`;
  if (hasDesktop(without)) {
    const others = Object.values(desktops);
    const on = [...new Set(others.map(({ side }) => side))].join(' and ');
    const sentence = `${where} The agent still has ${String(others.length)} open on the ${on} side.`;
    return { agent: without, commands: [suppressed(agent, sentence)] };
  }
  if (agent.phase.name === 'issuing') {
    const sentence = `Desktop ${name} gave up (${cause}) while it waited for the outcome of a request.`;
    return { agent: without, commands: [suppressed(agent, sentence)] };
  }
  if (agent.signedIn === 'no') return nothingToLose(without, where, now);
  return beginLoss(without, { cause, desktop: last, sentence: where }, now, policy);
}

/** Who is signed out has nothing to lose: no loss, no wake-up, and no count among those that were lost at once. */
function nothingToLose(agent: Agent, where: string, now: number): Decision {
  const { phase } = agent;
  const settled =
    phase.name === 'settled' ? phase : ({ name: 'settled', outcome: 'signedOutByAgent', at: now } as const);
  return {
    agent: { ...agent, epoch: agent.epoch + 1, phase: settled },
    commands: [suppressed(agent, `${where} The agent is signed out and has nothing to lose.`)],
  };
}

function suppressed(agent: Agent, sentence: string): Command {
  return note({ what: 'suppressed', loss: lossOf(agent.phase)?.epoch ?? null, sentence });
}
