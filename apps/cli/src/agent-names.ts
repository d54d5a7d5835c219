/**
 * Ids of agents that a person types. The CTI server compares them character by character; everywhere else in Lastcall
 * case does not matter. So an id that the CTI server does not know is looked up in its configuration. That takes a session
 * of its own: one that asks about a single agent is not opened for the configuration.
 */
import { ConfigurationUpload, UPLOAD_SILENCE_MS_MAX } from '#cti-client/configuration-upload';
import { type CtiLink } from '#cti-client/link';
import { readRoster } from '#cti-client/roster';
import { type OpenWire } from '#cti-client/wire';
import { findAgentId, type FoundAgentId } from '#domain/agent-id';
import { askingWires } from './asking-wires';
import { type Connection } from './connection';
import { type CtiSession, inSession, makeSession } from './cti-session';
import { CommandFailure, ExitCode } from './exit-codes';

interface Asked {
  /** As it was typed. */
  readonly agentId: string;
  /** What is between the link and the network. */
  readonly over: (openWire: OpenWire) => OpenWire;
  readonly stopped: AbortSignal;
}

/**
 * Does something with an agent under the id that was typed or, where the CTI server knows none, under the one of its
 * configuration that differs in case alone.
 * @param act answers undefined when the CTI server knows no such agent
 * @throws CommandFailure when there is no such agent
 */
export async function withAgent<T>(
  connection: Connection,
  { agentId, over, stopped }: Asked,
  act: (session: CtiSession, agentId: string) => Promise<T | undefined>,
): Promise<T> {
  const session = makeSession(connection, over);
  const done = await inSession(session, connection, stopped, () => act(session, agentId));
  if (done !== undefined) return done;
  const other = makeSession(connection, over, 'names');
  const names = collectNames(other.link);
  return inSession(other, connection, stopped, async () => {
    const found = findAgentId(agentId, await names());
    const spelled = spellingOf(agentId, found);
    const doneNow = spelled === undefined ? undefined : await act(other, spelled);
    if (doneNow !== undefined) return doneNow;
    throw new CommandFailure(ExitCode.unknownAgent, `the CTI server knows no agent ${agentId}${hintOf(found)}`);
  });
}

/**
 * Looks up how the configuration of the CTI server spells ids that it does not know; undefined: not at all, or the same.
 * The configuration is read once, however many ids are looked up.
 */
export function spellingLookup(
  connection: Connection,
  stopped: AbortSignal,
): (agentId: string) => Promise<string | undefined> {
  let known: Promise<ReadonlySet<string>> | undefined;
  return async (agentId) => {
    try {
      known ??= readNames(connection, stopped);
      return spellingOf(agentId, findAgentId(agentId, await known));
    } catch (error) {
      // The session that is being watched shows how the CTI server is doing; the next lookup tries again.
      known = undefined;
      if (error instanceof CommandFailure) return undefined;
      throw error;
    }
  };
}

async function readNames(connection: Connection, stopped: AbortSignal): Promise<ReadonlySet<string>> {
  const session = makeSession(connection, askingWires, 'names');
  return inSession(session, connection, stopped, collectNames(session.link));
}

/** To be called before the link starts; the function it returns, in service. */
function collectNames(link: CtiLink): () => Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<ReadonlySet<string>>();
  const end = (): void => {
    resolve(names);
  };
  link.on('configuration', (message) => {
    for (const { kind, agentId } of readRoster(message, link.peripheralId)) {
      if (kind === 'added') names.add(agentId);
      else names.delete(agentId);
    }
  });
  // What was named before the link was lost will have to do.
  link.on('gap', end);
  const upload = new ConfigurationUpload(link, UPLOAD_SILENCE_MS_MAX, end);
  return () => {
    // A server that refused to be asked for its configuration still names the members of its teams.
    if (link.asksConfiguration) upload.begin();
    else end();
    return promise;
  };
}

function spellingOf(asked: string, found: FoundAgentId): string | undefined {
  return found.found === 'one' && found.agentId !== asked ? found.agentId : undefined;
}

function hintOf(found: FoundAgentId): string {
  switch (found.found) {
    case 'one':
      return '';
    case 'several':
      return `; several differ from it in case alone: ${found.agentIds.join(', ')}`;
    case 'none':
      return found.near.length === 0 ? '' : `; did you mean ${found.near.join(' or ')}?`;
  }
}
