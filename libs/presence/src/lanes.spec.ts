import { Lanes } from './lanes';

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the lanes', () => {
  const failures: string[] = [];
  const lanesOf = (inFlightMax = 10): Lanes =>
    new Lanes({ inFlightMax, onFailure: (lane, error) => failures.push(`${lane}: ${(error as Error).message}`) });
  beforeEach(() => failures.splice(0));

  it('run the tasks of one agent one after the other, and those of others meanwhile', async () => {
    const lanes = lanesOf();
    const seen: string[] = [];
    const gate = deferred();
    lanes.put('1001', () => gate.promise.then(() => void seen.push('1001 opened')));
    lanes.put('1001', () => Promise.resolve(void seen.push('1001 closed')));
    lanes.put('1002', () => Promise.resolve(void seen.push('1002 opened')));
    await turn();
    expect(seen).toEqual(['1002 opened']);
    gate.resolve();
    await turn();
    expect(seen).toEqual(['1002 opened', '1001 opened', '1001 closed']);
    expect(lanes.pending).toBe(0);
  });

  it('keep what failed at the head, in order, until the store answers again', async () => {
    const lanes = lanesOf();
    const seen: string[] = [];
    let storeAway = true;
    const tell = (what: string) => (): Promise<void> => {
      if (storeAway) return Promise.reject(new Error('away'));
      seen.push(what);
      return Promise.resolve();
    };
    lanes.put('1001', tell('lost'));
    lanes.put('1001', tell('back'));
    await turn();
    expect(failures).toEqual(['1001: away']);
    lanes.resume();
    await turn();
    expect(failures).toHaveLength(2);
    expect(lanes.pending).toBe(2);
    storeAway = false;
    lanes.resume();
    await turn();
    expect(seen).toEqual(['lost', 'back']);
    expect(lanes.pending).toBe(0);
  });

  it('do not try again by themselves, not even when another task joins a lane that failed', async () => {
    const lanes = lanesOf();
    let tries = 0;
    lanes.put('1001', () => {
      tries += 1;
      return Promise.reject(new Error('away'));
    });
    await turn();
    lanes.put('1001', () => Promise.resolve());
    await turn();
    expect(tries).toBe(1);
  });

  it('give a waiting task back and a running one not', async () => {
    const lanes = lanesOf();
    const gate = deferred();
    const seen: string[] = [];
    const running = lanes.put('1001', () => gate.promise);
    const waiting = lanes.put('1001', () => Promise.resolve(void seen.push('withdrawn task')));
    const last = lanes.put('1001', () => Promise.resolve(void seen.push('last')));
    expect(lanes.withdraw(running)).toBe(false);
    expect(lanes.withdraw(waiting)).toBe(true);
    expect(lanes.withdraw(waiting)).toBe(false);
    gate.resolve();
    await turn();
    expect(seen).toEqual(['last']);
    expect([running.state, waiting.state, last.state]).toEqual(['done', 'withdrawn', 'done']);
  });

  it('forget a failed lane whose last task was withdrawn', async () => {
    const lanes = lanesOf();
    const task = lanes.put('1001', () => Promise.reject(new Error('away')));
    await turn();
    expect(lanes.withdraw(task)).toBe(true);
    const seen: string[] = [];
    lanes.put('1001', () => Promise.resolve(void seen.push('new')));
    await turn();
    expect(seen).toEqual(['new']);
  });

  it('never run more tasks at once than allowed', async () => {
    const lanes = lanesOf(2);
    const gate = deferred();
    let running = 0;
    let most = 0;
    for (let agent = 0; agent < 10; agent += 1) {
      lanes.put(String(agent), async () => {
        running += 1;
        most = Math.max(most, running);
        await gate.promise;
        running -= 1;
      });
    }
    await turn();
    gate.resolve();
    await turn();
    await turn();
    expect(most).toBe(2);
    expect(lanes.pending).toBe(0);
  });
});
