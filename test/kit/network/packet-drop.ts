import { execFileSync } from 'node:child_process';
import { type Socket } from 'node:net';

/**
 * Connections of loopback whose packets vanish, in both directions: pulled cables. Nobody is told, and nothing is
 * acknowledged, not even by the kernel of the other end. Needs root and iptables.
 */
export interface Cable {
  /** The client's end. Another connection may have the same one to somewhere else, so both ends are named. */
  readonly from: number;
  readonly to: number;
}

/** Undefined for a connection that is no more. */
export function cableOf({ localPort, remotePort }: Pick<Socket, 'localPort' | 'remotePort'>): Cable | undefined {
  return localPort === undefined || remotePort === undefined ? undefined : { from: localPort, to: remotePort };
}

const inForce = new Set<string>();

/** Whoever is still cut off when this process ends is no longer. */
process.once('exit', () => {
  lift([...inForce]);
});

/** From now on nothing passes there; answers what ends it. */
export function dropPackets(cables: readonly Cable[]): () => void {
  const own = cables.flatMap(({ from, to }) => [ruleOf(from, to), ruleOf(to, from)]);
  tell(own.map((rule) => `-I ${rule}`));
  for (const rule of own) inForce.add(rule);
  return () => {
    lift(own);
  };
}

function ruleOf(from: number, to: number): string {
  return `INPUT -i lo -p tcp --sport ${String(from)} --dport ${String(to)} -j DROP`;
}

function lift(rules: readonly string[]): void {
  const left = rules.filter((rule) => inForce.delete(rule));
  if (left.length > 0) tell(left.map((rule) => `-D ${rule}`));
}

/** All at once, leaving what else is there as it is. */
function tell(lines: readonly string[]): void {
  const input = `*filter\n${lines.join('\n')}\nCOMMIT\n`;
  execFileSync('iptables-restore', ['--wait', '--noflush'], { input });
}
