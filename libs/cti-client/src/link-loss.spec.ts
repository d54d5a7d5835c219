import { linkInService, settled, startLink } from './cti-pair.spec-support';

describe('losing and finding the server', () => {
  it.each([11, 15, 16, 110])('FAILURE_EVENT %i closes the session and reconnects', (Status) => {
    const { link, pair } = linkInService();
    pair.end.send({ name: 'FAILURE_EVENT', Status });
    expect(link.phase).toBe('closing');
    expect(pair.end.last('CLOSE_REQ').Status).toBe(Status);
    pair.end.send({ name: 'CLOSE_CONF', InvokeID: pair.end.last('CLOSE_REQ').InvokeID });
    expect(link.phase).toBe('connecting');
  });

  it('another FAILURE_EVENT changes nothing', () => {
    const { link, pair } = linkInService();
    pair.end.send({ name: 'FAILURE_EVENT', Status: 12 });
    expect(link.inService).toBe(true);
  });

  it('a server that does not confirm the close is left after 5 s', async () => {
    const { link, pair, clock } = linkInService();
    pair.end.send({ name: 'FAILURE_EVENT', Status: 15 });
    await clock.pass(5_000);
    expect(link.phase).toBe('connecting');
    expect(pair.ends[0]?.isReset).toBe(true);
  });

  it('tries the same side, the other side, then waits at random and backs off, side by side', async () => {
    const { pair, clock } = linkInService();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      const attempts = pair.ends.length;
      const lostAtMs = clock.monotonicMs();
      pair.end.drop();
      while (pair.ends.length === attempts) await clock.pass(500);
      waits.push(clock.monotonicMs() - lostAtMs);
    }
    expect(pair.tried).toBe('aabababa');
    // The random wait is half of its 2 s here.
    expect(waits).toEqual([0, 0, 1_000, 15_000, 30_000, 60_000, 120_000]);
  });

  it('a session that lasted makes the next loss a first one; one that broke at once does not', async () => {
    const { pair, clock } = linkInService();
    pair.end.drop();
    pair.end.accept();
    pair.end.grant();
    pair.end.drop();
    expect(pair.tried).toBe('aab');
    pair.onMessage = (message, end) => {
      if (message.name === 'HEARTBEAT_REQ') end.send({ name: 'HEARTBEAT_CONF', InvokeID: message.InvokeID });
    };
    pair.end.accept();
    pair.end.grant();
    await clock.pass(10_000);
    pair.end.drop();
    expect(pair.tried).toBe('aabb');
  });

  it('a connection that is not made within 5 s is given up for the other side', async () => {
    const { pair, clock } = startLink();
    await clock.pass(5_000);
    expect(pair.tried).toBe('ab');
  });

  it('does not listen to a connection that it gave up', () => {
    const { link, pair } = linkInService();
    const [old] = pair.ends;
    pair.end.drop();
    pair.end.accept();
    pair.end.grant();
    old?.peripheral('offline');
    old?.drop();
    expect(link.inService).toBe(true);
    expect(pair.ends.length).toBe(2);
  });

  it('knows why it is out of service when it tells so', () => {
    const { link, pair } = linkInService();
    const told: string[][] = [];
    link.on('gap', (why) => told.push([why, link.why]));
    pair.end.drop();
    expect(told).toHaveLength(1);
    expect(told[0]?.[1]).toBe(told[0]?.[0]);
  });

  it('counts what happened', () => {
    const { link, pair } = linkInService();
    pair.end.drop();
    expect(link.counters).toMatchObject({ connects: 2, sessions: 1, gaps: 1, faults: 0, framesSent: 1 });
  });
});

describe('stopping', () => {
  it('says CLOSE_REQ with status 0 and is idle when the server confirms', async () => {
    const { link, pair } = linkInService();
    const stopped = link.stop();
    expect(pair.end.last('CLOSE_REQ').Status).toBe(0);
    expect(link.phase).toBe('closing');
    pair.end.send({ name: 'CLOSE_CONF', InvokeID: pair.end.last('CLOSE_REQ').InvokeID });
    await stopped;
    expect(link.phase).toBe('idle');
    expect(pair.end.isReset).toBe(true);
  });

  it('waits no longer than 5 s, and leaves no timer behind', async () => {
    const { link, clock } = linkInService();
    const stopped = link.stop();
    await clock.pass(5_000);
    await stopped;
    expect(clock.timersArmed).toBe(0);
  });

  it('is idle, and stays it, when the server drops the connection instead of confirming', async () => {
    const { link, pair, clock } = linkInService();
    const stopped = link.stop();
    pair.end.drop();
    await stopped;
    await clock.pass(300_000);
    expect(link.phase).toBe('idle');
    expect(pair.tried).toBe('a');
  });

  it('needs no server in any other phase', async () => {
    const { link, pair } = startLink();
    await link.stop();
    expect(link.phase).toBe('idle');
    expect(pair.end.isReset).toBe(true);
  });

  it('can be asked for from a listener before the connection is made, and leaves none behind', async () => {
    const { link, pair } = linkInService();
    link.on('phase', (phase) => {
      if (phase === 'connecting') void link.stop();
    });
    pair.end.drop();
    await settled();
    expect(link.phase).toBe('idle');
    expect(pair.ends.map(({ isReset }) => isReset)).toEqual([true, true]);
  });

  it('can be asked for from a listener in service', async () => {
    const { link, pair, clock } = startLink();
    link.on('phase', (phase) => {
      if (phase === 'inService') void link.stop();
    });
    pair.end.accept();
    pair.end.grant();
    await clock.pass(5_000);
    expect(link.phase).toBe('idle');
  });
});
