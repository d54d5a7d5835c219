import { type Socket, connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AbstractConnector, type RedisOptions } from 'ioredis';
import { type ClusterNodes } from './cluster-nodes';

/** A socket that the other end does not close is destroyed after this. */
const disconnectMsMax = 2_000;

/**
 * The way of a plain connection to the master of one slot of a Cluster. Everything of a peripheral lies in one slot, so one
 * connection is all that it needs; each time it is lost, the nodes are asked anew who the master is.
 *
 * It takes the place of ioredis' Cluster, which does not come back reliably when the master of a slot was away. Its
 * `connect()` never settles when the check after it finds the Cluster down, which it is for 2 s after the restart of a
 * master, and BullMQ waits for that: its workers took no job any more. And its `disconnect()` never ends while each of
 * its nodes is between two attempts. Here a Cluster is lost and found as a single node is.
 */
export function connectorTo(nodes: ClusterNodes): NonNullable<RedisOptions['Connector']> {
  return class extends AbstractConnector {
    private readonly options: RedisOptions;

    constructor(options: unknown) {
      super(disconnectMsMax);
      this.options = options as RedisOptions;
    }

    /** Never rejects but when it was disconnected meanwhile: ioredis would give the connection up for good. */
    override async connect(): Promise<Socket> {
      this.connecting = true;
      const { username, password, tls, connectionName } = this.options;
      const { host, port } = await nodes.master({
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(tls === undefined ? {} : { tls }),
        ...(connectionName === undefined ? {} : { connectionName }),
      });
      if (!this.isWanted()) throw new Error('the connection was closed while its master was looked for');
      const socket = tls === undefined ? connectTcp({ host, port }) : connectTls({ ...tls, host, port });
      // ioredis reads it when the socket was destroyed before it could listen.
      socket.once('error', (error: Error) => {
        this.firstError = error;
      });
      this.stream = socket;
      return socket;
    }

    /** It may have been disconnected while something was waited for. */
    private isWanted(): boolean {
      return this.connecting;
    }
  };
}
