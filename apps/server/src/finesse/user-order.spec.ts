import { standingOf } from '#store/link-call.spec-support';
import { Refusal } from './refusals';
import { readUserOrder, ruleAgainst, withPassword } from './user-order';

const orderOf = (inner: string): ReturnType<typeof readUserOrder> => readUserOrder(`<User>${inner}</User>`);

function refusalOf(inner: string): string {
  try {
    orderOf(inner);
  } catch (error) {
    if (error instanceof Refusal) return [error.status, error.error.errorType, error.error.errorData].join(' ');
    throw error;
  }
  return 'taken';
}

describe('a PUT of a User', () => {
  it.each([
    ['<state>LOGIN</state><extension>3001</extension>', { kind: 'signIn', extension: '3001' }],
    ['<extension>+49301234567</extension><state>Login</state>', { kind: 'signIn', extension: '+49301234567' }],
    ['<state>READY</state>', { kind: 'setState', state: 'READY', reasonCode: 0 }],
    ['<state>NOT_READY</state>', { kind: 'setState', state: 'NOT_READY', reasonCode: 0 }],
    [
      '<state>NOT_READY</state><reasonCodeId>16</reasonCodeId>',
      { kind: 'setState', state: 'NOT_READY', reasonCode: 16 },
    ],
    [
      '<state>NOT_READY</state><reasonCodeId>-1</reasonCodeId>',
      { kind: 'setState', state: 'NOT_READY', reasonCode: 0 },
    ],
    ['<state>LOGOUT</state><reasonCodeId>7</reasonCodeId>', { kind: 'signOut', reasonCode: 7 }],
    ['<state>LOGOUT</state><somethingNew>1</somethingNew>', { kind: 'signOut', reasonCode: 0 }],
  ])('says what is asked for: %s', (inner, change) => {
    expect(orderOf(inner).change).toEqual(change);
  });

  it.each([
    ['400 Parameter Missing state', ''],
    ['400 Parameter Missing state', '<extension>3001</extension>'],
    ['400 Parameter Missing extension', '<state>LOGIN</state>'],
    ['400 Parameter Missing extension', '<state>LOGIN</state><extension> </extension>'],
    ['400 Invalid Input extension', '<state>LOGIN</state><extension>3001; DROP</extension>'],
    ['400 Invalid Input extension', '<state>LOGIN</state><extension>1234567890123456</extension>'],
    ['400 Invalid Input extension', '<state>LOGIN</state><extension>&#51;</extension>'],
    ['400 Invalid Input extension', '<state>LOGIN</state><extension>1</extension><extension>2</extension>'],
    ['400 Invalid Input state', '<state>TALKING</state>'],
    ['400 Invalid Input state', '<state>WORK</state>'],
    ['400 Invalid Input state', '<state>READY</state><state>LOGOUT</state>'],
    ['400 Invalid Input state', '<state><b>READY</b></state>'],
    ['400 Invalid Input reasonCodeId', '<state>NOT_READY</state><reasonCodeId>65536</reasonCodeId>'],
    ['400 Invalid Input reasonCodeId', '<state>LOGOUT</state><reasonCodeId>lunch</reasonCodeId>'],
    [
      '400 Invalid Input mobileAgent',
      '<state>LOGIN</state><extension>1</extension><mobileAgent><mode>X</mode></mobileAgent>',
    ],
  ])('is refused with %s', (refusal, inner) => {
    expect(refusalOf(inner)).toBe(refusal);
  });

  it('is refused when it is no User at all', () => {
    expect(() => readUserOrder('<Dialog/>')).toThrow(/root is not User/);
    expect(() => readUserOrder('')).toThrow(/not XML/);
  });
});

describe('the password for the CTI server', () => {
  it('goes with a sign-in, where there is one, and with nothing else', () => {
    const signIn = orderOf('<state>LOGIN</state><extension>3001</extension>');
    expect(withPassword(signIn, 'secret').change).toEqual({ kind: 'signIn', extension: '3001', password: 'secret' });
    expect(withPassword(signIn, undefined)).toBe(signIn);
    const signOut = orderOf('<state>LOGOUT</state>');
    expect(withPassword(signOut, 'secret')).toBe(signOut);
  });
});

describe('the rules of a User', () => {
  const signOut = orderOf('<state>LOGOUT</state>');
  const ready = orderOf('<state>READY</state>');
  const signIn = orderOf('<state>LOGIN</state><extension>3001</extension>');
  const out = standingOf({ state: 'LOGOUT', signedOut: true, extension: undefined });

  it.each(['READY', 'TALKING', 'HOLD', 'WORK', 'WORK_READY', 'RESERVED', 'UNKNOWN', 'LOGOUT'] as const)(
    'let nobody sign out from %s on UCCE',
    (state) => {
      const standing = standingOf({ state, signedOut: state === 'LOGOUT' });
      expect(ruleAgainst(signOut, standing, 'ucce')?.code).toBe('INVALID_STATE');
    },
  );

  it.each(['TALKING', 'HOLD', 'WORK', 'WORK_READY', 'RESERVED', 'UNKNOWN', 'LOGOUT'] as const)(
    'let nobody sign out from %s on UCCX',
    (state) => {
      const standing = standingOf({ state, signedOut: state === 'LOGOUT' });
      expect(ruleAgainst(signOut, standing, 'uccx')?.code).toBe('INVALID_STATE');
    },
  );

  it('let an agent sign out from Not Ready, and on UCCX from Ready too', () => {
    expect(ruleAgainst(signOut, standingOf(), 'ucce')).toBeUndefined();
    expect(ruleAgainst(signOut, standingOf(), 'uccx')).toBeUndefined();
    expect(ruleAgainst(signOut, standingOf({ state: 'READY' }), 'uccx')).toBeUndefined();
  });

  it('let an agent sign in again where he sits, and nowhere else', () => {
    expect(ruleAgainst(signIn, out, 'ucce')).toBeUndefined();
    expect(ruleAgainst(signIn, standingOf({ state: 'READY' }), 'ucce')).toBeUndefined();
    expect(ruleAgainst(signIn, standingOf({ extension: '3002' }), 'ucce')?.code).toBe('INVALID_DEVICE');
  });

  it('let nobody be Ready who is signed out, and take it on a call', () => {
    expect(ruleAgainst(ready, out, 'ucce')?.code).toBe('INVALID_STATE');
    expect(ruleAgainst(ready, standingOf({ state: 'TALKING', onCall: true }), 'ucce')).toBeUndefined();
  });
});
