import { Keys } from '#store/keys';
import { peripheralId } from '../../kit/site/site';
import { pause, waitFor } from '../../kit/wait';
import { plainNeeds } from '../experiment';
import { type Row } from '../row';
import { freezeAfterCommit } from '../rows/process-rows';

/** Rows of the fault table, sharpened: so slow a way, or so long a freeze, that a race is won in every run. */

/** From a last look to the desktop of the first agent, and from each to the next: the worker, however busy, decides about some of them meanwhile. */
const decidedMs = 100;

/**
 * Between the load of the record for the last decision and its commit there is a moment of some milliseconds. Here it is made
 * long: what a worker decided before the return is committed after it.
 */
export const returnBeforeCommit: Row = {
  number: 23,
  fault: 'return on the other side between the load of the record and the commit of issuing',
  how: 'as row 23, 0.1 to 0.8 s after the last look about them; the commit of issuing is 1.2 s late',
  needs: plainNeeds,
  agents: 8,
  baseline: 'it keeps no record',
  async play(experiment) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    const away = new Map(desktops.map((desktop) => [desktop.agentId, desktop]));
    const ears = experiment.site.redisConnection.duplicate();
    ears.on('message', (_channel: string, question: string) => {
      const { agentIds } = JSON.parse(question) as { agentIds: readonly string[] };
      for (const agentId of agentIds) {
        const desktop = away.get(agentId);
        if (!away.delete(agentId)) continue;
        void pause(decidedMs * (this.agents - away.size)).then(() => desktop?.arrive('secondary'));
      }
    });
    await ears.subscribe(new Keys(peripheralId).lastLook);
    for (const desktop of desktops) desktop.leave('crash');
    await waitFor('last looks about all of them', () => away.size === 0).finally(() => {
      ears.disconnect();
    });
    await pause(decidedMs * this.agents);
    await experiment.untilAcknowledged(desktops);
    await pause(sendsMs);
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

/** From the answer of the CTI server to the effect: long enough for a desktop to open on a busy machine. */
const effectAfterMs = 1_500;
/** How soon after the commit of issuing the desktop is there. */
const lookMs = 10;

export const returnWhileIssuing: Row = {
  number: 23,
  fault: 'return on the other side while the request is on its way',
  how: 'as row 23, each as soon as the record says issuing; requests take effect 1.5 s late',
  needs: plainNeeds,
  agents: 40,
  baseline: 'it keeps no record',
  async play(experiment) {
    for (const side of ['A', 'B'])
      await experiment.site.post('/faults', { side, fault: 'answerAfterConf', ms: effectAfterMs, on: true });
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'primary');
    const beganAt = Date.now();
    for (const desktop of desktops) desktop.leave('crash');
    const away = new Map(desktops.map((desktop) => [desktop.agentId, desktop]));
    const issuing = new Keys(peripheralId).phase('issuing');
    const isAsked = async (): Promise<boolean> => {
      for (const agentId of await experiment.site.redisConnection.zrange(issuing, '0', '-1')) {
        away.get(agentId)?.arrive('secondary');
        away.delete(agentId);
      }
      await pause(lookMs);
      return away.size === 0;
    };
    await waitFor('requests about all of them', isAsked, { isBrief: true });
    await experiment.untilAcknowledged(desktops);
    await pause(effectAfterMs);
    experiment.noteFault('ctiSlow', beganAt);
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

/**
 * Row 3 thaws its worker while everybody still waits for the outcome. Here another worker settles the doubt first, and
 * the agents who returned are acknowledged: only then does the frozen one come to send.
 */
export const workerFreezesForLong: Row = {
  number: 3,
  fault: 'a worker freezes between commit and request until its doubt is settled and the agents are back',
  how: 'as row 3, with the other worker started again meanwhile; thawed when all desktops are acknowledged',
  needs: { ...plainNeeds, env: { CTI_MESSAGES_PER_SECOND_MAX: '2', CTI_ENQUIRIES_PER_SECOND_MAX: '0' } },
  agents: 5,
  baseline: true,
  async play(experiment) {
    const { primary: worker, secondary: other } = experiment.site.workers;
    await other.stop();
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, 'secondary');
    const beganAt = Date.now();
    for (const desktop of desktops) desktop.leave('crash');
    const ghost = await freezeAfterCommit(experiment, worker, desktops);
    for (const desktop of desktops) if (desktop !== ghost) desktop.arrive('secondary');
    await other.start();
    await experiment.untilAcknowledged(desktops);
    await pause(settledMs);
    worker.thaw();
    await pause(sendsMs);
    experiment.noteFault('workerFrozen', beganAt);
    await experiment.untilAcknowledged(desktops);
    return undefined;
  },
};

/** From an acknowledgement to the thaw: nobody can take the late request for one that was on its way before. */
const settledMs = 300;
/** What the thawed worker has to send, at two messages a second. */
const sendsMs = 3_000;
