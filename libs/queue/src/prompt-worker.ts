import { Worker } from 'bullmq';

/**
 * A worker that looks for due jobs at least every second. BullMQ's own waits up to 10 s for a marker; when the worker
 * that held the marker is killed, the next delayed job would be 8 s late.
 */
export class PromptWorker<Data = unknown> extends Worker<Data> {
  /** Seconds. */
  override get maximumBlockTimeout(): number {
    return 1;
  }
}
