/** A rule, gate or guard of the product that can be taken out of its processes: see switch-off.ts. */
export type SwitchedOff =
  | 'EPOCH'
  | 'GATE'
  | 'GEN'
  | 'SWEEP'
  | 'WAIT'
  | 'MASTER'
  | 'PENDING'
  | 'held waker'
  | 'link gate'
  | 'signed-out gate'
  | 'call gate'
  | 'side-outage gate'
  | 'operator gate'
  | 'mass-loss gate'
  | 'last look'
  | 'Redis time'
  | 'store clock'
  | 'send guard';

/** What a row needs to be done to the processes with the rule in force too, so that a race is won in every run. */
export type Disturbance = 'late commit of issuing';

/** Names of what is switched off or disturbed, with commas between them. */
export const switchedOffKey = 'SWITCHED_OFF';
/** The file to which a process adds the name of each, as soon as it has made a difference. */
export const marksKey = 'SWITCHED_OFF_MARKS';
