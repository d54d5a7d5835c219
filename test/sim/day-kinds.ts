/** What happens on an ordinary day. Each is counted when it happens, not when it is planned. */
export const dayKinds = [
  'shift end',
  'signed out and gone',
  'gone without signing out',
  'lunch',
  'back from lunch',
  'back from lunch, signed out meanwhile',
  'signed in by telephone alone',
  'telephone used while unseen',
  'telephone used while present',
  'telephone used while in grace',
  'telephone used while held',
  'telephone used while a request is on its way',
  'telephone used while settled',
  'policy changed',
] as const;
