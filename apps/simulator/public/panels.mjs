import { control } from './control.mjs';
import { html } from './html.mjs';
import { clock, orderWords, outcomeTone, outcomeWords, reason, stateTone, stateWords } from './words.mjs';

/** Agents without a card that the table shows at most; the search finds the others. */
const rowsMax = 20;

/** Choose an agent and open a desktop: the first thing to do here. */
export function StartPanel({ agents, chosen, choose, run, canOpen }) {
  const open = (side) => (event) => {
    event.preventDefault();
    run(async () => {
      const agent = agents.find((each) => each.agentId === chosen);
      if (agent === undefined) throw new Error('Choose an agent first.');
      if (agent.stateName === 'LOGOUT') await control.signIn(agent.agentId, 'READY');
      await control.openDesktop(agent.agentId, side);
    });
  };
  return html`
    <form class="start" onSubmit=${open('primary')}>
      <label>
        Agent
        <input
          list="agents"
          value=${chosen}
          placeholder="1001"
          inputmode="numeric"
          onInput=${(event) => choose(event.target.value)}
        />
      </label>
      <datalist id="agents">
        ${agents
          .slice(0, 1000)
          .map(
            (agent) => html`<option value=${agent.agentId}>${stateWords[agent.stateName] ?? agent.stateName}</option>`,
          )}
      </datalist>
      <button type="submit" disabled=${!canOpen}>Sign in, open a desktop on primary</button>
      <button type="button" class="outline" disabled=${!canOpen} onClick=${open('secondary')}>on secondary</button>
    </form>
  `;
}

/** LOAD decides what a forced logout becomes. */
export function LoadSwitch({ load, run }) {
  return html`
    <label class="load">
      <input
        type="checkbox"
        role="switch"
        checked=${load === 1}
        onChange=${(event) => run(() => control.setLoad(event.target.checked ? 1 : 0))}
      />
      <span>
        <strong>LOAD ${load}</strong> (Logout on Agent Disconnect): a forced logout
        ${load === 1 ? ' logs the agent out, even during a call' : ' makes the agent Not Ready, after the call'}
      </span>
    </label>
  `;
}

export function Sides({ sides, servers, run }) {
  return html`
    <div class="sides">
      ${sides.map(
        (side) => html`
          <div class="side">
            <strong>CTI server ${side.side}</strong> <small>${side.address}</small>
            <span class=${`badge ${side.listening ? 'good' : 'bad'}`}>${side.listening ? 'up' : 'down'}</span>
            <small>${side.sessions} ${side.sessions === 1 ? 'client' : 'clients'}</small>
            ${side.faults.map((fault) => html`<span class="badge bad">${fault.fault}</span>`)}
            <button
              class="secondary outline"
              onClick=${() => run(() => control.setFault(side.side, side.listening ? 'down' : 'up'))}
            >
              ${side.listening ? 'Take down' : 'Bring up'}
            </button>
          </div>
        `,
      )}
      ${Object.entries(servers).map(
        ([name, url]) => html`<div class="side"><strong>Desktop server ${name}</strong> <small>${url}</small></div>`,
      )}
    </div>
  `;
}

export function OtherAgents({ agents, run }) {
  const shown = agents.slice(0, rowsMax);
  return html`
    <table class="others">
      <thead>
        <tr>
          <th>Agent</th>
          <th>Extension</th>
          <th>At the CTI server</th>
          <th></th>
        </tr>
      </thead>
      <tbody>
        ${shown.map(
          (agent) => html`
            <tr key=${agent.agentId}>
              <td>${agent.agentId}</td>
              <td>${agent.extension}</td>
              <td>
                <span class=${`badge ${stateTone[agent.stateName] ?? 'quiet'}`}>
                  ${stateWords[agent.stateName] ?? agent.stateName}
                </span>
                <small> ${reason(agent.reasonCode)}</small>
              </td>
              <td>
                <button class="secondary outline" onClick=${() => run(() => control.signIn(agent.agentId, 'READY'))}>
                  Sign in
                </button>
              </td>
            </tr>
          `,
        )}
      </tbody>
    </table>
    ${agents.length > rowsMax && html`<p><small>and ${agents.length - rowsMax} more</small></p>`}
  `;
}

/** SET_AGENT_STATE_REQ as they arrive, the newest first. */
export function Requests({ requests, run }) {
  return html`
    <section class="requests">
      <div class="title-line">
        <h2>Requests to the CTI server</h2>
        ${
          requests.length > 0 &&
          html`<button class="secondary outline" onClick=${() => run(() => control.forgetRequests(), 'forgotten')}>
            Clear
          </button>`
        }
      </div>
      ${
        requests.length === 0 &&
        html`<p class="empty">
          None yet. When an agent's last desktop is gone for longer than the grace, the forced logout shows up here.
        </p>`
      }
      <ol>
        ${requests.map((request) => html`<${RequestLine} key=${request.id} request=${request} />`)}
      </ol>
    </section>
  `;
}

function RequestLine({ request }) {
  const outcome = outcomeWords[request.outcome] ?? request.outcome;
  const code = request.code === null ? '' : ` ${request.code}`;
  return html`
    <li>
      <div class="request-line">
        <code>${clock(request.at)}</code>
        <strong>${orderWords[request.stateName] ?? request.stateName} agent ${request.agentId}</strong>
        <span class=${`badge ${outcomeTone[request.outcome] ?? 'quiet'}`}>${outcome}${code}</span>
      </div>
      <small>
        ${[
          reason(request.reasonCode),
          request.forced ? 'forced' : '',
          request.stateBefore === null ? '' : `was ${stateWords[request.stateBefore] ?? request.stateBefore}`,
          request.onCall ? 'during a call' : '',
          `by ${request.clientId || 'a nameless client'} on side ${request.side}`,
        ]
          .filter((text) => text !== '')
          .join(' · ')}
      </small>
    </li>
  `;
}
