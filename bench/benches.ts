import { type Bench } from './bench';
import { bench as ctiCodec } from './measured/cti-codec';
import { bench as ctiFuzz } from './measured/cti-fuzz';
import { bench as flap } from './measured/flap';
import { bench as lateness } from './measured/lateness';
import { bench as load } from './measured/load';
import { bench as memory } from './measured/memory';
import { bench as presence } from './measured/presence';
import { bench as server } from './measured/server';
import { bench as simulator } from './measured/simulator';
import { bench as soak } from './measured/soak';
import { bench as starts } from './measured/starts';
import { bench as sweep } from './measured/sweep';

/** All measurements, in the order in which they run: the long ones last. */
export const benches: readonly Bench[] = [
  ...[presence, server, lateness, memory, sweep, ctiCodec, ctiFuzz, simulator, starts],
  ...[load, flap, soak],
];
