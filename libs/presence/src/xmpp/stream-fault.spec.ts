import { streamEndOf, StreamFault } from './stream-fault';

describe('the end of a stream', () => {
  it('names the setting that a conflict of names needs', () => {
    const end = streamEndOf({ name: 'StreamError', condition: 'conflict' });
    expect(end.kind).toBe('conflict');
    expect(end.sentence).toContain('XMPP_USER');
    expect(end.sentence).toContain('component_conflict_resolve');
  });

  it.each([
    [{ condition: 'not-authorized' }, 'refused'],
    [{ condition: 'encryption-required' }, 'insecure'],
    [{ condition: 'something-new' }, 'lost'],
    [{ code: 'ECONNREFUSED' }, 'unreachable'],
    [{ code: 'ENOTFOUND' }, 'unreachable'],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'insecure'],
    [{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'insecure'],
    [{ code: 'XMPP_STANZA_TOO_LONG' }, 'malformed'],
    [new StreamFault('closed', 'closed by us'), 'closed'],
    [new Error('whatever'), 'lost'],
    [undefined, 'lost'],
    ['text', 'lost'],
  ])('of %p is %s', (fault, kind) => {
    expect(streamEndOf(fault).kind).toBe(kind);
  });

  it("keeps a stranger's words short", () => {
    expect(streamEndOf(new Error('x'.repeat(100_000))).sentence.length).toBeLessThan(300);
  });
});
