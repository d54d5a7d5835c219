import { pause } from './wait';

const callsMax = 5;
const againMs = 100;

/**
 * As fetch, but a kept connection that the other end gives up at that moment is no fault of anybody: nothing was handled, and
 * it is asked again. Several kept connections may be given up at once.
 */
export async function call(url: string, init: RequestInit = {}): Promise<Response> {
  for (let calls = 1; ; calls++) {
    try {
      return await fetch(url, init);
    } catch (error) {
      if (calls === callsMax) throw error;
      await pause(againMs);
    }
  }
}
