/** Totals since the link was made, for metrics. */
export interface LinkCounters {
  connects: number;
  sessions: number;
  gaps: number;
  faults: number;
  framesReceived: number;
  framesSent: number;
  messagesUnknown: number;
  heartbeatsMissed: number;
  requestsSent: number;
  requestsTimedOut: number;
}

/** Those that the link counts itself, at the start; `PendingRequests` counts requests that time out. */
export const NO_COUNTS: Omit<LinkCounters, 'requestsTimedOut'> = {
  connects: 0,
  sessions: 0,
  gaps: 0,
  faults: 0,
  framesReceived: 0,
  framesSent: 0,
  messagesUnknown: 0,
  heartbeatsMissed: 0,
  requestsSent: 0,
};
