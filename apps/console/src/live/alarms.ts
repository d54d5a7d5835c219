import { type PolicyDifference } from '#store/policy-watch';
import { type Alarm, type Reading, type SideState } from './overview';
import { plural } from './verdict';

/** What an operator should know at once, the worst first. */
export function alarmsOf(reading: Reading): readonly Alarm[] {
  const alarms = [
    ...(reading.dataLoss === null ? [] : [alarm(reading.dataLoss)]),
    ...reading.findings.map(({ level, sentence, remedy }) =>
      (level === 'warning' ? warning : alarm)(`${sentence} ${remedy}`),
    ),
    ...reading.unreadable.map(alarm),
    ...(reading.aloneAmongPeripherals === undefined ? [] : [alarm(reading.aloneAmongPeripherals)]),
    ...linkAlarms(reading),
    ...reading.policyDifferences.map(policyAlarm),
    ...reading.sides.flatMap(serverAlarms),
    ...queueAlarms(reading),
  ];
  const held = reading.alarmed.map((loss): Alarm => ({
    level: 'alarm',
    loss,
    sentence: `Agent ${loss.agentId} has been held for too long.`,
  }));
  const failed = reading.failed.map(({ sentence, ...loss }): Alarm => ({
    level: 'alarm',
    loss: { agentId: loss.agentId, epoch: loss.epoch },
    sentence,
  }));
  return [...alarms, ...failed, ...held].sort((one, other) => rank(one) - rank(other));
}

function rank({ level }: Alarm): number {
  return level === 'alarm' ? 0 : 1;
}

/** One link in service is enough to sign out; none is an outage of the whole. */
function linkAlarms({ sides }: Reading): Alarm[] {
  const down = sides.filter(({ link }) => link?.inService !== true);
  if (down.length === sides.length) {
    return [alarm('No CTI link is in service: nobody is signed out, all due losses are held.')];
  }
  return down.map(({ side, link }) =>
    warning(
      link === null
        ? `No worker holds the CTI link of the ${side} side.`
        : `The CTI link of the ${side} side (${link.workerId}) is not in service.`,
    ),
  );
}

function serverAlarms({ side, servers, hold, protection }: SideState): Alarm[] {
  const live = servers.filter(({ state }) => state !== 'lapsed');
  return [
    ...(live.length === 0 ? [alarm(`No server is alive on the ${side} side.`)] : []),
    ...servers.flatMap(({ serverId, state }) => {
      if (state === 'lapsed') return [warning(`Server ${serverId} (${side}) is gone; its desktops count as lost.`)];
      if (state === 'mustAssert') {
        return [
          warning(`Server ${serverId} (${side}) has still to say which desktops it holds; nothing is issued before.`),
        ];
      }
      return [];
    }),
    ...(protection === null ? [] : [alarm(protectionSentences[protection.state](side))]),
    ...(hold === null
      ? []
      : [warning(`The ${side} side is held by ${hold.by}: nobody who was lost there is signed out.`)]),
  ];
}

/** Processes that a sentence names. */
const processesShown = 5;

function policyAlarm({ processIds, differences }: PolicyDifference): Alarm {
  const more = processIds.length - processesShown;
  const named = processIds.slice(0, processesShown).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
  const act = processIds.length === 1 ? 'acts' : 'act';
  return alarm(
    `${named} ${act} by another policy than this console: ${differences}. Give all the same POLICY_FILE and graces.`,
  );
}

const protectionSentences = {
  held: (side: string) =>
    `The ${side} side lost too many desktops at once and is protected: its losses are held until most are back, for 15 min at most, or until you release the side.`,
  slow: (side: string) =>
    `The ${side} side was protected for as long as it may be: those still absent are signed out slowly.`,
};

function queueAlarms({ overdueWakeUps, queuePaused }: Reading): Alarm[] {
  return [
    ...(queuePaused
      ? [alarm('The queue logout is paused: nobody is signed out until it is resumed in Bull Board.')]
      : []),
    ...(overdueWakeUps > 0
      ? [alarm(`${plural(overdueWakeUps, 'wake-up')} more than 2 s overdue: does a worker run?`)]
      : []),
  ];
}

function alarm(sentence: string): Alarm {
  return { level: 'alarm', sentence, loss: null };
}

function warning(sentence: string): Alarm {
  return { level: 'warning', sentence, loss: null };
}
