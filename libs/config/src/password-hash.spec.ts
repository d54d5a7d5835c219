import { costMin, hashPassword, isPassword, parsePasswordHash, type PasswordHash } from './password-hash';

function parsed(text: string): PasswordHash {
  const hash = parsePasswordHash(text);
  if (hash === undefined) throw new Error(`not a hash: ${text}`);
  return hash;
}

describe('hashes of passwords', () => {
  it('know their password and no other', async () => {
    const hash = parsed(await hashPassword('correct horse', costMin));
    expect(await isPassword('correct horse', hash)).toBe(true);
    for (const wrong of ['correct hors', 'correct horse ', 'Correct horse', '']) {
      expect(await isPassword(wrong, hash)).toBe(false);
    }
  });

  it('are different each time', async () => {
    expect(await hashPassword('same', costMin)).not.toBe(await hashPassword('same', costMin));
  });

  it('know a password however its accents were typed', async () => {
    const hash = parsed(await hashPassword('caf\u00e9', costMin));
    expect(await isPassword('cafe\u0301', hash)).toBe(true);
  });

  it('are those of RFC 7914', async () => {
    // The third vector of section 12: N 16384, r 8, p 1.
    const key =
      '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887';
    const [salt, hash] = [Buffer.from('SodiumChloride'), Buffer.from(key, 'hex')];
    expect(await isPassword('pleaseletmein', { ln: 14, r: 8, p: 1, salt, hash })).toBe(true);
  });

  const salt = 'c2FsdHNhbHRzYWx0c2FsdA';
  const hash = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';

  it('are read as written', () => {
    expect(parsePasswordHash(`$scrypt$ln=15,r=8,p=1$${salt}$${hash}`)).toMatchObject({ ln: 15, r: 8, p: 1 });
    expect(parsePasswordHash(`$scrypt$ln=17,r=8,p=1$${salt}$${hash}`)).toMatchObject({ ln: 17 });
  });

  it.each([
    ['a password', 'hunter2'],
    ['nothing', ''],
    ['of another algorithm', `$argon2id$v=19$m=65536,t=3,p=4$${salt}$${hash}`],
    ['too weak', `$scrypt$ln=4,r=8,p=1$${salt}$${hash}`],
    ['too costly', `$scrypt$ln=20,r=8,p=1$${salt}$${hash}`],
    ['too large', `$scrypt$ln=17,r=16,p=1$${salt}$${hash}`],
    ['too parallel', `$scrypt$ln=14,r=8,p=90$${salt}$${hash}`],
    ['without blocks', `$scrypt$ln=14,r=0,p=1$${salt}$${hash}`],
    ['without salt', `$scrypt$ln=14,r=8,p=1$$${hash}`],
    ['cut short', `$scrypt$ln=14,r=8,p=1$${salt}$aGFz`],
    ['followed by more', `$scrypt$ln=14,r=8,p=1$${salt}$${hash}\nx`],
  ])('are refused when they are %s', (_what, text) => {
    expect(parsePasswordHash(text)).toBeUndefined();
  });
});
