import { isSame, readBasic } from './credentials';

const expected = { user: 'admin', password: 'correct horse' };

describe('credentials', () => {
  it('fit only when both the name and the password do', () => {
    expect(isSame({ user: 'admin', password: 'correct horse' }, expected)).toBe(true);
    expect(isSame({ user: 'admin', password: 'correct hors' }, expected)).toBe(false);
    expect(isSame({ user: 'Admin', password: 'correct horse' }, expected)).toBe(false);
    expect(isSame({ user: '', password: '' }, expected)).toBe(false);
  });

  it('are read from a Basic header, with colons in the password and in UTF-8', () => {
    const header = `Basic ${Buffer.from('zoë:a:b:ü').toString('base64')}`;
    expect(readBasic(header)).toEqual({ user: 'zoë', password: 'a:b:ü' });
  });

  it.each([undefined, '', 'Bearer abc', 'Basic', 'Basic !!!!', `Basic ${Buffer.from('no colon').toString('base64')}`])(
    'are not read from %p',
    (header) => {
      expect(readBasic(header)).toBeUndefined();
    },
  );
});
