import { listOfAgents } from './agents.mjs';
import { ask, listen, order } from './connection.mjs';
import { topOfPage } from './glance.mjs';
import { html } from './html.mjs';
import { journal } from './journal.mjs';
import { details } from './details.mjs';
import { render } from './preact.mjs';
import { notice, question } from './question.mjs';
import { initialState, isAgentName, readAddress, reduce } from './state.mjs';

/** The one loop of the page: messages change the state, the state is rendered, once per frame at most. */

const tickMs = 1_000;
const listRefreshMs = 5_000;
const noticeMs = 6_000;
const listedMax = 100;

let state = initialState;
let isDue = false;

function dispatch(message) {
  state = reduce(state, message);
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(paint);
}

function change(partial) {
  dispatch({ type: 'change', change: partial });
}

function paint() {
  isDue = false;
  const now = Date.now() + state.offsetMs;
  render(
    html`
      ${topOfPage(state, now, act)}
      <main class="container-fluid columns">${listOfAgents(state, now, act)} ${journal(state, now, act)}</main>
      ${details(state, now, act)} ${question(state, act)} ${notice(state, act)}
    `,
    document.getElementById('app'),
  );
  document.title = titleOf(state);
}

function titleOf({ overview, connection }) {
  if (connection.kind !== 'live' || overview === null) return 'Not connected · Lastcall';
  const { issuing, held, grace } = overview.phases;
  const open = issuing + held + grace;
  const alarms = overview.alarms.filter(({ level }) => level === 'alarm').length;
  return `${alarms > 0 ? '⚠ ' : ''}${open > 0 ? `(${open}) ` : ''}Lastcall console`;
}

/** Everything that a click or a key can do. */
const act = {
  showPhase(phase) {
    change({ phase, listed: null });
    void refreshList();
  },
  find(name) {
    if (isAgentName(name)) location.hash = `#/agents/${encodeURIComponent(name)}`;
    else if (name !== '')
      tell('bad', `${name} is neither an agent id nor a login name (1 to 50 of A-Z a-z 0-9 _ . @ + ' & \\ -).`);
  },
  open(kind, id) {
    location.hash = `#/${kind === 'loss' ? 'losses' : 'agents'}/${id}`;
  },
  close() {
    history.replaceState(null, '', location.pathname);
    change({ open: null });
  },
  typeAgent(typedAgent) {
    change({ typedAgent });
  },
  filter(filters) {
    change({ filters: { ...state.filters, ...filters } });
    void loadLosses();
  },
  showJournal(journalView) {
    change({ journalView });
  },
  moreLosses() {
    void loadLosses(state.losses.next);
  },
  /** Asks before it does: {title, text, action, path, danger, done}; `done` is a sentence, or makes one of the answer. */
  ask(asked) {
    change({ question: { ...asked, busy: false } });
  },
  dismiss() {
    change({ question: null });
  },
  forgetNotice() {
    change({ notice: null });
  },
  async confirm() {
    const { path, done } = state.question;
    change({ question: { ...state.question, busy: true } });
    try {
      const answer = await order(path);
      tell('good', typeof done === 'function' ? done(answer) : done);
    } catch (error) {
      tell('bad', error.message);
    }
    change({ question: null });
    void loadOpen();
    void refreshList();
  },
};

function tell(tone, sentence) {
  const told = { tone, sentence };
  change({ notice: told });
  // A refusal stays until it was read.
  if (tone === 'good') setTimeout(() => state.notice === told && change({ notice: null }), noticeMs);
}

async function loadLosses(before) {
  const { agent, outcome } = state.filters;
  const wanted = new URLSearchParams({ limit: '100' });
  if (agent !== '') wanted.set('agent', agent);
  if (outcome !== '') wanted.set('outcome', outcome);
  if (before) wanted.set('before', before);
  change({ losses: { ...state.losses, loading: true, fault: null } });
  try {
    const { agent: found, losses, next } = await ask(`/api/losses?${wanted}`);
    // An answer to a question that is no longer asked.
    if (agent !== state.filters.agent || outcome !== state.filters.outcome) return;
    change({
      // Lines that come later are compared with the id as it is spelled in them.
      filters: { agent: found ?? '', outcome },
      typedAgent: state.typedAgent.trim() === agent ? (found ?? '') : state.typedAgent,
      losses: { rows: before ? [...state.losses.rows, ...losses] : losses, next, loading: false, fault: null },
    });
  } catch (error) {
    if (agent !== state.filters.agent || outcome !== state.filters.outcome) return;
    change({ losses: { rows: [], next: null, loading: false, fault: error.message } });
  }
}

/** Phases that do not wait for anything are not streamed: they are asked for while somebody looks at them. */
async function refreshList() {
  const { phase } = state;
  if (phase !== 'present' && phase !== 'settled') return;
  try {
    const { agents } = await ask(`/api/agents?phase=${phase}&limit=${listedMax}`);
    if (state.phase === phase) change({ listed: { agents, fault: null } });
  } catch (error) {
    if (state.phase === phase) change({ listed: { agents: [], fault: error.message } });
  }
}

async function loadOpen() {
  const wanted = readAddress(location.hash);
  if (wanted === null) {
    if (state.open !== null) change({ open: null });
    return;
  }
  const isSame = state.open?.kind === wanted.kind && state.open.id === wanted.id;
  if (!isSame) change({ open: { ...wanted, loading: true } });
  const { kind, id } = wanted;
  try {
    const found = kind === 'loss' ? await storyOf(id) : await agentOf(id);
    if (state.open?.id !== id) return;
    // The address names it as it is spelled, however it was typed.
    if (found.id !== id) history.replaceState(null, '', `#/${kind === 'loss' ? 'losses' : 'agents'}/${found.id}`);
    change({ open: { kind, ...found } });
  } catch (error) {
    if (state.open?.id === id) change({ open: { kind, id, fault: error.message, near: error.near ?? [] } });
  }
}

async function storyOf(id) {
  const story = await ask(`/api/losses/${id}`);
  const { agent } = await ask(`/api/agents/${story.agentId}`).catch(() => ({ agent: null }));
  return { id: story.loss, story, agent };
}

/** An agent whom only the journal knows has losses and no record. */
async function agentOf(name) {
  const id = encodeURIComponent(name);
  const [agent, losses] = await Promise.allSettled([ask(`/api/agents/${id}`), ask(`/api/losses?agent=${id}&limit=20`)]);
  if (agent.status === 'rejected' && losses.status === 'rejected') throw agent.reason;
  return {
    id: agent.value?.agent.agentId ?? losses.value.agent,
    agent: agent.value?.agent ?? null,
    unknown: agent.reason?.message,
    losses: losses.value?.losses ?? [],
  };
}

listen((message) => {
  const wasLive = state.connection.kind === 'live';
  dispatch(message);
  // After a gap, what was not streamed meanwhile is asked for.
  if (message.type === 'snapshot' || (message.type === 'overview' && !wasLive)) void loadLosses();
  if (message.type === 'lines' && isAbout(message.data, state.open)) void loadOpen();
});

function isAbout(lines, open) {
  if (open === null) return false;
  const agentId = open.kind === 'loss' ? open.id.slice(0, open.id.lastIndexOf('@')) : open.id;
  return lines.some((line) => line.agentId === agentId);
}

addEventListener('hashchange', () => void loadOpen());
addEventListener('keydown', (event) => {
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.getElementById('find')?.focus();
});
setInterval(() => change({}), tickMs);
setInterval(() => void refreshList(), listRefreshMs);
void loadOpen();
