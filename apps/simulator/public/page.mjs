import { AgentCard } from './agents.mjs';
import { control } from './control.mjs';
import { html, render } from './html.mjs';
import { LoadSwitch, OtherAgents, Requests, Sides, StartPanel } from './panels.mjs';

/** Cards shown at most; with thousands of agents signed in, the search picks. */
const cardsMax = 40;
const requestsMax = 200;
const pollMs = 2000;
const clockMs = 1000;

const state = {
  agents: new Map(),
  desktops: new Map(),
  requests: new Map(),
  settings: { load: 1 },
  sides: [],
  servers: {},
  chosen: '1001',
  search: '',
  problem: '',
  live: false,
};

const root = document.getElementById('page');
let drawn = true;

function draw() {
  if (!drawn) return;
  drawn = false;
  // Several changes of one turn make one drawing; a hidden tab draws too, so no animation frame.
  queueMicrotask(() => {
    drawn = true;
    render(html`<${Page} />`, root);
  });
}

/** Does what a button stands for; a refusal is shown in the simulator's words. */
async function run(deed, afterwards) {
  try {
    await deed();
    state.problem = '';
    if (afterwards === 'forgotten') state.requests.clear();
    await poll();
  } catch (error) {
    state.problem = error.message;
  }
  draw();
}

async function poll() {
  const [settings, faults] = await Promise.all([control.settings(), control.faults()]);
  state.settings = settings;
  state.sides = faults.sides;
  // A desktop that was removed is in no event.
  const known = new Set((await (await fetch('/desktops')).json()).map((desktop) => desktop.desktopId));
  for (const id of state.desktops.keys()) if (!known.has(id)) state.desktops.delete(id);
  draw();
}

function follow() {
  const events = new EventSource('/events');
  events.onmessage = ({ data }) => {
    const changes = JSON.parse(data);
    for (const agent of changes.agents) state.agents.set(agent.agentId, agent);
    for (const desktop of changes.desktops) state.desktops.set(desktop.desktopId, desktop);
    for (const request of changes.requests) state.requests.set(request.id, request);
    for (const id of state.requests.keys()) {
      if (state.requests.size <= requestsMax) break;
      state.requests.delete(id);
    }
    state.live = true;
    draw();
  };
  events.onerror = () => {
    state.live = false;
    draw();
  };
}

function desktopsOf(agentId) {
  return [...state.desktops.values()].filter((desktop) => desktop.agentId === agentId);
}

function Page() {
  const agents = [...state.agents.values()];
  const found = agents.filter((agent) => state.search === '' || agent.agentId.includes(state.search));
  const withDesktop = new Set([...state.desktops.values()].map((desktop) => desktop.agentId));
  const isActive = (agent) => agent.stateName !== 'LOGOUT' || agent.onCall || withDesktop.has(agent.agentId);
  const active = found.filter(isActive);
  const canOpen = Object.keys(state.servers).length > 0;
  return html`
    <header class="container-fluid top">
      <h1>Lastcall simulator</h1>
      <p>
        A made-up contact centre to try Lastcall on: a pair of CTI servers with agents and calls, and desktops that are
        real WebSocket clients. Open a desktop, let it vanish, and watch what is asked of the CTI server.
      </p>
      <${Sides} sides=${state.sides} servers=${state.servers} run=${run} />
      <${LoadSwitch} load=${state.settings.load} run=${run} />
    </header>
    <main class="container-fluid columns">
      <div>
        <h2>Agents and their desktops</h2>
        <${StartPanel}
          agents=${agents}
          chosen=${state.chosen}
          choose=${(agentId) => {
            state.chosen = agentId;
            draw();
          }}
          run=${run}
          canOpen=${canOpen}
        />
        ${
          !canOpen &&
          html`<p class="empty">
            Desktops cannot be opened: the simulator does not know the desktop servers. Set PUBLIC_SERVERS.
          </p>`
        }
        ${active.length === 0 && html`<p class="empty">Nobody is signed in. Open a desktop to begin.</p>`}
        ${active
          .slice(0, cardsMax)
          .map(
            (agent) =>
              html`<${AgentCard}
                key=${agent.agentId}
                agent=${agent}
                desktops=${desktopsOf(agent.agentId)}
                now=${Date.now()}
                run=${run}
              />`,
          )}
        ${active.length > cardsMax && html`<p><small>and ${active.length - cardsMax} more; search for one.</small></p>`}
        <div class="title-line">
          <h2>Everybody else</h2>
          <input
            type="search"
            aria-label="Search for an agent"
            placeholder="Search for an agent"
            value=${state.search}
            onInput=${(event) => {
              state.search = event.target.value.trim();
              draw();
            }}
          />
        </div>
        <${OtherAgents} agents=${found.filter((agent) => !isActive(agent))} run=${run} />
      </div>
      <${Requests} requests=${[...state.requests.values()].reverse()} run=${run} />
    </main>
    <div class="problem" role="alert">
      ${
        state.problem !== '' &&
        html`<p>
          ${state.problem}
          <button
            class="secondary outline"
            onClick=${() => {
              state.problem = '';
              draw();
            }}
          >
            OK
          </button>
        </p>`
      }
      ${!state.live && html`<p>Connection to the simulator lost; trying again.</p>`}
    </div>
  `;
}

state.servers = await control.servers();
await poll();
follow();
// A simulator that is away is told by the event stream; a failed poll needs no words of its own.
setInterval(() => poll().catch(draw), pollMs);
setInterval(draw, clockMs);
