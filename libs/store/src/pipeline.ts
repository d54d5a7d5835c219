import { type ChainableCommander } from 'ioredis';
import { asStoreError } from './store-error';

/** Sends a pipeline; answers what each command answered, or rejects with the StoreError of the first that failed. */
export async function allOf(operation: string, pipeline: ChainableCommander): Promise<unknown[]> {
  let results;
  try {
    results = await pipeline.exec();
  } catch (error) {
    throw asStoreError(operation, error);
  }
  if (results === null) throw asStoreError(operation, new Error('the pipeline was dropped'));
  return results.map(([fault, answer]) => {
    if (fault !== null) throw asStoreError(operation, fault);
    return answer;
  });
}
