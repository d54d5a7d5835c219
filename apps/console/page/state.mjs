/**
 * Pure: the one state of the page, and how each message changes it. What is shown follows from it and from nothing else.
 */

/** Rows that a list renders at most; the rest is told as a count. */
export const rowsMax = 100;
export const linesMax = 300;
export const lossesMax = 200;

export const initialState = {
  /** `connecting`, `live`, `lost` (no console) or `storeAway` (no Redis). */
  connection: { kind: 'connecting', since: 0 },
  overview: null,
  /** By agentId: those in issuing, held and grace. */
  agents: {},
  /** Server time minus ours, ms. */
  offsetMs: 0,
  /** The journal, newest first. */
  lines: [],
  losses: { rows: [], next: null, loading: true },
  filters: { agent: '', outcome: '' },
  // What stands in the field of the filter while somebody types: a page that changes meanwhile leaves it alone.
  typedAgent: '',
  journalView: 'losses',
  phase: 'attention',
  /** Agents of the phase that was asked for, and the agent that was looked for. */
  listed: null,
  /** What the address names: a loss or an agent. */
  open: null,
  question: null,
  notice: null,
};

/** @param message {type, …}; `at` is this browser's time in epoch ms. */
export function reduce(state, message) {
  switch (message.type) {
    case 'snapshot':
      return {
        ...withOverview(state, message.data.overview, message.at),
        agents: Object.fromEntries(message.data.agents.map((agent) => [agent.agentId, agent])),
        lines: [...message.data.lines].reverse().slice(0, linesMax),
      };
    case 'overview':
      return withOverview(state, message.data, message.at);
    case 'agents':
      return { ...state, agents: changeAgents(state.agents, message.data) };
    case 'lines':
      return {
        ...state,
        lines: [...[...message.data].reverse(), ...state.lines].slice(0, linesMax),
        losses: { ...state.losses, rows: growLosses(state.losses.rows, message.data, state.filters) },
      };
    case 'storeAway':
      return setConnection(state, 'storeAway', message.at);
    case 'lost':
      return setConnection(state, 'lost', message.at);
    default:
      return { ...state, ...message.change };
  }
}

function setConnection(state, kind, at) {
  return state.connection.kind === kind ? state : { ...state, connection: { kind, since: at } };
}

function withOverview(state, overview, at) {
  return { ...setConnection(state, 'live', at), overview, offsetMs: overview.now - at };
}

function changeAgents(agents, { changed, gone }) {
  const next = { ...agents };
  for (const agentId of gone) delete next[agentId];
  for (const agent of changed) next[agent.agentId] = agent;
  return next;
}

/** Brings the list of losses up to date with lines that have just come; a filtered list stays filtered. */
function growLosses(rows, lines, filters) {
  let next = rows;
  for (const line of lines) {
    if (line.loss === null) continue;
    const id = `${line.agentId}@${line.loss}`;
    const known = next.some((row) => row.loss === id);
    if (known) {
      next = next.map((row) => (row.loss === id ? changeLoss(row, line) : row));
    } else if (line.what === 'lossBegan' && isWanted(line, filters)) {
      next = [beginLoss(id, line), ...next];
    }
  }
  if (filters.outcome !== '') next = next.filter((row) => row.outcome === filters.outcome);
  return next.slice(0, lossesMax);
}

function isWanted({ agentId }, { agent, outcome }) {
  return outcome === '' && (agent === '' || agent === agentId);
}

function changeLoss(row, line) {
  const ended = line.what === 'outcome' ? { outcome: line.outcome, endedAt: line.at } : {};
  return { ...row, sentence: line.sentence, ...ended };
}

function beginLoss(id, line) {
  const { agentId, loss, at, sentence, cause, side } = line;
  return { loss: id, agentId, epoch: loss, cause, side, lostAt: at, outcome: null, endedAt: null, sentence };
}

const urgency = { issuing: 0, held: 1, grace: 2 };

/** Those that need attention: issuing, then held (the longest first), then grace (the next due first). */
export function byUrgency(agents) {
  return Object.values(agents).sort(
    (one, other) =>
      urgency[one.phase] - urgency[other.phase] ||
      Number(other.alarmed) - Number(one.alarmed) ||
      (one.phase === 'held' ? one.since - other.since : one.dueAt - other.dueAt) ||
      one.agentId.localeCompare(other.agentId),
  );
}

/** What an operator may order about an agent as it is now; the server checks again. */
export function ordersFor(agent) {
  switch (agent.phase) {
    case 'grace':
      return agent.loss.released ? ['cancel'] : ['cancel', 'logout'];
    case 'held':
      // Grace is over already. A release ends what an operator can end; a call or an outage ends by itself. What the CTI
      // server rejected is tried again at once.
      if (agent.reasons.includes('rejected')) return ['cancel', 'logout'];
      return agent.reasons.some((reason) => reason === 'massLoss' || reason === 'operator')
        ? ['release', 'cancel']
        : ['cancel'];
    case 'settled':
      return agent.desktops.length === 0 && agent.signedIn !== 'no' ? ['logout'] : [];
    default:
      return [];
  }
}

/** An id or a login name, as libs/domain/src/agent-id.ts has it. */
export function isAgentName(text) {
  return /^[A-Za-z0-9_.@+'&\\-]{1,50}$/.test(text);
}

/** `#/losses/1001@7` or `#/agents/1001`, where a login name may stand for the id; null for anything else. */
export function readAddress(hash) {
  const loss = /^#\/losses\/([A-Za-z0-9_.-]{1,11}@\d{1,15})$/.exec(hash);
  if (loss !== null) return { kind: 'loss', id: loss[1] };
  const agent = /^#\/agents\/([^/]{1,150})$/.exec(hash);
  const id = agent === null ? '' : decoded(agent[1]);
  return isAgentName(id) ? { kind: 'agent', id } : null;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
