import { HeldLink, LinkAnswerer } from './link-answerer';
import { MemoryBus, type MemoryChannels } from './link-bus.spec-support';
import { type ChangeOrder, type ChangeResult, type LinkService, type LookResult, type Standing } from './link-call';
import { standingOf } from './link-call.spec-support';
import { LinkCaller } from './link-caller';
import { LinkNews } from './link-news';

/** A worker's link whose every answer a test decides. */
export class FakeHeldLink extends HeldLink {
  held = true;
  serviceNow: LinkService = { inService: true };
  looks = 0;
  readonly orders: { agentId: string; order: ChangeOrder; wasWritten: boolean }[] = [];
  onLook: (agentId: string) => Promise<LookResult> = (agentId) =>
    Promise.resolve({ kind: 'known', standing: standingOf({ agentId }) });
  /** What happens between the order's arrival and its write. */
  beforeWrite: () => Promise<void> = () => Promise.resolve();
  result: ChangeResult | undefined;

  override isHeld(): boolean {
    return this.held;
  }

  override service(): LinkService {
    return this.serviceNow;
  }

  override look(agentId: string): Promise<LookResult> {
    this.looks += 1;
    return this.onLook(agentId);
  }

  override async change(agentId: string, order: ChangeOrder, mayStillSend: () => boolean): Promise<ChangeResult> {
    await this.beforeWrite();
    const wasWritten = mayStillSend();
    this.orders.push({ agentId, order, wasWritten });
    if (!wasWritten) return { kind: 'unavailable', why: 'withdrawn' };
    return this.result ?? { kind: 'done', standing: standingOf({ agentId }) };
  }
}

const common = { peripheralId: 5000, side: 'primary' } as const;
const faults: unknown[] = [];

/** A worker on the channels: it answers and tells. */
export async function startWorker(channels: MemoryChannels, held = true) {
  const link = new FakeHeldLink();
  link.held = held;
  const bus = new MemoryBus(channels);
  const onFault = (error: unknown): void => {
    faults.push(error);
  };
  const monotonicMs = (): number => performance.now();
  const answerer = new LinkAnswerer(bus, link, { ...common, monotonicMs, onFault });
  const news = new LinkNews(bus, link, { ...common, requestTimeoutMs: 20_000, onFault });
  await answerer.start();
  news.start();
  return { link, bus, answerer, news };
}

export type Heard =
  { kind: 'changed'; before: Standing | undefined; after: Standing } | { kind: 'service'; now: LinkService };

/** A server of the same side. */
export async function startServer(channels: MemoryChannels) {
  const bus = new MemoryBus(channels);
  const caller = new LinkCaller(bus, common);
  const heard: Heard[] = [];
  caller.follow({
    changed: (before, after) => heard.push({ kind: 'changed', before, after }),
    service: (now) => heard.push({ kind: 'service', now }),
  });
  await caller.start();
  return { caller, bus, heard };
}

/** Lets time pass under jest's fake timers, with whatever happens in it; the clock of the channels follows. */
export async function pass(channels: MemoryChannels, ms: number): Promise<void> {
  const stepMs = 100;
  for (let passed = 0; passed < ms; passed += stepMs) {
    channels.clock += Math.min(stepMs, ms - passed);
    await jest.advanceTimersByTimeAsync(Math.min(stepMs, ms - passed));
  }
}
