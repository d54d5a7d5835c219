/**
 * What a simulation can do without, to show what it is for: each name is one rule, gate or guard of the product that is
 * taken out by the simulation's own wiring. The product knows nothing of it.
 */
export type Switch =
  | 'EPOCH'
  | 'GATE'
  | 'GEN'
  | 'SWEEP'
  | 'WAIT'
  | 'MASTER'
  | 'PENDING'
  | 'link gate'
  | 'signed-out gate'
  | 'call gate'
  | 'side-outage gate'
  | 'mass-loss gate'
  | 'last look'
  | 'repair of records'
  | 'send window'
  | 'lease margin'
  | 'stall'
  | 'rate'
  | 'signed out is no loss'
  | 'losses that are none'
  | 'stage of the loss'
  | 'telephone alone'
  | 'feed notices'
  | 'clock'
  | 'version of a report'
  | 'Not Ready over Not Ready';

export type Switches = ReadonlySet<Switch>;
