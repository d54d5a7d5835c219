import { benches } from '../../bench/benches';

/** Runs one bench whole and prints its result as JSON; writes no document. For a process of its own: jest makes code slow. */
async function main(): Promise<void> {
  const [name = ''] = process.argv.slice(2);
  const bench = benches.find((one) => one.name === name);
  if (bench === undefined) throw new Error(`there is no bench ${name}`);
  process.stdout.write(JSON.stringify(await bench.run('whole')));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
