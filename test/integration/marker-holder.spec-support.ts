import { TestProcess } from '../kit/process';
import { waitFor } from '../kit/wait';

/** Says when it has begun to wait for jobs, and takes none: it only holds the marker. */
const program = `
  const { Worker } = require('bullmq');
  const { Redis } = require('ioredis');
  const connection = new Redis(Number(process.argv[1]), '127.0.0.1', { maxRetriesPerRequest: null });
  const worker = new Worker('logout', async () => {}, { connection, prefix: '{5000}' });
  worker.on('ready', () => console.log('ready'));
`;

/** A worker of plain BullMQ as a process of its own, at the Redis on that port. */
export async function startMarkerHolder(redisPort: number): Promise<TestProcess> {
  const args = ['-e', program, String(redisPort)];
  const holder = new TestProcess({ name: 'the holder of the marker', program: process.execPath, args });
  await waitFor('the holder of the marker', () => holder.lines.includes('ready'), { seen: () => holder.latest });
  return holder;
}
