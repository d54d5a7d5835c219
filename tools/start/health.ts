/** Asks processes whether they are ready, until all are or the time is over. */

export interface Probe {
  name: string;
  /** Undefined when ready, else why not, as short as possible. */
  ask: () => Promise<string | undefined>;
}

export type Readiness =
  { kind: 'ready' } | { kind: 'abandoned' } | { kind: 'late'; waiting: readonly { name: string; why: string }[] };

const askEveryMs = 150;
const answerMsMax = 2_000;

/** Waits for all; `isAbandoned` ends the waiting early, since a process has died or somebody pressed Ctrl-C. */
export async function waitUntilReady(
  probes: readonly Probe[],
  limitMs: number,
  isAbandoned: () => boolean,
): Promise<Readiness> {
  const waiting = new Map(probes.map((probe) => [probe.name, { ...probe, why: 'not asked yet' }]));
  const endsAt = performance.now() + limitMs;
  while (waiting.size > 0) {
    if (isAbandoned()) return { kind: 'abandoned' };
    await Promise.all(
      [...waiting.values()].map(async (probe) => {
        const why = await probe.ask();
        if (why === undefined) waiting.delete(probe.name);
        else waiting.set(probe.name, { ...probe, why });
      }),
    );
    if (waiting.size === 0) break;
    if (performance.now() > endsAt)
      return { kind: 'late', waiting: [...waiting.values()].map(({ name, why }) => ({ name, why })) };
    await new Promise((resolve) => setTimeout(resolve, askEveryMs));
  }
  return { kind: 'ready' };
}

/** `GET url` answers 200 when the process is ready. */
export function httpProbe(name: string, url: string): Probe {
  return {
    name,
    ask: async () => {
      try {
        const response = await fetch(url, { signal: AbortSignal.timeout(answerMsMax) });
        const body = await response.text();
        return response.ok ? undefined : `${url} answers ${String(response.status)} ${body.slice(0, 200)}`;
      } catch {
        // Refused, reset and timed out are one outcome: no answer.
        return `${url} does not answer`;
      }
    },
  };
}
