import { type Row } from './row';
import { clockJumps, clocksDiffer, redisClockSteps } from './rows/clock-rows';
import { everythingDown, mostComeBack, noneComesBack, shiftEnds } from './rows/crowd-rows';
import { callEndsAtReturn, ctiSideGone, linkCut } from './rows/cti-rows';
import { sideCutOff, sideCutOffFromStore } from './rows/cut-rows';
import { documentedRedisRestarts } from './rows/documented-redis-rows';
import { halfOpenDesktops } from './rows/half-open-rows';
import { holdEndsWithOutage } from './rows/held-rows';
import { flapping, forgedByes, presenceOutOfOrder, queueObliterated } from './rows/odd-rows';
import { changePending } from './rows/pending-rows';
import { returnAtGrace } from './rows/presence-rows';
import { serverDies, serverFreezes, workerDies, workerFreezes } from './rows/process-rows';
import { failover, redisDies, redisSlow, writesLost } from './rows/redis-rows';
import { splitBrain } from './rows/split-rows';
import { sessionsResumed, xmppServerKilled, xmppServerStopped, xmppStreamLost } from './rows/xmpp-rows';

/** The rows of the fault table that are played here, by their numbers. */
export const faultTable: readonly Row[] = [
  serverDies,
  workerDies,
  workerFreezes,
  redisDies,
  writesLost,
  failover,
  splitBrain,
  redisSlow,
  linkCut,
  ctiSideGone,
  clocksDiffer,
  clockJumps,
  sideCutOff,
  sideCutOffFromStore,
  presenceOutOfOrder,
  xmppServerStopped,
  xmppServerKilled,
  xmppStreamLost,
  sessionsResumed,
  halfOpenDesktops,
  mostComeBack,
  noneComesBack,
  everythingDown,
  returnAtGrace,
  callEndsAtReturn,
  flapping,
  queueObliterated,
  forgedByes,
  serverFreezes,
  shiftEnds,
  redisClockSteps,
  changePending,
  documentedRedisRestarts,
  holdEndsWithOutage,
];
