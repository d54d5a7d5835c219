import { type Order, type SightingLimits, Sightings, sightingLimits } from './sightings';

const desk = '1001@localhost/desk';
const phone = '1001@localhost/phone';
const other = '1002@localhost/desk';

const inWords = (orders: readonly Order[]): string[] =>
  orders.map(({ type, sighting }) => `${type} ${sighting.jid}#${String(sighting.opening)}`);

/** A watch that sees these, at the time 0. */
function seeing(jids: readonly string[], limits?: Partial<SightingLimits>): Sightings {
  const sightings = new Sightings({ ...sightingLimits, ...limits });
  sightings.streamBegan();
  for (const jid of jids) sightings.available(jid, agentOf(jid));
  sightings.snapshotCompleted(0);
  return sightings;
}

const agentOf = (jid: string): string => jid.slice(0, jid.indexOf('@'));

function nextSnapshot(sightings: Sightings, jids: readonly string[], nowMs: number): string[] {
  sightings.streamBegan();
  for (const jid of jids) sightings.available(jid, agentOf(jid));
  return inWords(sightings.snapshotCompleted(nowMs));
}

describe('a watch', () => {
  it('opens what it sees, once, however often it is told', () => {
    const sightings = seeing([]);
    expect(inWords(sightings.available(desk, '1001'))).toEqual([`open ${desk}#1`]);
    expect(sightings.available(desk, '1001')).toEqual([]);
    expect(sightings.size).toBe(1);
  });

  it('knows every resource by itself: one that goes leaves the others', () => {
    const sightings = seeing([desk, phone]);
    expect(inWords(sightings.unavailable(phone, 10))).toEqual([`lose ${phone}#2`]);
    expect(sightings.size).toBe(1);
    expect(sightings.unavailable(phone, 10)).toEqual([]);
  });

  it('tells a desktop that was replaced by its own new connection as gone and as another one', () => {
    const sightings = seeing([desk]);
    expect(inWords([...sightings.unavailable(desk, 10), ...sightings.available(desk, '1001')])).toEqual([
      `lose ${desk}#1`,
      `open ${desk}#2`,
    ]);
  });

  it('does nothing for the going of what it never saw', () => {
    expect(seeing([desk]).unavailable(other, 10)).toEqual([]);
  });
});

describe('a snapshot', () => {
  it('is told when it is whole, not before', () => {
    const sightings = new Sightings();
    sightings.streamBegan();
    expect(sightings.available(desk, '1001')).toEqual([]);
    expect(sightings.available(other, '1002')).toEqual([]);
    expect(sightings.unavailable(other, 1)).toEqual([]);
    expect(sightings.collected).toBe(1);
    expect(inWords(sightings.snapshotCompleted(2))).toEqual([`open ${desk}#1`]);
    expect(sightings.sight).toBe('seeing');
  });

  it('repairs a lost stream: what is there again stays, what is new opens, what is absent is lost now', () => {
    const sightings = seeing([desk, other]);
    sightings.streamEnded(100_000);
    expect(sightings.size).toBe(2);
    expect(nextSnapshot(sightings, [desk, phone], 101_000)).toEqual([`open ${phone}#3`, `lose ${other}#2`]);
  });

  it('says that everybody is lost when it is empty, which the grace is for', () => {
    const sightings = seeing([desk, other]);
    sightings.streamEnded(100_000);
    expect(nextSnapshot(sightings, [], 101_000)).toEqual([`lose ${desk}#1`, `lose ${other}#2`]);
  });

  it('that never became whole changes nothing', () => {
    const sightings = seeing([desk, other]);
    sightings.streamEnded(100_000);
    sightings.streamBegan();
    sightings.available(phone, '1001');
    sightings.streamEnded(100_500);
    expect(sightings.size).toBe(2);
    expect(nextSnapshot(sightings, [desk, other], 101_000)).toEqual([]);
  });
});

describe('losses told just before a stream ends', () => {
  it('are in doubt, and renewed when the next stream does not see the desktop', () => {
    const sightings = seeing([desk, other]);
    sightings.unavailable(desk, 10_000);
    sightings.unavailable(other, 10_004);
    sightings.streamEnded(10_011);
    expect(sightings.doubtful).toBe(2);
    expect(nextSnapshot(sightings, [other], 15_000)).toEqual([`open ${other}#3`, `sourceReturned ${desk}#1`]);
    expect(sightings.doubtful).toBe(0);
  });

  it('are not in doubt when they came earlier than that', () => {
    const sightings = seeing([desk, other]);
    sightings.unavailable(desk, 10_000);
    sightings.unavailable(other, 10_002);
    sightings.streamEnded(15_001);
    expect(nextSnapshot(sightings, [], 16_000)).toEqual([`sourceReturned ${other}#2`]);
  });

  it('are forgotten when the desktop came back in the same stream', () => {
    const sightings = seeing([desk]);
    sightings.unavailable(desk, 10_000);
    sightings.available(desk, '1001');
    sightings.streamEnded(10_001);
    expect(nextSnapshot(sightings, [desk], 11_000)).toEqual([]);
  });

  it('stay in doubt over streams that never became whole', () => {
    const sightings = seeing([desk]);
    sightings.unavailable(desk, 10_000);
    sightings.streamEnded(10_001);
    sightings.streamBegan();
    sightings.streamEnded(40_000);
    expect(nextSnapshot(sightings, [], 50_000)).toEqual([`sourceReturned ${desk}#1`]);
  });

  it('count among them what a snapshot missed, when its stream ends soon after', () => {
    const sightings = seeing([desk]);
    sightings.streamEnded(10_000);
    expect(nextSnapshot(sightings, [], 11_000)).toEqual([`lose ${desk}#1`]);
    sightings.streamEnded(12_000);
    expect(nextSnapshot(sightings, [], 13_000)).toEqual([`sourceReturned ${desk}#1`]);
  });

  it('are remembered up to a limit, the newest of them', () => {
    const jids = Array.from({ length: 20 }, (_, index) => `${String(index)}@localhost/desk`);
    const sightings = seeing(jids, { doubtsMax: 3 });
    for (const jid of jids) sightings.unavailable(jid, 10_000);
    sightings.streamEnded(10_001);
    expect(nextSnapshot(sightings, [], 11_000)).toEqual(
      [17, 18, 19].map((index) => `sourceReturned ${String(index)}@localhost/desk#${String(index + 1)}`),
    );
  });
});

describe('that an agent has no desktop', () => {
  it('cannot be said before the first snapshot, nor after the stream', () => {
    const sightings = new Sightings();
    expect(sightings.blindSpot('1001')).toContain('out of sight');
    sightings.streamBegan();
    expect(sightings.blindSpot('1001')).toContain('out of sight');
    sightings.snapshotCompleted(0);
    expect(sightings.blindSpot('1001')).toBeNull();
    sightings.streamEnded(1);
    expect(sightings.blindSpot('1001')).toContain('out of sight');
  });

  it('cannot be said of one with more desktops than are followed, until the next snapshot', () => {
    const sightings = seeing([desk, phone], { desktopsPerAgentMax: 2 });
    expect(sightings.available('1001@localhost/third', '1001')).toEqual([]);
    sightings.unavailable(desk, 1);
    sightings.unavailable(phone, 1);
    expect(sightings.blindSpot('1001')).toContain('more desktops than are followed');
    expect(sightings.blindSpot('1002')).toBeNull();
    sightings.streamEnded(2);
    nextSnapshot(sightings, [], 3);
    expect(sightings.blindSpot('1001')).toBeNull();
  });

  it('cannot be said of anybody while there are more desktops than can be followed', () => {
    const sightings = seeing([desk, phone], { desktopsMax: 2 });
    expect(sightings.available(other, '1002')).toEqual([]);
    expect(sightings.blindSpot('1002')).toContain('more than 2 desktops');
    sightings.streamEnded(2);
    nextSnapshot(sightings, [other], 3);
    expect(sightings.blindSpot('1001')).toBeNull();
  });

  it('is kept within the limits when all resources have changed at once', () => {
    const jids = (generation: string): string[] => ['a', 'b', 'c'].map((name) => `${name}@localhost/${generation}`);
    const sightings = seeing(jids('old'), { desktopsMax: 3, desktopsPerAgentMax: 1 });
    sightings.streamEnded(1);
    expect(nextSnapshot(sightings, jids('new'), 2)).toHaveLength(6);
    expect(sightings.size).toBe(3);
    expect(sightings.blindSpot('z')).toBeNull();
  });
});
