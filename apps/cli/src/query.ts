import { agentFields, agentWords } from './agent-words';
import { askingWires } from './asking-wires';
import { type Connection } from './connection';
import { inSession, makeSession } from './cti-session';
import { CommandFailure, ExitCode } from './exit-codes';
import { type Terminal } from './terminal';

/** Asks the CTI server about one agent, and tells what it says. */
export async function query(
  connection: Connection,
  agentId: string,
  json: boolean,
  terminal: Terminal,
): Promise<ExitCode> {
  const session = makeSession(connection, askingWires);
  const answer = await inSession(session, connection, terminal.stopped, () => session.desk.ask(agentId));
  switch (answer.kind) {
    case 'known':
      terminal.out(json ? JSON.stringify(agentFields(answer.view)) : agentWords(answer.view));
      return ExitCode.done;
    case 'unknownAgent':
      throw new CommandFailure(ExitCode.unknownAgent, `the CTI server knows no agent ${agentId}`);
    case 'unavailable':
      throw new CommandFailure(ExitCode.failed, `agent ${agentId}: ${answer.why}`);
  }
}
