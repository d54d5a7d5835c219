import { html } from './html.mjs';
import { age, causeWords, clock, outcomeWords, toneOf } from './words.mjs';

/** The journal: losses with what became of them, or every line as it comes. */
export function journal(state, now, act) {
  const { journalView } = state;
  return html`
    <section aria-labelledby="journal-title">
      <header class="section">
        <h2 id="journal-title">Journal</h2>
        <div class="tabs" role="toolbar" aria-label="Journal">
          ${[
            ['losses', 'Losses'],
            ['lines', 'Every line'],
          ].map(
            ([name, label]) => html`
              <button
                key=${name}
                class="tab"
                aria-pressed=${String(journalView === name)}
                onClick=${() => act.showJournal(name)}
              >
                ${label}
              </button>
            `,
          )}
        </div>
        ${filters(state, act)}
      </header>
      ${journalView === 'losses' ? lossList(state, now, act) : lineList(state, now, act)}
    </section>
  `;
}

function filters({ filters: chosen, typedAgent, journalView }, act) {
  return html`
    <form class="filters" onSubmit=${(event) => event.preventDefault()}>
      <input
        type="search"
        aria-label="Only this agent"
        placeholder="Agent"
        value=${typedAgent}
        onInput=${(event) => act.typeAgent(event.target.value)}
        onChange=${(event) => act.filter({ agent: event.target.value.trim() })}
      />
      ${
        journalView === 'losses' &&
        html`<select
          aria-label="Only this outcome"
          value=${chosen.outcome}
          onChange=${(event) => act.filter({ outcome: event.target.value })}
        >
          <option value="">Any outcome</option>
          ${Object.entries(outcomeWords).map(([name, words]) => html`<option key=${name} value=${name}>${words}</option>`)}
        </select>`
      }
    </form>
  `;
}

function lossList({ losses }, now, act) {
  const { rows, next, loading, fault } = losses;
  if (fault) return html`<p class="bad" role="alert">${fault}</p>`;
  if (rows.length === 0)
    return html`<p class="empty" aria-busy=${String(loading)}>${loading ? 'Asking…' : 'No losses.'}</p>`;
  return html`
    <ol class="journal">
      ${rows.map((row) => lossRow(row, now, act))}
    </ol>
    ${
      next !== null &&
      html`<button class="small outline secondary" aria-busy=${String(loading)} onClick=${() => act.moreLosses()}>
        Earlier losses
      </button>`
    }
  `;
}

function lossRow(row, now, act) {
  const { loss, agentId, cause, side, lostAt, outcome, sentence } = row;
  return html`
    <li key=${loss}>
      <button class="plain entry" onClick=${() => act.open('loss', loss)}>
        <span class="when" title=${clock(lostAt, now)}>${age(lostAt, now)} ago</span>
        <b>${agentId}</b>
        <span class="quiet">${causeWords[cause] ?? cause}${side ? `, ${side}` : ''}</span>
        <span class="pill ${toneOf(outcome)}">${outcome === null ? 'goes on' : outcomeWords[outcome]}</span>
        <span class="sentence">${sentence}</span>
      </button>
    </li>
  `;
}

const lineTones = { outcome: 'calm', alarm: 'bad', held: 'held', issuing: 'busy', inDoubt: 'bad', lossBegan: 'open' };

export const whatWords = {
  lossBegan: 'loss began',
  held: 'held',
  released: 'released',
  issuing: 'request',
  inDoubt: 'in doubt',
  stageDone: 'stage done',
  outcome: 'outcome',
  alarm: 'alarm',
  suppressed: 'not acted upon',
  operatorActed: 'operator',
  signedOut: 'signed out',
  signedIn: 'signed in',
  restored: 'restored',
  dataLost: 'data lost',
  linesLeftOut: 'lines left out',
  unreadable: 'unreadable',
};

export function toneOfLine({ what, outcome }) {
  return what === 'outcome' ? toneOf(outcome) : (lineTones[what] ?? 'none');
}

function lineList({ lines, losses, filters: { agent } }, now, act) {
  if (agent !== '' && losses.fault) return html`<p class="bad" role="alert">${losses.fault}</p>`;
  const shown = agent === '' ? lines : lines.filter((line) => line.agentId === agent);
  if (shown.length === 0) return html`<p class="empty">No lines in the last quarter of an hour.</p>`;
  return html`
    <ol class="journal" aria-label="Lines of the journal, the latest first">
      ${shown.map(
        (line) => html`
          <li key=${line.id}>
            <button
              class="plain entry"
              onClick=${() =>
                line.loss === null ? act.open('agent', line.agentId) : act.open('loss', `${line.agentId}@${line.loss}`)}
            >
              <span class="when">${clock(line.at, now)}</span>
              <b>${line.agentId}</b>
              <span class="pill ${toneOfLine(line)}">
                ${line.outcome === null ? whatWords[line.what] : outcomeWords[line.outcome]}
              </span>
              <span class="sentence">${line.sentence}</span>
            </button>
          </li>
        `,
      )}
    </ol>
  `;
}
