import { ReplyError, type Redis } from 'ioredis';

/** Between two questions that Redis refuses to answer. */
const askAgainMs = 1_000;

/**
 * BullMQ asks INFO once for each connection and does not start without the answer: where Redis refuses it, its worker goes round
 * without a pause, and never starts again. So on a connection for BullMQ, and on each that it makes from it, INFO is asked until
 * it is allowed. `onRefused` is told each time. A question with a callback is ioredis' own, which takes a refusal.
 */
export function askInfoPatiently(connection: Redis, onRefused: (error: Error) => void): void {
  const ask = connection.info.bind(connection) as (...words: unknown[]) => Promise<string>;
  const patiently = async (...words: unknown[]): Promise<string> => {
    if (words.some((word) => typeof word === 'function')) return ask(...words);
    for (;;) {
      try {
        return await ask(...words);
      } catch (error) {
        if (!(error instanceof ReplyError) || connection.status === 'end') throw error;
        onRefused(error as Error);
      }
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  };
  const duplicate = connection.duplicate.bind(connection);
  Object.assign(connection, {
    info: patiently,
    duplicate: (override?: Parameters<Redis['duplicate']>[0]): Redis => {
      const made = duplicate(override);
      askInfoPatiently(made, onRefused);
      return made;
    },
  });
}
