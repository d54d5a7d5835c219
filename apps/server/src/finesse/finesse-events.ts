/**
 * What becomes of requests that were answered with 202, told to whoever sends notifications.
 *
 * REST and notifications meet here and nowhere else. An order may be given at one server process while another one holds
 * the connection by which agents are notified, so every process hears the events of all of them. That is best effort, as
 * with Finesse: an event that is lost costs an agent the `requestId` of a notification, or the word that a request
 * failed; what the agent's state became is told from the link's mirror all the same.
 */

/** `<ApiError>` in Finesse's own words: `Invalid State`, `CF_INVALID_OBJECT_STATE`, `22`. */
export interface FinesseError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly errorData: string;
}

/** What was asked for. LOGIN is an action, the others are states. */
export type FinesseAction = 'LOGIN' | 'READY' | 'NOT_READY' | 'LOGOUT';

interface OfOneRequest {
  readonly agentId: string;
  /** The request's own header `requestId`; undefined when it had none. */
  readonly requestId: string | undefined;
  readonly action: FinesseAction;
}

export type FinesseEvent =
  /** Told before the order leaves: changes of this agent that the mirror sees from now on may be its effect. */
  | ({ readonly kind: 'asked' } & OfOneRequest)
  /** Done. Nothing changes when an agent who is signed in signs in again, and the agent is to be told all the same. */
  | ({ readonly kind: 'done' } & OfOneRequest)
  /** Not done. To be told as `<apiErrors>` on `/finesse/api/User/{id}`. */
  | ({ readonly kind: 'failed'; readonly error: FinesseError } & OfOneRequest);

export abstract class FinesseEvents {
  /** Tells all server processes, this one included. Never rejects and is not waited for. */
  abstract tell(event: FinesseEvent): void;
  /** Hears what all server processes tell. Answers the function that ends it. */
  abstract follow(listener: (event: FinesseEvent) => void): () => void;
}
