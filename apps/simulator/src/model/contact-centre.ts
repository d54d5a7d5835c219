import { type Agent, Agents } from './agents';
import { Calls } from './calls';
import { type EmitModelEvent, type ModelEvent } from './events';
import { refusal, type Refusal } from './refusal';
import { type Settings, SettingsHolder } from './settings';
import { type StateName } from './standing';

/** The contact centre both CTI servers show: settings, agents and calls. Pure but for the clock it is given. */
export class ContactCentre {
  readonly settings: SettingsHolder;
  readonly agents: Agents;
  readonly calls: Calls;
  readonly #listeners = new Set<EmitModelEvent>();

  constructor(settings: Partial<Settings>, now: () => number) {
    const emit = (event: ModelEvent): void => {
      for (const listener of this.#listeners) listener(event);
    };
    this.settings = new SettingsHolder(settings);
    this.agents = new Agents(this.settings, emit, now);
    this.calls = new Calls(this.agents, emit);
  }

  /** Listeners are called in the order of their registration, within the change itself. */
  listen(listener: EmitModelEvent): void {
    this.#listeners.add(listener);
  }

  /** The agent signs in at a device; signing in again there changes nothing. */
  signIn(agent: Agent, extension: string = agent.extension): Refusal | undefined {
    const signedIn = agent.resting.state !== 'LOGOUT';
    if (signedIn && extension !== agent.extension) {
      return refusal('alreadySignedIn', `Agent ${agent.agentId} is signed in at extension ${agent.extension}.`);
    }
    const occupant = this.agents.findByExtension(extension);
    if (occupant !== undefined && occupant !== agent && occupant.resting.state !== 'LOGOUT') {
      return refusal('extensionInUse', `Agent ${occupant.agentId} is signed in at extension ${extension}.`);
    }
    if (extension !== agent.extension) this.agents.moveTo(agent, extension);
    return this.ask(agent, 'LOGIN', 0);
  }

  /** What the agent's own sign-out button does: Not Ready first, then logged out; after the call when on one. */
  signOut(agent: Agent, reasonCode: number): Refusal | undefined {
    const onCall = agent.legs.length > 0;
    if (!onCall && agent.resting.state !== 'NOT_READY' && agent.resting.state !== 'LOGOUT') {
      const refused = this.ask(agent, 'NOT_READY', reasonCode);
      if (refused !== undefined) return refused;
    }
    return this.ask(agent, 'LOGOUT', reasonCode);
  }

  /** A change that the agent asks for himself; judged by the same rules as a CTI request. */
  ask(agent: Agent, state: StateName, reasonCode: number): Refusal | undefined {
    const verdict = this.agents.judge(agent, { state, reasonCode, forcedFlag: 0 });
    this.agents.carryOut(agent, verdict);
    if (verdict.kind !== 'refuse') return undefined;
    const code = `${verdict.failureCode}/${verdict.peripheralErrorCode}`;
    return refusal('transitionRefused', `Agent ${agent.agentId} cannot become ${state} now (failure code ${code}).`);
  }
}
