import { messages, type MessageName } from '#cti-protocol/messages';
import { type OpenWire } from '#cti-client/wire';

/** All that an observer sends: the session itself, and questions. Nothing here changes an agent or a call. */
export const askingMessages: readonly MessageName[] = [
  'OPEN_REQ',
  'HEARTBEAT_REQ',
  'QUERY_AGENT_STATE_REQ',
  'SNAPSHOT_DEVICE_REQ',
  // About a call that was open before we came: who called whom.
  'SNAPSHOT_CALL_REQ',
  'CONFIG_REQUEST_KEY_EVENT',
  'CONFIG_REQUEST_EVENT',
  // Says that the server may go into maintenance as far as we are concerned, and that we have stopped; only where it asks.
  'ACTIVE_MAINTENANCE_RESP_MSG',
  'STOPPING_REQUESTS_TO_THIS_SIDE_IND',
  'CLOSE_REQ',
];

const askingNumbers: readonly number[] = askingMessages.map((name) => messages[name].number);

/**
 * Connections over which nothing but `askingMessages` can leave, whatever the code above them does. `watch`, `query` and
 * `capture` run beside production systems on this promise.
 */
export function askingWires(openWire: OpenWire): OpenWire {
  return (endpoint, events) => {
    const wire = openWire(endpoint, events);
    return {
      // One frame per write, as the link writes them.
      write: (bytes) => {
        const type = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readUInt32BE(4);
        if (!askingNumbers.includes(type)) throw new Error(`a message of type ${type} must not leave an observer`);
        wire.write(bytes);
      },
      get backlogBytes() {
        return wire.backlogBytes;
      },
      reset: () => {
        wire.reset();
      },
    };
  };
}
