import { type Agent } from './agents';
import { type Call } from './calls';
import { ContactCentre } from './contact-centre';
import { type ModelEvent } from './events';
import { isRefusal } from './refusal';
import { type StateRequest, type Verdict } from './rules';
import { type Settings } from './settings';

export const timeMs = 1_704_067_200_000;

/** A contact centre of three agents that writes down everything it tells; `onEvent` gets each event within the change. */
export function contactCentre(
  settings: Partial<Settings> = {},
  onEvent: (event: ModelEvent) => void = () => undefined,
) {
  const centre = new ContactCentre(settings, () => timeMs);
  centre.agents.add(3);
  const told: ModelEvent[] = [];
  centre.listen((event) => {
    told.push(event);
    onEvent(event);
  });
  return { centre, told };
}

export function agent(centre: ContactCentre, agentId = '1001'): Agent {
  const found = centre.agents.find(agentId);
  if (found === undefined) throw new Error(`no agent ${agentId}`);
  return found;
}

export function signedIn(centre: ContactCentre, state: 'NOT_READY' | 'AVAILABLE', agentId = '1001'): Agent {
  const who = agent(centre, agentId);
  centre.signIn(who);
  if (state === 'AVAILABLE') centre.ask(who, 'AVAILABLE', 0);
  return who;
}

/** As a CTI client asks: judged, then carried out. */
export function request(centre: ContactCentre, who: Agent, asked: Partial<StateRequest>, requestId = 1): Verdict {
  const verdict = centre.agents.judge(who, { state: 'LOGOUT', reasonCode: 0, forcedFlag: 0, ...asked });
  centre.agents.carryOut(who, verdict, requestId);
  return verdict;
}

export const forcedLogout: StateRequest = { state: 'LOGOUT', reasonCode: 255, forcedFlag: 1 };

export function started(result: ReturnType<ContactCentre['calls']['start']>): Call {
  if (isRefusal(result)) throw new Error(result.sentence);
  return result;
}

/** The events as short words: `1001 TALKING`, `delivered 3001`. */
export function inWords(events: readonly ModelEvent[]): string[] {
  return events.flatMap((event) => {
    switch (event.kind) {
      case 'agentState':
        return [`${event.agent.agentId} ${event.standing.state}`];
      case 'call':
        return [`${event.step} ${event.leg.device}`];
      case 'requestSettled':
      case 'agentsAdded':
        return [];
    }
  });
}
