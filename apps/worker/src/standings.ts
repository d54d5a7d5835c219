import { isDeepStrictEqual } from 'node:util';
import { type AgentView } from '#cti-client/agent-view';
import { type Mirror } from '#cti-client/mirror';
import { type Standing } from '#store/link-call';
import { finesseState } from './finesse-state';

export interface StandingsParts {
  readonly mirror: Mirror;
  /** Epoch ms. */
  readonly now: () => number;
  /** `before` is undefined where nothing was known since the last gap. */
  readonly changed: (before: Standing | undefined, after: Standing) => void;
}

/**
 * What desktops are told of agents, made from the mirror. It remembers what was told last of each agent, as many as the
 * mirror knows, so that a change can be told with what was before, and when the state began.
 */
export class Standings {
  private readonly told = new Map<string, Standing>();

  constructor(private readonly parts: StandingsParts) {}

  start(): void {
    const { mirror } = this.parts;
    mirror.on('agentChanged', (_, after) => {
      this.take(after);
    });
    mirror.on('gap', () => {
      this.told.clear();
    });
  }

  of(view: AgentView): Standing {
    const { agentId, reasonCode, signedOut, onCall, nextState } = view;
    const state = finesseState(view.state);
    const last = this.told.get(agentId);
    const isSameState = last?.state === state && last.reasonCode === reasonCode;
    return {
      agentId,
      state,
      reasonCode,
      extension: signedOut ? undefined : view.extension,
      pendingState: nextState === undefined || nextState === view.state ? undefined : finesseState(nextState),
      changedAt: isSameState ? last.changedAt : this.parts.now(),
      signedOut,
      onCall,
      dialogs: [],
    };
  }

  private take(view: AgentView): void {
    const before = this.told.get(view.agentId);
    const after = this.of(view);
    if (isDeepStrictEqual(before, after)) return;
    this.told.set(view.agentId, after);
    this.parts.changed(before, after);
  }
}
