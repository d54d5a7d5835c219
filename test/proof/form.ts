/** `npm run test:proof -- --short` plays less of what is counted, and leaves no row, mutation or rule out. */
export const isShort = process.env['PROOF_FORM'] === 'short';
