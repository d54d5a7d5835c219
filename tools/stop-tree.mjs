import { readdirSync, readFileSync } from 'node:fs';

/**
 * Kills a process with all that it has started, and what these have started. Test processes start servers, and jest hides from
 * its tests that it is being stopped, so nothing that they could do would stop these.
 */
export function stopTree(pid) {
  for (const one of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

/** Those that run now, by what the kernel says of their parents. */
export function descendantsOf(pid) {
  const childrenOf = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = parentOf(name);
    if (parent !== undefined) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(name)]);
  }
  const found = [];
  for (let next = [pid]; next.length > 0; next = next.flatMap((one) => childrenOf.get(one) ?? [])) found.push(...next);
  return found.slice(1);
}

function parentOf(name) {
  try {
    // The name of the program stands in brackets and may hold anything; then come the state and the parent.
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
