import { html } from './html.mjs';
import { orderButtons } from './orders.mjs';
import { byUrgency, rowsMax } from './state.mjs';
import { age, causeWords, clock, count, countdown, outcomeWords, phaseWords, reasonWords, toneOf } from './words.mjs';

/** Agents by phase: those that wait for something as they change, the others on demand. */
export function listOfAgents(state, now, act) {
  const { overview, phase } = state;
  return html`
    <section aria-labelledby="agents-title">
      <header class="section">
        <h2 id="agents-title">Agents</h2>
        <form
          class="find"
          onSubmit=${(event) => {
            event.preventDefault();
            act.find(event.target.elements.find.value.trim());
          }}
        >
          <input
            id="find"
            name="find"
            type="search"
            placeholder="Find an agent  ( / )"
            aria-label="Find an agent by id"
          />
        </form>
      </header>
      ${overview && tabs(overview.phases, phase, act)} ${overview && rowsOf(state, now, act)}
    </section>
  `;
}

function tabs(phases, chosen, act) {
  const waiting = phases.issuing + phases.held + phases.grace;
  const entries = [
    ['attention', 'Waiting', waiting, 'Without a desktop: issuing, held and in grace'],
    ...['issuing', 'held', 'grace', 'present', 'settled'].map((name) => [
      name,
      phaseWords[name].name,
      phases[name],
      phaseWords[name].hint,
    ]),
  ];
  return html`
    <div class="tabs" role="toolbar" aria-label="Phase">
      ${entries.map(
        ([name, label, number, hint]) => html`
          <button
            key=${name}
            class="tab ${name} ${number > 0 ? 'some' : ''}"
            aria-pressed=${String(chosen === name)}
            title=${hint}
            onClick=${() => act.showPhase(name)}
          >
            <b>${number.toLocaleString('en')}</b> ${label}
          </button>
        `,
      )}
    </div>
  `;
}

const streamed = ['attention', 'issuing', 'held', 'grace'];

function rowsOf(state, now, act) {
  const { phase, overview, listed } = state;
  if (!streamed.includes(phase)) {
    if (listed === null) return html`<p aria-busy="true">Asking…</p>`;
    if (listed.fault) return html`<p class="bad" role="alert">${listed.fault}</p>`;
    return table(listed.agents, overview.phases[phase], now, act);
  }
  const waiting = byUrgency(state.agents);
  const agents = phase === 'attention' ? waiting : waiting.filter((agent) => agent.phase === phase);
  const { issuing, held, grace } = overview.phases;
  return table(agents, phase === 'attention' ? issuing + held + grace : overview.phases[phase], now, act);
}

function table(agents, total, now, act) {
  if (agents.length === 0) return html`<p class="empty">${total === 0 ? 'Nobody.' : 'Nobody to show yet.'}</p>`;
  const shown = agents.slice(0, rowsMax);
  return html`
    <div class="scroll">
      <table class="agents">
        <thead>
          <tr>
            <th>Agent</th>
            <th>Phase</th>
            <th>Why</th>
            <th>Since</th>
            <th><span class="sr">Orders</span></th>
          </tr>
        </thead>
        <tbody>
          ${shown.map((agent) => row(agent, now, act))}
        </tbody>
      </table>
    </div>
    ${
      total > shown.length &&
      html`<p class="quiet more">
        The first ${shown.length} of ${count(total, 'agent')}. Find one by its id, or ask <code>/api/agents</code> for
        more.
      </p>`
    }
  `;
}

function row(agent, now, act) {
  const { agentId, phase, alarmed } = agent;
  return html`
    <tr key=${agentId} class=${alarmed ? 'alarmed' : ''}>
      <th scope="row"><button class="plain id" onClick=${() => act.open('agent', agentId)}>${agentId}</button></th>
      <td>${phaseCell(agent, now)}</td>
      <td>${whyCell(agent)}</td>
      <td class="nowrap">${sinceCell(agent, now)}</td>
      <td class="nowrap right">${phase === 'settled' ? null : orderButtons(agent, act)}</td>
    </tr>
  `;
}

/** The phase, with what it waits for: the end of grace, the outcome, the end of a call. */
export function phaseCell({ phase, dueAt, outcome, alarmed, loss, desktops }, now) {
  switch (phase) {
    case 'grace':
      return html`<span class="pill open timer" title="due at ${clock(dueAt, now)}">
        ${dueAt > now ? html`out in ${countdown(dueAt, now)}` : 'due now'}
      </span>`;
    case 'held':
      return html`<span class="pill ${alarmed ? 'bad' : 'held'}">${alarmed ? 'held too long' : 'held'}</span>`;
    case 'issuing':
      return html`<span class="pill busy">request ${loss.attempts}</span>`;
    case 'settled':
      if (desktops.length > 0) return html`<span class="pill held">signed out, desktop open</span>`;
      return html`<span class="pill ${toneOf(outcome)}">${outcomeWords[outcome]}</span>`;
    default:
      return html`<span class="pill calm">${phase}</span>`;
  }
}

function whyCell({ phase, reasons, loss, desktops, sentence }) {
  const where = loss?.side ? html`<span class="quiet"> · ${causeWords[loss.cause]}, ${loss.side}</span>` : null;
  switch (phase) {
    case 'held':
      return html`<span title=${sentence}>${reasons.map((reason) => reasonWords[reason]).join(', ')}</span>${where}`;
    case 'grace':
    case 'issuing':
      return loss.side === null
        ? 'ordered by an operator'
        : html`<span title=${sentence}>${loss.desktopId} ${causeWords[loss.cause]}</span>
            <span class="quiet"> · ${loss.side}</span>`;
    case 'present':
      return desktops.map(
        ({ connection, desktopId, side }) =>
          html`<span key=${connection}>${desktopId} <span class="quiet">${side} </span></span>`,
      );
    default:
      return html`<span class="quiet">${desktops.length > 0 ? 'has an open desktop' : 'no desktop'}</span>`;
  }
}

function sinceCell({ phase, since, loss }, now) {
  const at = phase === 'grace' ? loss.lostAt : since;
  return at === null ? '' : html`<span title=${clock(at, now)}>${age(at, now)}</span>`;
}
