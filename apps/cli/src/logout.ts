import { type AgentView } from '#cti-client/agent-view';
import { type OpenWire } from '#cti-client/wire';
import { withAgent } from './agent-names';
import { agentWords } from './agent-words';
import { type Connection } from './connection';
import { type CtiSession, untilInService } from './cti-session';
import { CommandFailure, ExitCode } from './exit-codes';
import { type LogoutReport, notSent, reportOf, reportOfDoubt } from './logout-words';
import { viewOf } from './query';
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
  const asked = { agentId: order.agentId, over: (openWire: OpenWire) => openWire, stopped: terminal.stopped };
  const { agentId, report } = await withAgent(connection, asked, async (session, spelled) => {
    const performed = await perform(session, { ...order, agentId: spelled }, connection, terminal);
    return performed && { agentId: spelled, report: performed };
  });
  const { outcome, sentence } = report;
  terminal.out(order.json ? JSON.stringify({ agentId, outcome, sentence }) : sentence);
  return report.exitCode;
}

/** Undefined: the CTI server knows no such agent. */
async function perform(
  { link, desk }: CtiSession,
  order: LogoutOrder,
  { forced: { notReadyReasonCode, agentPassword, supervisorId }, waitMs }: Connection,
  terminal: Terminal,
): Promise<LogoutReport | undefined> {
  const { agentId, reasonCode } = order;
  const view = await viewOf(desk, agentId);
  if (view === undefined) return undefined;
  if (!view.signedOut && !view.onCall && !order.yes) {
    if (!(await terminal.confirm(questionAbout(view, link.side)))) {
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
