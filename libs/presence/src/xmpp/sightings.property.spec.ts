import fc from 'fast-check';
import { type Order, Sightings, sightingLimits } from './sightings';

/**
 * A server with desktops that come and go, and a watch of it whose streams end and begin. The server's truth and what the
 * watch has told are compared whenever the watch says that it sees.
 */
type Step =
  | { readonly type: 'comes' | 'goes'; readonly jid: string }
  | { readonly type: 'begins' | 'completes' | 'ends' }
  | { readonly type: 'waits'; readonly ms: number };

const jids = ['a@d/1', 'a@d/2', 'b@d/1', 'c@d/1'];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('comes', 'goes'), jid: fc.constantFrom(...jids) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('begins', 'completes', 'ends') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('waits' as const), ms: fc.integer({ min: 0, max: 7_000 }) }) },
);

interface Told {
  readonly order: Order['type'];
  readonly jid: string;
  readonly opening: number;
  readonly atMs: number;
}

class World {
  readonly sightings = new Sightings();
  readonly there = new Set<string>();
  readonly told: Told[] = [];
  /** What is open by what was told. */
  readonly held = new Map<string, number>();
  readonly endsMs: number[] = [];
  nowMs = 0;

  run(steps: readonly Step[]): void {
    for (const one of steps) {
      this.nowMs += 1;
      this.take(one);
    }
  }

  private take(one: Step): void {
    const { sightings, there } = this;
    switch (one.type) {
      case 'comes':
        there.add(one.jid);
        this.hear(sightings.available(one.jid, one.jid.charAt(0)));
        break;
      case 'goes':
        there.delete(one.jid);
        this.hear(sightings.unavailable(one.jid, this.nowMs));
        break;
      case 'begins':
        if (sightings.sight !== 'blind') break;
        sightings.streamBegan();
        for (const jid of there) this.hear(sightings.available(jid, jid.charAt(0)));
        break;
      case 'completes':
        this.hear(sightings.snapshotCompleted(this.nowMs));
        break;
      case 'ends':
        sightings.streamEnded(this.nowMs);
        this.endsMs.push(this.nowMs);
        break;
      case 'waits':
        this.nowMs += one.ms;
        break;
    }
    if (sightings.sight === 'seeing') expect([...this.held.keys()].sort()).toEqual([...there].sort());
  }

  private hear(orders: readonly Order[]): void {
    for (const { type, sighting } of orders) {
      const { jid, opening } = sighting;
      expect(this.sightings.sight).toBe('seeing');
      this.told.push({ order: type, jid, opening, atMs: this.nowMs });
      if (type === 'open') {
        expect(this.held.has(jid)).toBe(false);
        this.held.set(jid, opening);
      }
      if (type === 'lose') {
        expect(this.held.get(jid)).toBe(opening);
        this.held.delete(jid);
      }
    }
  }
}

const histories = fc.array(step, { maxLength: 60 });

describe('for every history of a server and its streams, a watch', () => {
  it('holds exactly what is there whenever it sees, and tells nothing while it does not', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        new World().run(steps);
      }),
    );
  });

  it('never gives two openings the same number', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const world = new World();
        world.run(steps);
        const openings = world.told.filter(({ order }) => order === 'open').map(({ opening }) => opening);
        expect(new Set(openings).size).toBe(openings.length);
      }),
    );
  });

  it('renews the grace of exactly those that it lost just before an end and does not see again', () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const world = new World();
        world.run([...steps, { type: 'ends' }, { type: 'begins' }, { type: 'completes' }]);
        const { told, endsMs } = world;
        for (const loss of told.filter(({ order }) => order === 'lose')) {
          const endMs = endsMs.find((atMs) => atMs >= loss.atMs);
          if (endMs === undefined) continue;
          const isDoubtful = endMs - loss.atMs <= sightingLimits.doubtMs;
          const later = told.slice(told.indexOf(loss) + 1).find(({ jid }) => jid === loss.jid);
          const isRenewed = later?.order === 'sourceReturned' && later.opening === loss.opening;
          expect(isRenewed).toBe(isDoubtful && later?.order !== 'open');
        }
      }),
    );
  });
});
