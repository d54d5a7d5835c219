import { html } from './html.mjs';
import { age, clock, count, countdown } from './words.mjs';

/** The top of the page: what an operator wants to know before anything else. */
export function topOfPage(state, now, act) {
  const { overview } = state;
  return html`
    <header class="container-fluid bar">
      <strong class="brand"><img src="assets/favicon.svg" alt="" width="26" height="26" /> Lastcall</strong>
      ${overview && html`<span class="quiet">peripheral ${overview.peripheralId}</span>`} ${connectionPill(state, now)}
      <nav aria-label="Console">
        <a href="queues/">Bull Board</a>
        <form method="post" action="sign-out"><button type="submit" class="plain">Sign out</button></form>
      </nav>
    </header>
    <section class="container-fluid glance" aria-label="At a glance">
      ${lostNotice(state, now)} ${overview && glance(overview, state, now, act)}
    </section>
  `;
}

function connectionPill({ connection, overview }, now) {
  switch (connection.kind) {
    case 'live':
      return html`<span class="pill calm" title="Redis time, in your time zone"
        >live · ${overview && clock(now, now)}</span
      >`;
    case 'connecting':
      return html`<span class="pill" aria-busy="true">connecting</span>`;
    default:
      return html`<span class="pill bad">not connected</span>`;
  }
}

function lostNotice({ connection, overview, offsetMs }, now) {
  const sinceMs = now - offsetMs - connection.since;
  const old = overview === null ? '' : ` What you see below is ${age(0, sinceMs)} old.`;
  switch (connection.kind) {
    case 'lost':
      return html`<p class="verdict bad" role="alert">
        <strong>The console does not answer.</strong> This page tries again by itself.${old}
      </p>`;
    case 'storeAway':
      return html`<p class="verdict bad" role="alert">
        <strong>Redis cannot be reached.</strong> Desktops stay connected and nobody is signed out meanwhile; all is
        made good when it is back.${old}
      </p>`;
    default:
      return null;
  }
}

const scopeTones = { quiet: 'calm', one: 'open', several: 'open', many: 'bad', blind: 'bad' };
const scopeWords = {
  quiet: 'Quiet',
  one: 'One agent',
  several: 'Several agents',
  many: 'Many at once',
  blind: 'Blind',
};

function glance(
  { verdict, alarms, sides, phases, heldReasons, heldCounted, crowds, withoutDesktop, rejected },
  state,
  now,
  act,
) {
  const stale = state.connection.kind === 'live' ? '' : 'stale';
  return html`
    <p class="verdict ${scopeTones[verdict.scope]} ${stale}" role="status">
      <strong>${scopeWords[verdict.scope]}.</strong> ${verdict.sentence}
      ${heldSentence(phases, heldReasons, heldCounted)}
    </p>
    ${crowds.length > 0 && crowdList(crowds, stale, now)} ${alarms.length > 0 && alarmList(alarms, act)}
    <div class="sides ${stale}">${sides.map((side) => sideCard(side, now, act))}</div>
    ${rejected.count > 0 && rejectedCard(rejected, now, act)}
    ${withoutDesktop.count > 0 && withoutDesktopCard(withoutDesktop, now, act)}
  `;
}

function sentenceOfOrdered({ ordered, refused, left }, whose) {
  const parts = [`The logout of ${count(ordered, 'agent')} ${whose} is ordered.`];
  if (refused > 0) parts.push(`It has no effect for ${count(refused, 'agent')}.`);
  if (left > 0) parts.push(`${count(left, 'agent')} more are left for another order.`);
  return parts.join(' ');
}

/** They are tried again by themselves; whoever has mended the cause need not wait for that. */
function rejectedCard({ count: number, longest }, now, act) {
  const asked = {
    title: `Try to sign out ${count(number, 'agent')} again?`,
    text: 'All whose sign-out the CTI server has rejected are tried again now, by the limit of requests. Each goes through all gates: nobody who has opened a desktop meanwhile, or is on a call, is signed out.',
    action: 'Try all again',
    danger: true,
    path: '/api/rejected/logout',
    done: (answer) => sentenceOfOrdered(answer, 'whose last one was rejected'),
  };
  return html`
    <article class="side without-desktop" aria-label="Rejected sign-outs">
      <header>
        <h2>${count(number, 'ghost')} whose sign-out the CTI server rejects</h2>
        <button class="small outline danger" onClick=${() => act.ask(asked)}>Try all again</button>
      </header>
      <ul class="rejected">
        ${longest.map(
          ({ agentId, epoch, since, attempts, sentence }) => html`
            <li key=${agentId}>
              <button class="plain" onClick=${() => act.open('loss', `${agentId}@${epoch}`)}>${agentId}</button>
              <span class="quiet"> for ${age(since, now)}, ${count(attempts, 'request')}. ${sentence}</span>
            </li>
          `,
        )}
        ${number > longest.length && html`<li class="quiet">and ${number - longest.length} more</li>`}
      </ul>
    </article>
  `;
}

/** Telephones alone, or ghosts: nobody but the operator knows. */
function withoutDesktopCard({ count: number, longest }, now, act) {
  const asked = {
    title: `Sign out ${count(number, 'agent')} without a desktop?`,
    text: 'All who are signed in at the CTI server with no desktop open, also those who work with a telephone alone. Each goes through all gates: nobody who has opened a desktop meanwhile, or is on a call, is signed out.',
    action: 'Sign out all',
    danger: true,
    path: '/api/without-desktop/logout',
    done: (answer) => sentenceOfOrdered(answer, 'without a desktop'),
  };
  return html`
    <article class="side without-desktop" aria-label="Agents without a desktop">
      <header>
        <h2>${count(number, 'agent')} signed in without a desktop</h2>
        <button class="small outline danger" onClick=${() => act.ask(asked)}>Sign out all</button>
      </header>
      <ul class="parts">
        ${longest.map(
          ({ agentId, state, since }) => html`
            <li key=${agentId}>
              <button class="plain" onClick=${() => act.find(agentId)}>${agentId}</button>
              <span class="quiet"> ${state}, for ${age(since, now)}</span>
            </li>
          `,
        )}
        ${number > longest.length && html`<li class="quiet">and ${number - longest.length} more</li>`}
      </ul>
    </article>
  `;
}

const reasonSentences = {
  call: 'on a call',
  outage: 'because of an outage',
  massLoss: 'by the mass-loss protection',
  operator: 'by an operator',
  generation: 'because Redis changed',
  replicas: 'because replicas are short',
  serverSilent: 'because a server is silent',
  rate: 'by the rate limit',
  rejected: 'because the CTI server rejects',
  unknownAgent: 'because the CTI server does not know the agent',
  clock: 'because the clock of Redis jumped',
};

function heldSentence({ held }, reasons, counted) {
  const parts = Object.entries(reasons).sort(([, one], [, other]) => other - one);
  if (parts.length === 0) return '';
  const of = counted < held ? ` (of the first ${counted})` : '';
  return ` Held${of}: ${parts.map(([reason, number]) => `${number} ${reasonSentences[reason]}`).join(', ')}.`;
}

const crowdSentences = {
  rate: 'for the limit of requests',
  massLoss: 'for the end of the mass-loss protection',
};
const crowdEnds = {
  rate: 'if nobody returns',
  massLoss: 'if nobody returns and nobody releases the side',
};

/** Who waits together, for what, and when the last of them is expected to be out. */
function crowdList(crowds, stale, now) {
  return html`
    <ul class="crowds ${stale}" aria-label="Crowds that wait">
      ${crowds.map(
        (crowd) => html`
          <li key=${`${crowd.reason} ${crowd.side}`}>
            <strong>${count(crowd.count, 'loss', 'losses')}</strong> ${crowdSentence(crowd, now)}
          </li>
        `,
      )}
    </ul>
  `;
}

/** In one piece, since a template drops the blanks at the ends of its lines. */
function crowdSentence({ reason, side, count: number, lastAt }, now) {
  const whose = side === null ? 'after a goodbye' : `of the ${side} side`;
  const who = number === 1 ? ['waits', 'It'] : ['wait', 'The last one'];
  const end = `${who[1]} is expected to be signed out in ${countdown(lastAt, now)} (${clock(lastAt, now)})`;
  return `${whose} ${who[0]} ${crowdSentences[reason]}. ${end}, ${crowdEnds[reason]}.`;
}

const alarmsShown = 6;

function alarmList(alarms, act) {
  const more = alarms.length - alarmsShown;
  return html`
    <ul class="alarms" aria-label="Alarms">
      ${alarms
        .slice(0, alarmsShown)
        .map(
          ({ level, sentence, loss }) => html`
            <li class=${level === 'alarm' ? 'bad' : 'open'} key=${sentence}>
              <strong>${level === 'alarm' ? 'Alarm' : 'Warning'}</strong> ${sentence}
              ${
                loss &&
                html`<button class="plain" onClick=${() => act.open('loss', `${loss.agentId}@${loss.epoch}`)}>
                  Why?
                </button>`
              }
            </li>
          `,
        )}
      ${more > 0 && html`<li class="open">and ${more} more</li>`}
    </ul>
  `;
}

function sideCard({ side, present, servers, link, hold, drain, protection, lossesPerMinute }, now, act) {
  const lost = lossesPerMinute.at(-1);
  return html`
    <article class="side" key=${side} aria-label="${side} side">
      <header>
        <h2>${side}</h2>
        ${hold && html`<span class="pill open">held by ${hold.by} for ${age(hold.since, now)}</span>`}
        ${
          drain &&
          html`<span class="pill open">
            maintenance by ${drain.by} for ${age(drain.since, now)}: desktops go to the other side
          </span>`
        }
        ${
          protection &&
          html`<span class="pill bad">
            ${`${protection.state === 'held' ? 'mass loss: held' : 'mass loss: one by one'} for ${age(protection.since, now)}`}
          </span>`
        }
        ${drainButton(side, drain !== null, act)} ${holdButton(side, hold !== null || protection !== null, act)}
      </header>
      <div class="figures">
        <div class="figure"><b>${present.toLocaleString('en')}</b> present</div>
        <div class="figure ${lost > 0 ? 'lost' : ''}">
          <b>${lost.toLocaleString('en')}</b> lost in the last minute ${sparkline(side, lossesPerMinute)}
        </div>
      </div>
      <ul class="parts">
        <li class=${link?.inService ? 'calm' : 'bad'}>
          CTI link ${link === null ? 'held by nobody' : link.inService ? 'in service' : 'not in service'}
          ${link && html` <span class="quiet">${link.workerId}</span>`}
        </li>
        ${servers.length === 0 && html`<li class="bad">no server</li>`}
        ${servers.map(
          ({ serverId, state }) => html`
            <li key=${serverId} class=${serverTones[state]}>
              ${serverId} <span class="quiet">${serverWords[state]}</span>
            </li>
          `,
        )}
      </ul>
    </article>
  `;
}

const serverTones = { live: 'calm', mustAssert: 'open', lapsed: 'bad' };
const serverWords = {
  live: 'alive',
  mustAssert: 'alive, has yet to say which desktops it holds',
  lapsed: 'lease ended',
};

function drainButton(side, isDrained, act) {
  const asked = !isDrained
    ? {
        title: `Begin maintenance of the ${side} side?`,
        text: `Its desktops are sent to the other side over five minutes, and no desktop is let in. None of that is a loss.`,
        action: 'Begin',
        path: `/api/sides/${side}/drain`,
        done: `The ${side} side is in maintenance.`,
      }
    : {
        title: `End the maintenance of the ${side} side?`,
        text: `Desktops are let in again. Those that went to the other side stay there.`,
        action: 'End',
        path: `/api/sides/${side}/resume`,
        done: `The ${side} side serves again.`,
      };
  return html`<button class="small outline secondary" onClick=${() => act.ask(asked)}>
    ${isDrained ? 'End maintenance' : 'Maintenance'}
  </button>`;
}

function holdButton(side, isHeld, act) {
  const asked = !isHeld
    ? {
        title: `Hold the ${side} side?`,
        text: `Agents whose last desktop was lost on the ${side} side are not signed out until somebody releases it.`,
        action: 'Hold',
        path: `/api/sides/${side}/hold`,
        done: `The ${side} side is held.`,
      }
    : {
        title: `Release the ${side} side?`,
        text: `Losses that only a hold or a mass loss keeps are looked at again, each through all gates.`,
        action: 'Release',
        path: `/api/sides/${side}/release`,
        done: `The ${side} side is released.`,
      };
  return html`<button class="small outline secondary" onClick=${() => act.ask(asked)}>
    ${isHeld ? 'Release side' : 'Hold side'}
  </button>`;
}

const barWidth = 7;
const sparkHeight = 26;

/** Losses minute by minute: one spike is a burst, a row of small bars is everyday life. */
function sparkline(side, perMinute) {
  const max = Math.max(5, ...perMinute);
  const total = perMinute.reduce((sum, lost) => sum + lost, 0);
  const label = `${count(total, 'desktop')} lost on the ${side} side in the last ${perMinute.length} minutes`;
  return html`
    <svg
      class="spark"
      role="img"
      aria-label=${label}
      width=${perMinute.length * barWidth}
      height=${sparkHeight}
      viewBox="0 0 ${perMinute.length * barWidth} ${sparkHeight}"
    >
      <title>${label}</title>
      ${perMinute.map((lost, index) => {
        const height = lost === 0 ? 1 : Math.max(3, (lost / max) * sparkHeight);
        return html`<rect
          key=${index}
          class=${lost > 0 ? 'some' : 'none'}
          x=${index * barWidth}
          y=${sparkHeight - height}
          width=${barWidth - 2}
          height=${height}
        />`;
      })}
    </svg>
  `;
}
