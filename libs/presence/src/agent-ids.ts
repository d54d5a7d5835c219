/** What maps the ids and login names that come in to the ids of agents: the directory of agents. */
export interface AgentIds {
  /** The one spelling of the id of the agent who is called so; undefined for nobody. */
  canonical(name: string): string | undefined;
}

/** Whom an id that came in means. `unavailable`: the directory does not know it, and the CTI server cannot be asked now. */
export type Found =
  | { readonly kind: 'agent'; readonly agentId: string }
  | { readonly kind: 'unknownAgent' }
  | { readonly kind: 'unavailable' };

/** The same where there is time to ask: nobody who exists is called unknown since the directory has not heard of it yet. */
export interface AgentIdsAsked {
  find(given: string): Promise<Found>;
}
