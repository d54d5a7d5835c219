import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import TestSequencer from '@jest/test-sequencer';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Test files that take half a minute or more, the longest first. What starts last ends last, when everything else has been
 * waited for; jest itself knows how long a file takes only where it has run before.
 */
const longest = [
  'e2e-xmpp.spec.ts',
  'e2e-crashes-of-servers.spec.ts',
  'xmpp-watch.spec.ts',
  'e2e-pending.spec.ts',
  'e2e-ghosts.spec.ts',
  'e2e-id-spelling.spec.ts',
  'start.spec.ts',
  'server-faults.spec.ts',
  'e2e-link-lease.spec.ts',
  'finesse-slixmpp.spec.ts',
  'desktop-client-browser.spec.ts',
  'e2e-policies.spec.ts',
  'cli.spec.ts',
  'e2e-xmpp-watcher.spec.ts',
  'e2e-outage-xmpp.spec.ts',
  'e2e-sentinel.spec.ts',
  'e2e-drain.spec.ts',
  'e2e-overload.spec.ts',
  'finesse-strophe.spec.ts',
  'desktop-client-many.spec.ts',
].map((name) => join('test', 'integration', name));

/** The parts of the proof come in the order of their table. */
const proof = JSON.parse(readFileSync(join(root, 'test', 'proof', 'parts.json'), 'utf8')).map(({ name }) =>
  join('test', 'proof', `${name}.proof.ts`),
);

/** jest's own order, with these in front. */
export default class LongestFirstSequencer extends TestSequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    const first = [...longest, ...proof].flatMap((name) => sorted.filter(({ path }) => path.endsWith(name)));
    return [...first, ...sorted.filter((test) => !first.includes(test))];
  }
}
