import { encodeMessage } from '#cti-protocol/encode';
import { type Draft, type ProtocolVersion } from '#cti-protocol/messages';
import { type ModelEvent } from '../model/events';
import { draftOfAgentState, draftOfCall, type EventSource } from './event-drafts';
import { type Side } from './side';
import { agentStateBit, callBits } from './wire-values';

/** One draft for all sessions; it is encoded at most once per version, and not at all when nobody wants it. */
class Encodings {
  readonly #frames = new Map<ProtocolVersion, Buffer>();

  constructor(private readonly draft: () => Draft) {}

  in(version: ProtocolVersion): Buffer {
    let frame = this.#frames.get(version);
    if (frame === undefined) {
      frame = encodeMessage(this.draft(), version);
      this.#frames.set(version, frame);
    }
    return frame;
  }
}

/** Tells the sessions of both sides what happened in the model, each what its services and masks ask for. */
export function broadcast(event: ModelEvent, sides: readonly Side[], source: () => EventSource): void {
  switch (event.kind) {
    case 'agentState': {
      const bit = agentStateBit(event.standing.state);
      const encodings = new Encodings(() => draftOfAgentState(event, source()));
      for (const side of sides) {
        if (!side.tellsEvents || side.isMuted(event.requestId)) continue;
        for (const session of side.sessions) {
          if (session.wantsAgent(bit, event.agent.agentId, event.duplicate)) {
            session.sendFrame(encodings.in(session.version));
          }
        }
      }
      return;
    }
    case 'call': {
      const bit = callBits[event.step];
      const encodings = new Encodings(() => draftOfCall(event, source()));
      for (const side of sides) {
        if (!side.tellsEvents) continue;
        for (const session of side.sessions) {
          if (session.wantsCall(bit, event.leg.agent.agentId)) session.sendFrame(encodings.in(session.version));
        }
      }
      return;
    }
    case 'agentsAdded':
      for (const side of sides) side.tellTeams(event.agents);
      return;
    case 'requestSettled':
      return;
  }
}
