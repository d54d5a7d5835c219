import { ConflictException, NotFoundException } from '@nestjs/common';
import { type Agent } from '../model/agents';
import { type Call, type Leg } from '../model/calls';
import { isRefusal, type Refusal } from '../model/refusal';
import { type Simulator } from '../simulator';

/** 409 with the model's code and sentence. */
export function throwIfRefused<T extends object>(result: T | Refusal | undefined): asserts result is T | undefined {
  if (result !== undefined && isRefusal(result)) {
    throw new ConflictException({ code: result.code, message: result.sentence });
  }
}

export function agentOr404(simulator: Simulator, agentId: string): Agent {
  const agent = simulator.centre.agents.find(agentId);
  if (agent === undefined) {
    throw new NotFoundException({ code: 'unknownAgent', field: 'agentId', message: `There is no agent ${agentId}.` });
  }
  return agent;
}

export function callOr404(simulator: Simulator, callId: number): Call {
  const call = simulator.centre.calls.find(callId);
  if (call === undefined) {
    throw new NotFoundException({ code: 'unknownCall', field: 'callId', message: `There is no open call ${callId}.` });
  }
  return call;
}

/** The named agent's leg, or the first one. */
export function legOr404(call: Call, agentId: string | undefined): Leg {
  const leg = agentId === undefined ? call.legs[0] : call.legs.find((each) => each.agent.agentId === agentId);
  if (leg === undefined) {
    const message = `Agent ${agentId ?? ''} is not on call ${call.callId}.`;
    throw new NotFoundException({ code: 'unknownLeg', field: 'agentId', message });
  }
  return leg;
}
