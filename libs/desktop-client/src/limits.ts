import { type Limits } from './connect';

/**
 * Ping and pong together are the server's own time of detection (25 s). Found dead after at most that, spread over 5 s and
 * checked for 5 s more, a desktop is on the other side long before a grace of 60 s is over.
 */
export const usualLimits: Limits = {
  pingEveryMs: 10_000,
  pongMsMax: 15_000,
  wakePongMsMax: 5_000,
  lateMsMax: 2_000,
  connectMsMax: 10_000,
  openedMsMax: 30_000,
  requestMsMax: 5_000,
  tokenMsMax: 20_000,
  spreadMsMax: 5_000,
  backOffMsMin: 1_000,
  backOffMsMax: 10_000,
  slowMsMin: 5_000,
};

/** The wait after so many failed attempts in a row, between half and all of it at random. */
export function backOffMs(failures: number, { backOffMsMin, backOffMsMax }: Limits, random: number): number {
  return Math.min(backOffMsMax, backOffMsMin * 2 ** failures) * (0.5 + random / 2);
}
