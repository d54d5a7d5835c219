import { encodeMessage } from '#cti-protocol/encode';
import { type Message } from '#cti-protocol/messages';
import fc from 'fast-check';
import { stateDraft } from './agents.spec-support';
import { linkInService } from './cti-pair.spec-support';

describe('whatever a CTI server sends', () => {
  it('any bytes leave the link in service or reconnecting, and it never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        const { link, pair } = linkInService();
        const first = pair.end;
        for (const chunk of chunks) first.sendBytes(chunk);
        expect(['inService', 'connecting']).toContain(link.phase);
        expect(first.isReset).toBe(link.phase === 'connecting');
      }),
    );
  });

  it('messages are the same however the stream is cut', () => {
    const stream = Buffer.concat([2, 3, 1].map((state) => encodeMessage(stateDraft('1001', state), 24)));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 12 }), (cuts) => {
        const { link, pair } = linkInService();
        const states: number[] = [];
        link.on('message', (message: Message) => {
          if (message.name === 'AGENT_STATE_EVENT') states.push(message.AgentState);
        });
        const edges = [0, ...cuts.sort((one, other) => one - other), stream.length];
        for (const [index, edge] of edges.entries())
          pair.end.sendBytes(stream.subarray(edge, edges[index + 1] ?? edge));
        expect(states).toEqual([2, 3, 1]);
      }),
    );
  });
});
