import { isMasterStill, type MasterNode, Mastership, onConfirmedMaster } from './mastership';

/** A connection that reaches whatever node the test puts behind it. */
class FakeConnection {
  reaches: MasterNode | undefined;
  /** Where it will be when it has answered its first command. */
  reachesNext: MasterNode | undefined;

  ping(): Promise<void> {
    this.reaches ??= this.reachesNext;
    return Promise.resolve();
  }
}

class FakeMastership extends Mastership {
  named: MasterNode | undefined;

  override nodeOf(connection: FakeConnection): MasterNode | undefined {
    return connection.reaches;
  }
  override confirm(node: MasterNode): Promise<boolean> {
    return Promise.resolve(node === this.named);
  }
  override close(): void {
    // Nothing is open.
  }
}

const old: MasterNode = { host: 'redis-1', port: 6379 };
const next: MasterNode = { host: 'redis-2', port: 6379 };

describe('what is done on a confirmed master only', () => {
  let connection: FakeConnection;
  let mastership: FakeMastership;
  let acts: number;
  const act = (): Promise<string> => {
    acts += 1;
    return Promise.resolve('done');
  };
  const renew = (): Promise<string> => onConfirmedMaster(mastership, connection, 'renewal', act);

  beforeEach(() => {
    connection = new FakeConnection();
    mastership = new FakeMastership();
    acts = 0;
    connection.reaches = old;
    mastership.named = old;
  });

  it('is done where the node that is reached is confirmed', async () => {
    expect(await renew()).toBe('done');
  });

  it('is not done at all where it is not', async () => {
    mastership.named = next;
    await expect(renew()).rejects.toMatchObject({ code: 'MASTER_UNCONFIRMED', retriable: true });
    expect(acts).toBe(0);
  });

  it('counts as failed when the connection reached another node meanwhile, even one at the same address', async () => {
    const turned = onConfirmedMaster(mastership, connection, 'renewal', () => {
      connection.reaches = { ...old };
      return act();
    });
    await expect(turned).rejects.toMatchObject({ code: 'MASTER_UNCONFIRMED' });
    expect(acts).toBe(1);
  });

  it('waits for a connection that is still being made', async () => {
    connection.reaches = undefined;
    connection.reachesNext = old;
    expect(await renew()).toBe('done');
  });

  it('is not done over a connection of which nobody knows where it goes', async () => {
    connection.reaches = undefined;
    await expect(renew()).rejects.toMatchObject({ code: 'MASTER_UNCONFIRMED' });
    expect(acts).toBe(0);
  });

  it('is done at once where nobody could be asked', async () => {
    expect(await onConfirmedMaster(undefined, connection, 'renewal', act)).toBe('done');
  });

  it('is looked at again afterwards by who must know it then', async () => {
    expect(await isMasterStill(mastership, connection)).toBe(true);
    mastership.named = next;
    expect(await isMasterStill(mastership, connection)).toBe(false);
    connection.reaches = undefined;
    expect(await isMasterStill(mastership, connection)).toBe(false);
    expect(await isMasterStill(undefined, connection)).toBe(true);
  });
});
