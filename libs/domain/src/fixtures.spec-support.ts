import { type Loss } from './agent';
import { type Facts } from './event';
import { defaultPolicy } from './policy';

/** A loss that has just begun, by the default policy. */
export function aLoss(changes: Partial<Loss> = {}): Loss {
  return {
    epoch: 7,
    cause: 'lost',
    lostAt: 0,
    desktop: null,
    stage: defaultPolicy.stages[0],
    attempts: 0,
    heldSince: null,
    alarmed: false,
    released: false,
    wasReady: false,
    reasonBefore: null,
    notReadyCode: null,
    ...changes,
  };
}

/** Every gate is open. */
export const calmFacts: Extract<Facts, { link: 'inService' }> = {
  link: 'inService',
  isKnown: true,
  signedOut: false,
  onCall: false,
  isReady: false,
  notReadyReason: null,
  state: 'NOT_READY',
  sideOutageUntil: null,
  heldByOperator: false,
  massLossUntil: null,
  clock: null,
};
