import { showModal } from './details.mjs';
import { html } from './html.mjs';

/** Nothing is ordered without being asked once more. */
export function question({ question: asked }, act) {
  if (asked === null) return null;
  const { title, text, action, danger, busy } = asked;
  return html`
    <dialog class="question" aria-labelledby="question-title" ref=${showModal} onClose=${() => act.dismiss()}>
      <article>
        <h2 id="question-title">${title}</h2>
        <p>${text}</p>
        <footer>
          <button type="button" class="secondary outline" onClick=${() => act.dismiss()}>Leave it</button>
          <button
            type="button"
            class=${danger ? 'danger' : ''}
            aria-busy=${String(busy)}
            disabled=${busy}
            onClick=${() => void act.confirm()}
          >
            ${action}
          </button>
        </footer>
      </article>
    </dialog>
  `;
}

/** What became of an order. */
export function notice({ notice: told }, act) {
  if (told === null) return null;
  return html`
    <div class="notice ${told.tone}" role=${told.tone === 'bad' ? 'alert' : 'status'}>
      <span>${told.sentence}</span>
      <button class="plain" aria-label="Dismiss" onClick=${() => act.forgetNotice()}>✕</button>
    </div>
  `;
}
