import { readProof } from './authorization-header';

const basic = (text: string | Buffer): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the header Authorization', () => {
  it.each([
    [basic('1001:secret'), { kind: 'password', user: '1001', password: 'secret' }],
    [basic('ada@example.com:secret'), { kind: 'password', user: 'ada@example.com', password: 'secret' }],
    [basic('1001:a:b c'), { kind: 'password', user: '1001', password: 'a:b c' }],
    [basic('1001:pässwörd'), { kind: 'password', user: '1001', password: 'pässwörd' }],
    [basic('1001:secret').replace('Basic', 'basic'), { kind: 'password', user: '1001', password: 'secret' }],
    ['Bearer abc.def-_.ghi', { kind: 'token', token: 'abc.def-_.ghi' }],
    [undefined, { kind: 'none' }],
    ['', { kind: 'none' }],
  ])('is read: %s', (header, proof) => {
    expect(readProof(header)).toEqual(proof);
  });

  it.each([
    ['no scheme', 'MTAwMTpzZWNyZXQ='],
    ['another scheme', 'Digest username="1001"'],
    ['nothing after the scheme', 'Basic'],
    ['no colon', basic('1001')],
    ['nobody', basic(':secret')],
    ['no password', basic('1001:')],
    ['a name that is too long', basic(`${'x'.repeat(51)}:secret`)],
    ['a password that is too long', basic(`1001:${'x'.repeat(257)}`)],
    ['a NUL', basic('1001:sec\u0000ret')],
    ['a line break', basic('1001:sec\r\nret')],
    ['bytes that are no UTF-8', basic(Buffer.from([0x31, 0x3a, 0xff, 0xfe]))],
    ['more than any proof needs', `Bearer ${'x'.repeat(9_000)}`],
  ])('proves nothing with %s', (_what, header) => {
    expect(readProof(header)).toEqual({ kind: 'unreadable' });
  });
});
