import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Experiment } from './experiment';
import { type RunResult } from './run-row';

/** Keeps what a red run leaves behind: what was seen, and the last lines of each process. `folder` undefined: nothing. */
export async function keepEvidence(
  folder: string | undefined,
  experiment: Experiment,
  result: RunResult,
): Promise<void> {
  if (folder === undefined) return;
  const own = join(folder, `row-${String(result.row)}-run-${String(result.run)}-seed-${String(result.seed)}`);
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'result.json'), JSON.stringify(result, null, 2));
  await writeFile(
    join(own, 'observations.jsonl'),
    experiment.observations.map((observation) => `${JSON.stringify(observation)}\n`).join(''),
  );
  for (const app of [...experiment.site.apps, experiment.site.simulator.app])
    await writeFile(join(own, `${app.app}-${String(app.port)}.log`), `${app.lines.join('\n')}\n`);
  const requests = await experiment.site.requestsSince(0).catch(() => []);
  await writeFile(join(own, 'requests.jsonl'), requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  const journal = await experiment.site.journal(0).catch(() => []);
  await writeFile(join(own, 'journal.jsonl'), journal.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
