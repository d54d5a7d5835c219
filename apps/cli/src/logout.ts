import { type AgentView } from '#cti-client/agent-view';
import { agentWords } from './agent-words';
import { type Connection } from './connection';
import { type CtiSession, inSession, makeSession, untilInService } from './cti-session';
import { CommandFailure, ExitCode } from './exit-codes';
import { type LogoutReport, notSent, reportOf, reportOfDoubt } from './logout-words';
import { type Terminal } from './terminal';

export interface LogoutOrder {
  readonly agentId: string;
  /** EventReasonCode of the sign-out. */
  readonly reasonCode: number;
  /** Do it without asking a person. */
  readonly yes: boolean;
  readonly json: boolean;
}

/** Signs an agent out as a worker does: Not Ready first, no finger on an agent who is on a call, proof by the event. */
export async function logout(connection: Connection, order: LogoutOrder, terminal: Terminal): Promise<ExitCode> {
  if (!order.yes && !terminal.isInteractive) {
    throw new CommandFailure(ExitCode.misused, 'logout asks before it acts, and there is nobody to ask: give --yes');
  }
  const session = makeSession(connection, (openWire) => openWire);
  const report = await inSession(session, connection, terminal.stopped, () =>
    perform(session, order, connection, terminal),
  );
  terminal.out(
    order.json
      ? JSON.stringify({ agentId: order.agentId, outcome: report.outcome, sentence: report.sentence })
      : report.sentence,
  );
  return report.exitCode;
}

async function perform(
  { link, desk }: CtiSession,
  order: LogoutOrder,
  { forced: { notReadyReasonCode, agentPassword, supervisorId }, waitMs }: Connection,
  terminal: Terminal,
): Promise<LogoutReport> {
  const { agentId, reasonCode } = order;
  const look = await desk.ask(agentId);
  if (look.kind === 'unavailable') throw new CommandFailure(ExitCode.failed, `agent ${agentId}: ${look.why}`);
  if (look.kind === 'unknownAgent') {
    throw new CommandFailure(ExitCode.unknownAgent, `the CTI server knows no agent ${agentId}`);
  }
  if (!look.view.signedOut && !look.view.onCall && !order.yes) {
    if (!(await terminal.confirm(questionAbout(look.view, link.side)))) {
      return notSent(`Agent ${agentId}: nothing was sent, it was not confirmed.`);
    }
  }
  const outcome = await desk.forceLogout(agentId, {
    reasonCode,
    notReadyReasonCode,
    mayStillSend: () => !terminal.stopped.aborted,
    ...(agentPassword === undefined ? {} : { password: agentPassword }),
    ...(supervisorId === undefined ? {} : { supervisorId }),
  });
  if (outcome.kind !== 'inDoubt') return reportOf(agentId, outcome);
  terminal.err(reportOf(agentId, outcome).sentence);
  // The link may be what was lost: the other side, or the same again, can be asked.
  await untilInService(link, waitMs, terminal.stopped);
  return reportOfDoubt(agentId, await desk.settleDoubt(agentId, 'loggedOut'));
}

function questionAbout(view: AgentView, side: string): string {
  return `${agentWords(view)}\nSign this agent out, through side ${side.toUpperCase()}?`;
}
