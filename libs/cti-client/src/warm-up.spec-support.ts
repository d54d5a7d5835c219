/** For unit tests: a desk whose mirror is kept warm, and a CTI server that knows agents and uploads their configuration. */
import { AgentState } from '#cti-protocol/enumerations';
import { type Message } from '#cti-protocol/messages';
import { pino } from 'pino';
import { AgentDesk, type DeskOptions } from './agent-desk';
import { answerQuestions, type FakeAgent } from './agents.spec-support';
import { linkInService, PERIPHERAL, type ServerEnd } from './cti-pair.spec-support';
import { type LinkOptions } from './link-options';
import { Mirror } from './mirror';
import { WarmUp, type WarmUpOptions } from './warm-up';

/** How a server treats a configuration upload. */
export type UploadManner = 'whole' | 'inTwoParts' | 'noKeysAndEmpty' | 'silent' | 'silentAfterKey' | 'refused';

export const KEY = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 9);

/** Agents 1, 2, … on extensions x1, x2, …, all Not Ready. */
export const staff = (count: number): Record<string, FakeAgent> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      String(index + 1),
      { state: AgentState.NOT_READY, device: `x${index + 1}`, calls: [] },
    ]),
  );

export interface UploadServer {
  manner: UploadManner;
  key: Uint8Array;
}

export function answerUpload(
  message: Message,
  end: ServerEnd,
  agents: readonly string[],
  { manner, key }: UploadServer,
): void {
  if (message.name === 'CONFIG_REQUEST_KEY_EVENT' && manner !== 'silent')
    end.send(
      manner === 'noKeysAndEmpty'
        ? { name: 'CONFIG_KEY_EVENT', ConfigKeyStatus: 2 }
        : { name: 'CONFIG_KEY_EVENT', ConfigKeyStatus: 0, AgentConfigKey: key },
    );
  if (message.name !== 'CONFIG_REQUEST_EVENT' || manner === 'silentAfterKey') return;
  if (manner === 'refused') {
    end.send({ name: 'CONFIG_END_EVENT', ConfigEndStatus: 3 });
    return;
  }
  if (manner === 'noKeysAndEmpty' || message.ConfigInformation === 0) {
    end.send({ name: 'CONFIG_END_EVENT', ConfigEndStatus: 4 });
    return;
  }
  const half = manner === 'inTwoParts' ? Math.ceil(agents.length / 2) : agents.length;
  for (const part of [agents.slice(0, half), agents.slice(half)]) {
    end.send({ name: 'CONFIG_BEGIN_EVENT', ConfigType: 1, ConfigInformation: 4 });
    for (const LoginID of part)
      end.send({
        name: 'CONFIG_AGENT_EVENT',
        Records: [{ RecordType: 0, FltPeripheralID: PERIPHERAL, LoginID }],
      });
    const isLast = manner !== 'inTwoParts' || part === agents || part[0] !== agents[0];
    end.send({ name: 'CONFIG_END_EVENT', ConfigEndStatus: isLast ? 0 : 5 });
    if (isLast) return;
  }
}

export interface WarmStage {
  agents: Record<string, FakeAgent>;
  manner?: UploadManner;
  warmUp?: Omit<WarmUpOptions, 'log'>;
  link?: Partial<LinkOptions>;
}

/** The stage is set when the warm-up begins: the link is in service. */
export function warmStage({ agents, manner = 'whole', warmUp = {}, link = {} }: WarmStage) {
  const rig = linkInService({ heartbeatMs: 60_000, configuration: true, ...link });
  const server: UploadServer = { manner, key: KEY };
  answerQuestions(rig.pair, agents, (message, end) => {
    answerUpload(message, end, Object.keys(agents), server);
  });
  const mirror = new Mirror({ peripheralId: PERIPHERAL });
  const options: DeskOptions = { log: pino({ level: 'silent' }), warmUp };
  const desk = new AgentDesk(rig.link, mirror, options);
  if (!(desk.warmUp instanceof WarmUp)) throw new Error('the desk keeps nothing warm');
  const completed: number[] = [];
  desk.warmUp.on('complete', () => completed.push(rig.clock.monotonicMs()));
  return { ...rig, mirror, desk, warmUp: desk.warmUp, completed, server };
}
