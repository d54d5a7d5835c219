import { h } from '/desktop/vendor/preact.mjs';
import htm from '/desktop/vendor/htm.mjs';

export { render } from '/desktop/vendor/preact.mjs';
export const html = htm.bind(h);
