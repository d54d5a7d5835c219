import { isDeepStrictEqual } from 'node:util';
import { type AgentView } from '#cti-client/agent-view';
import { type Dialog as CallDialog } from '#cti-client/dialog-book';
import { type Dialogs } from '#cti-client/dialogs';
import { type Mirror } from '#cti-client/mirror';
import { type Dialog, type DialogState, type Standing } from '#store/link-call';
import { finesseState } from './finesse-state';

/** Calls of one agent that are told (GED-188 has as many to a device). */
export const dialogsMax = 16;

/** Of a call is told how far its furthest party has come: the first of these that any is in. */
const furthestFirst: readonly DialogState[] = ['ACTIVE', 'HELD', 'ALERTING', 'INITIATING'];

export interface StandingsParts {
  readonly mirror: Mirror;
  readonly dialogs: Dialogs;
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
  /** Agents whose calls have changed; told at the end of the turn, when the state that goes with it is known, too. */
  private readonly toTell = new Set<string>();

  constructor(private readonly parts: StandingsParts) {}

  start(): void {
    const { mirror, dialogs } = this.parts;
    mirror.on('agentChanged', (_, after) => {
      this.take(after);
    });
    mirror.on('gap', () => {
      this.told.clear();
    });
    dialogs.on('dialogsChanged', (agentId) => {
      this.toTell.add(agentId);
      if (this.toTell.size > 1) return;
      setImmediate(() => {
        this.takeWaiting();
      });
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
      dialogs: this.parts.dialogs.of(view).slice(0, dialogsMax).map(dialogOf),
    };
  }

  private takeWaiting(): void {
    const agentIds = [...this.toTell];
    this.toTell.clear();
    for (const agentId of agentIds) {
      const view = this.parts.mirror.view(agentId);
      if (view !== undefined) this.take(view);
    }
  }

  private take(view: AgentView): void {
    const before = this.told.get(view.agentId);
    const after = this.of(view);
    if (isDeepStrictEqual(before, after)) return;
    this.told.set(view.agentId, after);
    this.parts.changed(before, after);
  }
}

function dialogOf({ callId, from, to, startedAt, parties }: CallDialog): Dialog {
  return {
    id: String(callId),
    state: furthestFirst.find((state) => parties.some((party) => party.state === state)) ?? 'DROPPED',
    fromAddress: from,
    toAddress: to,
    startedAt,
    participants: parties.map(({ device, state, since }) => ({
      mediaAddress: device,
      state,
      stateChangedAt: since,
    })),
  };
}
