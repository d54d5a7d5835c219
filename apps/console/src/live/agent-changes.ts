import { type AgentView } from '../api/agent-view';

/** What changed among the listed agents since the last look. */
export interface AgentChanges {
  readonly changed: readonly AgentView[];
  readonly gone: readonly string[];
}

/** Compares by content: a row that reads the same is not sent again. */
export class AgentRows {
  private rows = new Map<string, { readonly view: AgentView; readonly text: string }>();

  get all(): readonly AgentView[] {
    return [...this.rows.values()].map(({ view }) => view);
  }

  /** Takes the rows as they are now; answers what is new in them. */
  replace(views: readonly AgentView[]): AgentChanges {
    const before = this.rows;
    this.rows = new Map(views.map((view) => [view.agentId, { view, text: JSON.stringify(view) }]));
    const changed = [...this.rows.values()].filter(({ view, text }) => before.get(view.agentId)?.text !== text);
    return {
      changed: changed.map(({ view }) => view),
      gone: [...before.keys()].filter((agentId) => !this.rows.has(agentId)),
    };
  }
}
