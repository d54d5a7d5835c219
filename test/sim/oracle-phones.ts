import { type ClockError } from './oracle-clock';
import { type Observation } from './oracle-log';
import { type PolicyLog } from './oracle-policies';
import { seconds, type Violation } from './oracle-rules';

/** Who is out for less than this may not have been seen to be out, and the loss goes on. */
const seenOutMs = 90_000;

interface Phone {
  /** Since when the agent is signed in, as far as somebody must have seen it. */
  since: number;
  outSince: number | null;
  /** A desktop was at least tried: from then on the other rules count. */
  hasTried: boolean;
}

/**
 * I8: somebody who never had a desktop is asked for nothing, unless a worker's policy says so (withoutDesktop: logout), and
 * then not before its grace has passed since the sign-in.
 */
export function judgePhones(
  observations: readonly Observation[],
  policies: PolicyLog,
  clockError: ClockError,
): Violation[] {
  const phones = new Map<string, Phone>();
  const found: Violation[] = [];
  for (const observation of observations) {
    if (!('agentId' in observation)) continue;
    const { at, agentId } = observation;
    const phone = phones.get(agentId) ?? { since: at, outSince: null, hasTried: false };
    phones.set(agentId, phone);
    if (observation.what === 'tried' || observation.what === 'acknowledged') phone.hasTried = true;
    if (observation.what === 'signedOut') phone.outSince ??= at;
    if (observation.what === 'took' && observation.became === 'loggedOut') phone.outSince ??= at;
    if (observation.what === 'signedIn') {
      if (phone.outSince !== null && at - phone.outSince >= seenOutMs) phone.since = at;
      phone.outSince = null;
    }
    if (observation.what !== 'requested' || phone.hasTried) continue;
    const signingOut = policies.ofWorkers(phone.since, at).filter(({ withoutDesktop }) => withoutDesktop === 'logout');
    const graceMs = policies.earliest(signingOut, 'graceWithoutDesktopMs', observation.asked, signingOut);
    if (at - phone.since >= graceMs - clockError(at, graceMs)) continue;
    const sentence =
      signingOut.length === 0
        ? `request ${String(observation.request)} came for an agent who never had a desktop, and no policy says so`
        : `request ${String(observation.request)} came ${seconds(at - phone.since)} after a sign-in by telephone; grace is ${seconds(graceMs)}`;
    found.push({ invariant: 'I8', at, agentId, sentence });
  }
  return found;
}
