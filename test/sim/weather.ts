import { dayKinds } from './day-kinds';

/** Faults that the simulation knows. Each is counted when it bites, not when it is planned. */
export const faultKinds = [
  'store answer lost',
  'store request lost',
  'store slow',
  'store down',
  'store failover',
  'store rolled back',
  'store split brain',
  'process cut off from the store',
  'last look lost',
  'last look late',
  'last look doubled',
  'closed event late',
  'closed event doubled',
  'sweep late',
  'server killed',
  'server frozen',
  'server stopped',
  'worker killed',
  'worker frozen',
  'clock skewed',
  'clock jumped',
  'store clock stepped ahead',
  'store clock stepped back',
  'job lost',
  'job doubled',
  'job late',
  'queue obliterated',
  'CTI answer lost',
  'CTI slow',
  'CTI rejects',
  'CTI link lost',
  'CTI side down',
  'CTI black hole',
  'sign-in report late',
  'sign-in report repeated',
  'side lost',
  'desktop flaps',
  'desktop refreshed',
  'desktop fails over',
  'desktop half-open',
  'return at the end of grace',
  'return while a request is on its way',
  'call at the end of grace',
  'signed in by hand',
  'signed out by hand',
  ...dayKinds,
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** Chances and delays that hold at the moment; a calm day has none. */
export interface Weather {
  storeAnswerLost: number;
  storeRequestLost: number;
  storeSlowMs: number;
  lastLookLost: number;
  lastLookLateMs: number;
  lastLookDoubled: number;
  jobLost: number;
  jobDoubled: number;
  jobLateMs: number;
  ctiAnswerLost: number;
  ctiSlowMs: number;
  ctiRejects: number;
  reportsLateMs: number;
  reportsRepeated: number;
}

export const calm: Weather = {
  storeAnswerLost: 0,
  storeRequestLost: 0,
  storeSlowMs: 0,
  lastLookLost: 0,
  lastLookLateMs: 0,
  lastLookDoubled: 0,
  jobLost: 0,
  jobDoubled: 0,
  jobLateMs: 0,
  ctiAnswerLost: 0,
  ctiSlowMs: 0,
  ctiRejects: 0,
  reportsLateMs: 0,
  reportsRepeated: 0,
};
