import { type Side } from '#cti-client/retry-plan';
import { type LinkPhase } from '#cti-client/session-model';
import { type AgentView } from '#cti-client/agent-view';
import { spellingLookup } from './agent-names';
import { agentFields, agentWords } from './agent-words';
import { askingWires } from './asking-wires';
import { type Connection } from './connection';
import { type CtiSession, makeSession } from './cti-session';
import { type Terminal } from './terminal';

/** What is told while watching. */
export type Sight =
  | {
      readonly event: 'link';
      readonly phase: LinkPhase;
      readonly side: Side;
      readonly version: number;
      readonly why: string;
    }
  | { readonly event: 'agent'; readonly view: AgentView }
  /** Every agent of the peripheral was asked about. */
  | { readonly event: 'complete'; readonly agents: number }
  | { readonly event: 'gap'; readonly why: string }
  | { readonly event: 'unknownAgent'; readonly agentId: string }
  /** The CTI server spells the id of this agent so, and it is watched under that. */
  | { readonly event: 'spelling'; readonly agentId: string; readonly asked: string }
  | { readonly event: 'unavailable'; readonly agentId: string; readonly why: string };

export interface WatchOrder {
  /** Empty: every agent of whom the CTI server tells something. */
  readonly agentIds: readonly string[];
  /** All agents of the peripheral, from the start. */
  readonly everybody: boolean;
  readonly json: boolean;
  /** Ends the watch; undefined: a signal does. */
  readonly seconds: number | undefined;
}

/** Tells of agents and calls as they change, over links that come and go, until the terminal or the time says stop. */
export async function watch(connection: Connection, order: WatchOrder, terminal: Terminal): Promise<void> {
  const session = makeSession(connection, askingWires, order.everybody ? 'everybody' : 'asked');
  const ended = new AbortController();
  const stopped = AbortSignal.any([terminal.stopped, ended.signal]);
  const subject = { agentIds: order.agentIds, spellingOf: spellingLookup(connection, stopped) };
  const observation = observe(session, subject, (sight) => {
    const at = new Date().toISOString();
    terminal.out(order.json ? sightJson(at, sight) : sightWords(at, sight));
  });
  session.link.start();
  await untilStopped(terminal.stopped, order.seconds);
  observation.end();
  ended.abort();
  await session.link.stop();
}

export interface Subject {
  /** Empty: every agent of whom the CTI server tells something. */
  readonly agentIds: readonly string[];
  /** How the CTI server spells an id that it does not know; undefined: it does not. */
  readonly spellingOf: (agentId: string) => Promise<string | undefined>;
}

/**
 * Follows agents: those that are named, from the first moment, or all of whom an event tells, or everybody where the
 * session's own warm-up asks. Whoever is not known is asked about (state, then calls); from then on events keep the
 * picture up to date.
 */
export function observe(
  session: CtiSession,
  { agentIds, spellingOf }: Subject,
  tell: (sight: Sight) => void,
): { end: () => void } {
  const { link, mirror, desk } = session;
  const wanted = new Set(agentIds);
  let hasEnded = false;
  const isWanted = (agentId: string): boolean => agentIds.length === 0 || wanted.has(agentId);
  const askAsSpelled = async (asked: string): Promise<void> => {
    const agentId = agentIds.includes(asked) ? await spellingOf(asked) : undefined;
    if (hasEnded) return;
    if (agentId === undefined) {
      tell({ event: 'unknownAgent', agentId: asked });
      return;
    }
    tell({ event: 'spelling', agentId, asked });
    wanted.delete(asked);
    wanted.add(agentId);
    await ask(agentId);
  };
  const ask = async (agentId: string): Promise<void> => {
    const answer = await desk.ask(agentId);
    if (answer.kind === 'unknownAgent') await askAsSpelled(agentId);
    // Out of service the link has told why already.
    if (answer.kind === 'unavailable' && link.inService) tell({ event: 'unavailable', agentId, why: answer.why });
  };
  link.on('phase', (phase, why) => {
    tell({ event: 'link', phase, side: link.side, version: link.version, why });
    if (phase === 'inService') for (const agentId of wanted) void ask(agentId);
  });
  const tellGap = (why: string): void => {
    tell({ event: 'gap', why });
  };
  mirror.on('gap', tellGap);
  mirror.on('agentChanged', (_, view) => {
    if (isWanted(view.agentId)) tell({ event: 'agent', view });
  });
  desk.warmUp?.on('complete', ({ agents }) => {
    tell({ event: 'complete', agents });
  });
  const asksItself = desk.warmUp !== undefined;
  mirror.on('stateTold', (agentId) => {
    if (!asksItself && isWanted(agentId) && mirror.view(agentId) === undefined) void ask(agentId);
  });
  mirror.on('agentUnknown', ({ agentId }) => {
    if (!asksItself && isWanted(agentId)) void ask(agentId);
  });
  return {
    end: () => {
      hasEnded = true;
      // At the end the mirror is emptied, which is not to be shown.
      mirror.off('gap', tellGap);
    },
  };
}

export function sightWords(at: string, sight: Sight): string {
  switch (sight.event) {
    case 'link':
      return `${at}  link   ${sight.side.toUpperCase()} ${sight.phase}, version ${sight.version}: ${sight.why}`;
    case 'agent':
      return `${at}  agent  ${agentWords(sight.view)}`;
    case 'complete':
      return `${at}  all    ${sight.agents} agents were asked about`;
    case 'gap':
      return `${at}  gap    nothing above is known any more: ${sight.why}`;
    case 'unknownAgent':
      return `${at}  agent  ${sight.agentId}  not known to the CTI server`;
    case 'spelling':
      return `${at}  agent  ${sight.asked}  is spelled ${sight.agentId} by the CTI server`;
    case 'unavailable':
      return `${at}  agent  ${sight.agentId}  no answer: ${sight.why}`;
  }
}

export function sightJson(at: string, sight: Sight): string {
  return JSON.stringify(
    sight.event === 'agent' ? { at, event: sight.event, ...agentFields(sight.view) } : { at, ...sight },
  );
}

/** Resolves when a command is to end. */
export function untilStopped(stopped: AbortSignal, seconds: number | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = seconds === undefined ? undefined : setTimeout(resolve, seconds * 1_000);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (stopped.aborted) stop();
    else stopped.addEventListener('abort', stop, { once: true });
  });
}
