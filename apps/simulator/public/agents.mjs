import { control } from './control.mjs';
import { html } from './html.mjs';
import { duration, phaseTone, phaseWords, reason, settledPhases, stateTone, stateWords, clock } from './words.mjs';

/** An agent who is signed in or has a desktop: state, call and desktops, each with its buttons. */
export function AgentCard({ agent, desktops, now, run }) {
  return html`
    <article class="agent" id=${`agent-${agent.agentId}`}>
      <header>
        <strong>Agent ${agent.agentId}</strong> <small>extension ${agent.extension}</small>
        <${AgentState} agent=${agent} now=${now} />
      </header>
      <${PhoneButtons} agent=${agent} run=${run} />
      ${desktops.map((desktop) => html`<${DesktopPanel} key=${desktop.desktopId} desktop=${desktop} run=${run} />`)}
      <footer class="buttons">
        <span class="label">Open a ${desktops.length > 0 ? 'further ' : ''}desktop on</span>
        ${['primary', 'secondary'].map(
          (side) =>
            html`<button class="outline" onClick=${() => run(() => control.openDesktop(agent.agentId, side))}>
              ${side}
            </button>`,
        )}
      </footer>
    </article>
  `;
}

export function AgentState({ agent, now }) {
  const pending = agent.pendingState === null ? '' : `, then ${stateWords[agent.pendingState] ?? agent.pendingState}`;
  const details = [reason(agent.reasonCode), `for ${duration(now - agent.since)}`].filter((text) => text !== '');
  return html`
    <span class="state">
      <span class=${`badge ${stateTone[agent.stateName] ?? 'quiet'}`}>
        ${stateWords[agent.stateName] ?? agent.stateName}${pending}
      </span>
      <small>${details.join(' · ')}</small>
    </span>
  `;
}

function PhoneButtons({ agent, run }) {
  const loggedOut = agent.stateName === 'LOGOUT';
  const call = agent.calls[0];
  const button = (words, hint, deed, kind = 'secondary outline') =>
    html`<button class=${kind} title=${hint} onClick=${() => run(deed)}>${words}</button>`;
  return html`
    <div class="buttons">
      <span class="label">At the CTI server</span>
      ${loggedOut && button('Sign in', 'The agent signs in', () => control.signIn(agent.agentId))}
      ${
        !loggedOut &&
        !agent.onCall &&
        (agent.stateName === 'AVAILABLE'
          ? button('Not Ready', 'No more calls', () => control.setState(agent.agentId, 'NOT_READY'))
          : button('Ready', 'Takes routed calls', () => control.setState(agent.agentId, 'READY')))
      }
      ${!loggedOut && button('Sign out', 'By hand, after the call', () => control.signOut(agent.agentId))}
      ${
        !loggedOut &&
        !agent.onCall &&
        button('Take a call', 'A customer calls; the agent answers', () => control.takeCall(agent.agentId), '')
      }
      ${
        call !== undefined &&
        html`
          <span class="badge busy">call ${call.state}</span>
          ${
            call.state === 'held'
              ? button('Retrieve', 'Talk to the customer again', () => control.retrieve(call.callId))
              : button('Hold', 'Put the customer on hold', () => control.hold(call.callId))
          }
          ${button('End the call', 'The call is over for everybody', () => control.endCall(call.callId), '')}
        `
      }
    </div>
  `;
}

const deeds = [
  ['close', 'Close', 'The desktop says bye, then the connection is closed'],
  ['crash', 'Crash', 'The connection ends without a close frame'],
  ['refresh', 'Refresh', 'The page leaves (1001) and opens again after 2 s'],
  ['loseNetwork', 'Lose network', 'Half-open: nothing is read, sent or closed any more'],
  ['failOver', 'Fail over', 'Loses the network here and opens on the other side'],
  ['tokenExpired', 'Token expired', 'The desktop says bye and signs its agent out'],
];

function DesktopPanel({ desktop, run }) {
  const settled = settledPhases.includes(desktop.phase);
  const lost = desktop.phase === 'networkLost';
  const perform = (deed) => () => run(() => control.desktop(desktop.desktopId, deed));
  return html`
    <section class="desktop">
      <div class="desktop-line">
        <strong>Desktop on ${desktop.side}</strong>
        <span class=${`badge ${phaseTone[desktop.phase]}`}>${phaseWords[desktop.phase]}</span>
        ${desktop.epoch !== null && html`<small>epoch ${desktop.epoch}</small>`}
        ${desktop.mustSignIn && desktop.phase === 'open' && html`<${SignInAgain} desktop=${desktop} run=${run} />`}
      </div>
      <div class="buttons">
        ${
          !settled &&
          deeds.map(
            ([deed, words, hint]) =>
              html`<button class="secondary outline" title=${hint} onClick=${perform(deed)}>${words}</button>`,
          )
        }
        ${lost && html`<button title="The cable is back" onClick=${perform('restoreNetwork')}>Restore network</button>`}
        ${settled && html`<${ReopenButtons} desktop=${desktop} run=${run} />`}
      </div>
      <details>
        <summary>${desktop.detail} <small>· ${desktop.desktopId}</small></summary>
        <ol class="history">
          ${desktop.history
            .slice(-20)
            .reverse()
            .map((entry) => html`<li><code>${clock(entry.at)}</code> ${entry.side}: ${entry.event}</li>`)}
        </ol>
      </details>
    </section>
  `;
}

function SignInAgain({ desktop, run }) {
  return html`
    <span class="badge warn">was signed out meanwhile</span>
    <button onClick=${() => run(() => control.signIn(desktop.agentId))}>Sign in again</button>
  `;
}

function ReopenButtons({ desktop, run }) {
  const reopen = (side) => () => run(() => control.openDesktop(desktop.agentId, side, desktop.desktopId));
  return html`
    <span class="label">Open again on</span>
    <button class="outline" onClick=${reopen('primary')}>primary</button>
    <button class="outline" onClick=${reopen('secondary')}>secondary</button>
    <button class="secondary outline" onClick=${() => run(() => control.forgetDesktop(desktop.desktopId))}>
      Remove
    </button>
  `;
}
