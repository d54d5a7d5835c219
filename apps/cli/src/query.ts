import { type AgentDesk } from '#cti-client/agent-desk';
import { type AgentView } from '#cti-client/agent-view';
import { withAgent } from './agent-names';
import { agentFields, agentWords } from './agent-words';
import { askingWires } from './asking-wires';
import { type Connection } from './connection';
import { CommandFailure, ExitCode } from './exit-codes';
import { type Terminal } from './terminal';

/** Asks the CTI server about one agent, and tells what it says. */
export async function query(
  connection: Connection,
  agentId: string,
  json: boolean,
  terminal: Terminal,
): Promise<ExitCode> {
  const asked = { agentId, over: askingWires, stopped: terminal.stopped };
  const view = await withAgent(connection, asked, ({ desk }, spelled) => viewOf(desk, spelled));
  terminal.out(json ? JSON.stringify(agentFields(view)) : agentWords(view));
  return ExitCode.done;
}

/** Undefined: the CTI server knows no such agent. */
export async function viewOf(desk: AgentDesk, agentId: string): Promise<AgentView | undefined> {
  const answer = await desk.ask(agentId);
  switch (answer.kind) {
    case 'known':
      return answer.view;
    case 'unknownAgent':
      return undefined;
    case 'unavailable':
      throw new CommandFailure(ExitCode.failed, `agent ${agentId}: ${answer.why}`);
  }
}
