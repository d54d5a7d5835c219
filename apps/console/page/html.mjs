import htm from './htm.mjs';
import { h } from './preact.mjs';

/** Markup as tagged templates: no build step, and text is never markup. */
export const html = htm.bind(h);
