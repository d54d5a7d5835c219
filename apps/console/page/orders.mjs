import { html } from './html.mjs';
import { ordersFor } from './state.mjs';

const orders = {
  cancel: {
    label: 'Cancel',
    hint: 'Keep this agent signed in',
    title: (id) => `Keep agent ${id} signed in?`,
    text: 'The loss is cancelled. The agent stays signed in although no desktop is open, until the next loss.',
    action: 'Keep signed in',
    done: (id) => `The loss of agent ${id} is cancelled.`,
  },
  release: {
    label: 'Release',
    hint: 'Let this loss go on',
    title: (id) => `Release the loss of agent ${id}?`,
    text: 'Mass loss and holds of a side no longer keep it. A call, an outage and the last look still do.',
    action: 'Release',
    done: (id) => `The loss of agent ${id} is released.`,
  },
  logout: {
    label: 'Sign out now',
    hint: 'End the grace; the gates stay',
    title: (id) => `Sign out agent ${id} now?`,
    text: 'Grace ends at once. An agent on a call, or with an open desktop on any side, is still not signed out.',
    action: 'Sign out',
    danger: true,
    done: (id) => `The logout of agent ${id} is ordered.`,
  },
};

/** The buttons of what an operator may order about an agent. */
export function orderButtons(agent, act) {
  return html`<span class="orders">
    ${ordersFor(agent).map((name) => {
      const { label, hint, title, text, action, danger, done } = orders[name];
      const { agentId } = agent;
      const asked = {
        text,
        action,
        danger,
        title: title(agentId),
        done: done(agentId),
        path: `/api/agents/${agentId}/${name}`,
      };
      return html`<button
        key=${name}
        class="small outline ${danger ? 'danger' : 'secondary'}"
        title=${hint}
        aria-label="${label}: agent ${agentId}"
        onClick=${() => act.ask(asked)}
      >
        ${label}
      </button>`;
    })}
  </span>`;
}
