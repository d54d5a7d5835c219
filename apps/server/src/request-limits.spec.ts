import { isSame } from './request-limits';

describe('the comparison of bearer tokens', () => {
  it('accepts the token and nothing else, whatever its length', () => {
    expect(isSame('0123456789abcdef', '0123456789abcdef')).toBe(true);
    expect(isSame('0123456789abcdeF', '0123456789abcdef')).toBe(false);
    expect(isSame('', '0123456789abcdef')).toBe(false);
    expect(isSame('0123456789abcdef0', '0123456789abcdef')).toBe(false);
  });
});
