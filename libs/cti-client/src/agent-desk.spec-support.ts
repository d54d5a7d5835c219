import { AgentState } from '#cti-protocol/enumerations';
import { type MessageOf } from '#cti-protocol/messages';
import { pino } from 'pino';
import { AgentDesk, type ForcedChangeRequest } from './agent-desk';
import { answerQuestions, type FakeAgent, stateDraft, type StateFields } from './agents.spec-support';
import { linkInService, PERIPHERAL, type ServerEnd, settled } from './cti-pair.spec-support';
import { type LinkOptions } from './link-options';
import { Mirror } from './mirror';

const { LOGOUT, NOT_READY } = AgentState;

type SetRequest = MessageOf<'SET_AGENT_STATE_REQ'>;

/** A desk in service; agent 1001 is on extension 3001, in `state`. `onSet` plays the server for SET_AGENT_STATE_REQ. */
export function newDesk(state: number, options: Partial<LinkOptions> = {}) {
  const rig = linkInService({ heartbeatMs: 60_000, ...options });
  const mirror = new Mirror({ peripheralId: PERIPHERAL });
  const desk = new AgentDesk(rig.link, mirror, { log: pino({ level: 'silent' }) });
  const agent: FakeAgent = { state, device: '3001', calls: [] };
  const written: SetRequest[] = [];
  const server: { onSet: (request: SetRequest, end: ServerEnd) => void } = { onSet: () => undefined };
  answerQuestions(rig.pair, { '1001': agent }, (message, end) => {
    if (message.name !== 'SET_AGENT_STATE_REQ') return;
    written.push(message);
    server.onSet(message, end);
  });
  const tell = (newState: number, fields: StateFields = {}): void => {
    agent.state = newState;
    rig.pair.end.send(stateDraft('1001', newState, fields));
  };
  return { ...rig, mirror, desk, agent, written, server, tell };
}

export const forced = (changes: Partial<ForcedChangeRequest> = {}): ForcedChangeRequest => ({
  reasonCode: 255,
  notReadyReasonCode: 20001,
  mayStillSend: () => true,
  ...changes,
});

/** What `promise` came to after some time; fails at once when it did not come to anything. */
export async function ended<T>(promise: Promise<T>, pass: (ms: number) => Promise<void>, ms = 100): Promise<T> {
  await pass(ms);
  const late = settled().then((): never => {
    throw new Error(`nothing came of it within ${ms} ms`);
  });
  return Promise.race([promise, late]);
}

/** A server that obeys, as UCCE with LOAD 0 or 1 does. */
export function obey(rig: ReturnType<typeof newDesk>, load: 0 | 1): void {
  rig.server.onSet = (request, end) => {
    end.send({ name: 'SET_AGENT_STATE_CONF', InvokeID: request.InvokeID });
    const isLogout = request.AgentState === LOGOUT;
    if (!isLogout) rig.tell(request.AgentState, { reason: request.EventReasonCode });
    else if (load === 1) rig.tell(LOGOUT, { reason: 50002, device: undefined });
    else rig.tell(NOT_READY, { reason: 50002 });
  };
}
