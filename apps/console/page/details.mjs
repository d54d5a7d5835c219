import { phaseCell } from './agents.mjs';
import { html } from './html.mjs';
import { toneOfLine, whatWords } from './journal.mjs';
import { orderButtons } from './orders.mjs';
import { after, age, causeWords, clock, outcomeWords, toneOf } from './words.mjs';

/** What was opened: the whole story of a loss, or an agent with its losses. */
export function details({ open }, now, act) {
  if (open === null) return null;
  const title = open.kind === 'loss' ? `Loss ${open.id}` : `Agent ${open.id}`;
  return html`
    <dialog
      class="details"
      aria-labelledby="details-title"
      ref=${showModal}
      onClose=${() => act.close()}
      onClick=${closeOutside}
    >
      <article>
        <header>
          <button type="button" class="close" aria-label="Close" onClick=${() => act.close()}></button>
          <h2 id="details-title">${title}</h2>
        </header>
        ${open.loading && html`<p aria-busy="true">Asking…</p>`} ${open.fault && fault(open, act)}
        ${open.story && story(open, now, act)} ${open.kind === 'agent' && open.losses && agentDetails(open, now, act)}
      </article>
    </dialog>
  `;
}

/** Nobody, or nothing, to show: why, and the agents who may have been meant. */
function fault({ fault: sentence, near }, act) {
  return html`
    <p class="bad" role="alert">${sentence}</p>
    ${
      near.length > 0 &&
      html`<p class="now">
        ${near.map(
          (agentId) =>
            html`<button
              key=${agentId}
              class="small outline secondary"
              aria-label="Open agent ${agentId}"
              onClick=${() => act.open('agent', agentId)}
            >
              ${agentId}
            </button>`,
        )}
      </p>`
    }
  `;
}

export function showModal(dialog) {
  if (dialog !== null && !dialog.open) dialog.showModal();
}

function closeOutside(event) {
  if (event.target === event.currentTarget) event.currentTarget.close();
}

function story({ story: { agentId, epoch, why, lines }, agent }, now, act) {
  const start = lines[0].at;
  const goesOn = agent?.loss?.epoch === epoch;
  return html`
    <p class="why">${why}</p>
    <p class="now">
      ${goesOn && html`${phaseCell(agent, now)}${' '}${orderButtons(agent, act)}${' '}`}
      <button class="plain" onClick=${() => act.open('agent', agentId)}>Everything about agent ${agentId}</button>
    </p>
    <ol class="timeline">
      ${lines.map(
        (line) => html`
          <li key=${line.id} class=${toneOfLine(line)}>
            <div class="stamp">
              <time datetime=${new Date(line.at).toISOString()}>${clock(line.at, now)}</time>
              <span class="quiet">${line.at === start ? '' : after(line.at, start)}</span>
            </div>
            <div>
              <b>${line.outcome === null ? whatWords[line.what] : outcomeWords[line.outcome]}</b>
              <p>${line.sentence}</p>
            </div>
          </li>
        `,
      )}
    </ol>
  `;
}

function agentDetails({ agent, unknown, losses }, now, act) {
  return html`
    ${agent === null ? html`<p class="bad">${unknown}</p>` : agentNow(agent, now, act)}
    <h3>Losses</h3>
    ${losses.length === 0 && html`<p class="empty">None in the journal.</p>`}
    <ol class="journal">
      ${losses.map(
        ({ loss, lostAt, cause, side, outcome, sentence }) => html`
          <li key=${loss}>
            <button class="plain entry" onClick=${() => act.open('loss', loss)}>
              <span class="when" title=${clock(lostAt, now)}>${age(lostAt, now)} ago</span>
              <span class="quiet">${causeWords[cause] ?? cause}${side ? `, ${side}` : ''}</span>
              <span class="pill ${toneOf(outcome)}">${outcome === null ? 'goes on' : outcomeWords[outcome]}</span>
              <span class="sentence">${sentence}</span>
            </button>
          </li>
        `,
      )}
    </ol>
  `;
}

const signedInWords = { yes: 'signed in', no: 'signed out', unknown: 'not known' };

function agentNow(agent, now, act) {
  const { phase, desktops, sentence, signedIn, epoch, since } = agent;
  return html`
    <p class="why">${sentence}</p>
    <p class="now">${phaseCell(agent, now)} ${orderButtons(agent, act)}</p>
    <dl>
      <dt>Desktops</dt>
      <dd>
        ${desktops.length === 0 && 'none open'}
        ${desktops.map(
          ({ connection, desktopId, side, serverId }) =>
            html`<div key=${connection}>${desktopId} <span class="quiet">on the ${side} side, ${serverId}</span></div>`,
        )}
      </dd>
      <dt>At the CTI server</dt>
      <dd>${signedInWords[signedIn]}</dd>
      <dt>Epoch</dt>
      <dd>${epoch}</dd>
      ${
        since !== null &&
        html`<dt>${phase} since</dt>
          <dd>${clock(since, now)} (${age(since, now)})</dd>`
      }
    </dl>
  `;
}
