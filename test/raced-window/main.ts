import { parseArgs } from 'node:util';
import { describeWindows, racedWindows } from './raced-windows';

/** `npm run raced-window -- [--logouts N]` */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { logouts: { type: 'string', default: '500' } } });
  const count = Number(values.logouts);
  if (!Number.isInteger(count) || count < 1) throw new Error('--logouts is not a number of agents');
  const { calm, busy } = await racedWindows(count);
  process.stdout.write(`one after the other, 20 per second: ${describeWindows(calm)}\n`);
  process.stdout.write(`all at once: ${describeWindows(busy)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
