import { type Facts, type LastLook, type RequestResult } from '#domain/event';
import { CtiDesk, type RestoreResult, Witnesses } from './ports';

/**
 * For processes that hold no CTI link: servers and consoles. They report what happened and never look at a wake-up, so
 * no decision asks them for facts or requests; one that did would be a programmer's error.
 */
export class NoWitnesses extends Witnesses {
  override findFacts(): Promise<Facts> {
    return Promise.resolve({ link: 'outOfService', why: 'This process holds no CTI link.' });
  }
  override askLastLook(): Promise<LastLook> {
    return Promise.reject(new Error('A process without a CTI link was told to ask for a last look.'));
  }
}

export class NoDesk extends CtiDesk {
  override request(): Promise<RequestResult> {
    return Promise.resolve({ kind: 'notSent', evidence: 'This process holds no CTI link.' });
  }
  override settleDoubt(): Promise<RequestResult> {
    return Promise.resolve({ kind: 'inDoubt', evidence: 'This process holds no CTI link.', notReadyCode: null });
  }
  override withdraw(): Promise<RequestResult> {
    return Promise.resolve({ kind: 'inDoubt', evidence: 'This process holds no CTI link.', notReadyCode: null });
  }
  override restoreReady(): Promise<RestoreResult> {
    return Promise.resolve({ isOver: false, evidence: 'This process holds no CTI link.' });
  }
}
