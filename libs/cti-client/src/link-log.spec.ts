import { pino } from 'pino';
import { linkInService, type Rig, startLink } from './cti-pair.spec-support';

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly ctiSide?: string;
}

const { info, warn } = pino.levels.values as { info: number; warn: number };

/** What the link writes at `info` and above. */
function logOf(begin: (changes: { log: pino.Logger }) => Rig): { rig: Rig; lines: Line[] } {
  const lines: Line[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Line);
  return { rig: begin({ log: pino({ level: 'info' }, { write }) }), lines };
}

describe('the log of a link', () => {
  it('has one warning when an outage begins, with its side and reason, and one line when it is over', async () => {
    const { rig, lines } = logOf(linkInService);
    lines.length = 0;
    const { pair, clock } = rig;
    for (let attempt = 0; attempt < 7; attempt++) {
      const attempts = pair.ends.length;
      pair.end.drop();
      while (pair.ends.length === attempts) await clock.pass(500);
    }
    expect(lines).toMatchObject([
      {
        level: warn,
        ctiSide: 'a',
        msg: expect.stringMatching(/^the CTI link is out of service \(side A\): ./) as string,
      },
    ]);
    pair.end.accept();
    pair.end.grant();
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatchObject({
      level: info,
      msg: expect.stringContaining('is in service again (side') as string,
    });
  });

  it('warns once when the first attempt fails', async () => {
    const { rig, lines } = logOf(startLink);
    expect(lines).toMatchObject([{ level: info, msg: 'the CTI link is being opened (side A)' }]);
    rig.pair.end.drop();
    await rig.clock.pass(5_000);
    expect(lines.slice(1)).toMatchObject([{ level: warn, ctiSide: 'a' }]);
    rig.pair.end.accept();
    rig.pair.end.grant();
    expect(lines.slice(2)).toMatchObject([{ level: info }]);
  });

  it('has no warning of a link that is opened and stopped', async () => {
    const { rig, lines } = logOf(linkInService);
    expect(lines.map(({ msg }) => msg)).toEqual([
      'the CTI link is being opened (side A)',
      'the CTI link is in service (side A): the CTI server granted the session',
    ]);
    const stopped = rig.link.stop();
    await rig.clock.pass(5_000);
    await stopped;
    expect(lines.filter(({ level }) => level >= warn)).toEqual([]);
  });

  it('says of a server that never sends what can be read that it cannot be read, once', async () => {
    const { rig, lines } = logOf(startLink);
    for (let attempt = 0; attempt < 3; attempt++) {
      const attempts = rig.pair.ends.length;
      rig.pair.end.accept();
      rig.pair.end.sendBytes(Buffer.alloc(64, 0xff));
      while (rig.pair.ends.length === attempts) await rig.clock.pass(500);
    }
    expect(lines.filter(({ msg }) => msg.startsWith('bytes from the CTI server'))).toHaveLength(1);
    expect(lines.filter(({ level }) => level === warn)).toHaveLength(1);
  });
});
