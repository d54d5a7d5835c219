import { encodeMessage } from '#cti-protocol/encode';
import { type Draft, type ProtocolVersion } from '#cti-protocol/messages';
import { type ModelEvent } from '../model/events';
import { sendAgentsAdded } from './configuration-requests';
import { draftOfAgentState, draftOfCall, type EventSource } from './event-drafts';
import { followCall, watchesAgent, watchesCall } from './monitors';
import { registeredOnly } from './registered-variables';
import { type Session } from './session';
import { type Side } from './side';
import { agentStateBit, callBits } from './wire-values';

/** MonitorID is the first field of every event that a monitor can cause. */
const monitorIdOffset = 8;

/** One draft for all sessions; it is encoded at most once per version, and not at all when nobody wants it. */
class Encodings {
  readonly #frames = new Map<ProtocolVersion, Buffer>();

  constructor(private readonly draft: () => Draft) {}

  /** As this session may see it: variables it did not register for are left out. */
  for(session: Session): Buffer {
    if (session.registration !== undefined) {
      return encodeMessage(registeredOnly(this.draft(), session.registration), session.version);
    }
    let frame = this.#frames.get(session.version);
    if (frame === undefined) {
      frame = encodeMessage(this.draft(), session.version);
      this.#frames.set(session.version, frame);
    }
    return frame;
  }

  forMonitor(session: Session, monitorId: number): Buffer {
    const frame = Buffer.from(this.for(session));
    frame.writeUInt32BE(monitorId, monitorIdOffset);
    return frame;
  }
}

/** Tells the sessions of both sides what happened in the model, each what its services, masks and monitors ask for. */
export function broadcast(event: ModelEvent, sides: readonly Side[], source: () => EventSource): void {
  switch (event.kind) {
    case 'agentState': {
      const current = source();
      for (let group = 0; group < current.skillGroupEvents; group++) tellAgentState(event, sides, current, group);
      return;
    }
    case 'call':
      tellCall(event, sides, source);
      return;
    case 'agentsAdded':
      for (const side of sides) {
        sendAgentsAdded(side, event.agents);
        side.tellTeams(event.agents);
      }
      return;
    case 'requestSettled':
      return;
  }
}

/** Of several events for one change, all but the first repeat what is known: IGNORE_DUPLICATE_AGENT_EVENTS spares them. */
function tellAgentState(
  event: Extract<ModelEvent, { kind: 'agentState' }>,
  sides: readonly Side[],
  source: EventSource,
  group: number,
): void {
  const { agent } = event;
  const bit = agentStateBit(event.standing.state);
  const encodings = new Encodings(() => draftOfAgentState(event, source, group));
  for (const side of sides) {
    if (!side.tellsEvents || side.isMuted(event.requestId)) continue;
    for (const session of side.sessions) {
      if (session.wantsAgent(bit, agent.agentId, event.duplicate || group > 0)) {
        session.sendFrame(encodings.for(session));
      }
      for (const [monitorId, monitor] of session.monitors) {
        if (watchesAgent(monitor, agent, bit, session.grant.agentStateMask)) {
          session.sendFrame(encodings.forMonitor(session, monitorId));
        }
      }
    }
  }
}

function tellCall(
  event: Extract<ModelEvent, { kind: 'call' }>,
  sides: readonly Side[],
  source: () => EventSource,
): void {
  const bit = callBits[event.step];
  const encodings = new Encodings(() => draftOfCall(event, source()));
  for (const side of sides) {
    for (const session of side.sessions) {
      if (side.tellsEvents) {
        if (session.wantsCall(bit, event.leg.agent.agentId)) session.sendFrame(encodings.for(session));
        for (const [monitorId, monitor] of session.monitors) {
          if (watchesCall(monitor, event, bit)) session.sendFrame(encodings.forMonitor(session, monitorId));
        }
      }
      if (session.monitors.size > 0) followCall(session.monitors, event);
    }
  }
}
