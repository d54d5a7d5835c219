import { type Entry } from '#domain/command';
import { type CommitRequest } from '#engine/ports';
import { repeatingOf } from './agent-lines';
import { indexMoves } from './index-moves';
import { type Keys } from './keys';
import { encodeRecord, freshVersion } from './record';
import { type ScriptArgument } from './script';

/** What apply-commits.lua.ts takes, for some commits together. */
export interface ScriptInput {
  readonly keys: readonly string[];
  readonly args: readonly ScriptArgument[];
}

/** A commit with its new record in text; empty when only the journal is written. */
export interface TextCommit {
  readonly request: CommitRequest;
  readonly record: string;
}

export function asText(request: CommitRequest, random: () => number): TextCommit {
  const isSame = request.agent === request.before;
  return { request, record: isSame ? '' : encodeRecord(request.agent, freshVersion(random)) };
}

function entryArgs(entry: Entry): ScriptArgument[] {
  const repeating = repeatingOf(entry);
  const loss = repeating !== null && 'loss' in repeating ? repeating.loss : '';
  return [repeating?.kind ?? '', loss, JSON.stringify(entry)];
}

/** Each index set and each kind of move is named once; the commits refer to it by its place, counted from 1. */
export function scriptInput(keys: Keys, commits: readonly TextCommit[], journalEntriesMax: number): ScriptInput {
  const sets = new Places();
  const moveKinds = new Places();
  const kindArgs: ScriptArgument[] = [];
  const args: ScriptArgument[] = [];
  for (const { request, record } of commits) {
    const { agent, expectedVersion, entries } = request;
    args.push(expectedVersion, record, agent.key.agentId, agent.epoch);
    const moves = record === '' ? [] : indexMoves(keys, request);
    args.push(moves.length);
    for (const { command, key, score } of moves) {
      const known = moveKinds.names.length;
      args.push(moveKinds.of(`${command} ${key}`), score ?? '');
      if (moveKinds.names.length > known) kindArgs.push(command, sets.of(key));
    }
    args.push(entries.length);
    for (const entry of entries) args.push(...entryArgs(entry));
  }
  const agentIds = commits.map(({ request }) => request.agent.key.agentId);
  return {
    keys: [
      ...[keys.journal, keys.linesLeftOut],
      ...agentIds.map((agentId) => keys.agent(agentId)),
      ...agentIds.map((agentId) => keys.agentLines(agentId)),
      ...sets.names,
    ],
    args: [commits.length, journalEntriesMax, moveKinds.names.length, ...kindArgs, ...args],
  };
}

/** Names in the order of their first use. */
class Places {
  private readonly places = new Map<string, number>();
  readonly names: string[] = [];

  of(name: string): number {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    this.names.push(name);
    this.places.set(name, this.names.length);
    return this.names.length;
  }
}
