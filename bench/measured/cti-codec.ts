import { decodeMessage } from '#cti-protocol/decode';
import { encodeMessage } from '#cti-protocol/encode';
import { FrameReader } from '#cti-protocol/frame';
import { type DraftOf } from '#cti-protocol/messages';
import { defineBench } from '../bench';
import { countText, spread } from '../report/figure';
import { interleaved, ratios } from '../rounds';

interface Size {
  readonly rounds: number;
  readonly messages: number;
}

const version = 24;
/** So many different messages, so that no branch predictor learns them by heart. */
const variety = 1_000;
const warmUps = 2;

export const bench = defineBench<Size>({
  name: 'cti-codec',
  measures:
    'How many CTI messages one core decodes (`AGENT_STATE_EVENT`, which a link gets most) and encodes (`SET_AGENT_STATE_REQ`), beside JSON of the same content.',
  wholeMinutes: 0.3,
  sizes: { small: { rounds: 3, messages: 5_000 }, whole: { rounds: 15, messages: 200_000 } },
  run: async ({ rounds, messages }) => {
    const candidates = codecCandidates();
    const turn = (candidate: (index: number) => number) => (): number => {
      let sum = 0;
      const before = process.cpuUsage();
      for (let done = 0; done < messages; done++) sum += candidate(done % variety);
      const { user, system } = process.cpuUsage(before);
      const perSecond = (messages * 1e6) / (user + system);
      // The sum is used, so that no work can be optimised away.
      if (!(sum > 0)) throw new Error('a candidate read or wrote nothing');
      return perSecond;
    };
    const { decode, parse, encode, stringify } = await interleaved(
      { rounds, warmUps },
      {
        decode: turn(candidates.decode),
        parse: turn(candidates.parse),
        encode: turn(candidates.encode),
        stringify: turn(candidates.stringify),
      },
    );
    return {
      rounds,
      setup: `${countText(messages)} messages of each kind in each round, protocol version ${String(version)}`,
      tables: [
        {
          caption: '',
          columns: ['', 'per second of CPU time', 'ratio to JSON'],
          rows: [
            ['decode', spread(decode), spread(ratios(decode, parse))],
            ['`JSON.parse`', spread(parse), ''],
            ['encode', spread(encode), spread(ratios(encode, stringify))],
            ['`JSON.stringify`', spread(stringify), ''],
          ],
        },
      ],
      notes: [],
      faults: [],
    };
  },
});

/** What each does with message `index`, 0…variety-1, answers a number that depends on the outcome. */
function codecCandidates() {
  const indexes = Array.from({ length: variety }, (_, index) => index);
  const frames = new FrameReader().push(Buffer.concat(indexes.map((index) => encodeMessage(event(index), version))));
  const eventTexts = indexes.map((index) => JSON.stringify(event(index)));
  const requests = indexes.map(request);
  return {
    decode: (index: number): number => {
      const frame = frames[index]!;
      const decoded = decodeMessage(frame.type, frame.body, version);
      if (decoded.kind !== 'message' || decoded.message.name !== 'AGENT_STATE_EVENT')
        throw new Error(`message ${String(index)} was not decoded: ${decoded.kind}`);
      return decoded.message.AgentState;
    },
    parse: (index: number): number => (JSON.parse(eventTexts[index]!) as DraftOf<'AGENT_STATE_EVENT'>).AgentState,
    encode: (index: number): number => encodeMessage(requests[index]!, version).length,
    stringify: (index: number): number => JSON.stringify(requests[index]).length,
  };
}

function event(index: number): DraftOf<'AGENT_STATE_EVENT'> {
  return {
    name: 'AGENT_STATE_EVENT',
    MonitorID: 0,
    PeripheralID: 5000,
    SessionID: 0,
    PeripheralType: 17,
    SkillGroupState: 2,
    StateDuration: index,
    SkillGroupNumber: 0xffff_ffff,
    SkillGroupID: 0xffff_ffff,
    SkillGroupPriority: 0,
    AgentState: index % 15,
    EventReasonCode: 50002,
    MRDID: 1,
    NumTasks: 0,
    AgentMode: 1,
    MaxTaskLimit: 1,
    ICMAgentID: 5015 + index,
    AgentAvailabilityStatus: 0,
    NumFltSkillGroups: 0,
    DepartmentID: 0,
    AgentID: String(1001 + index),
    AgentExtension: String(3001 + index),
    AgentInstrument: String(3001 + index),
  };
}

function request(index: number): DraftOf<'SET_AGENT_STATE_REQ'> {
  return {
    name: 'SET_AGENT_STATE_REQ',
    InvokeID: index,
    PeripheralID: 5000,
    AgentState: 1,
    AgentWorkMode: 0,
    NumSkillGroups: 0,
    EventReasonCode: 255,
    ForcedFlag: 1,
    AgentServiceReq: 0,
    AgentInstrument: String(3001 + index),
    AgentID: String(1001 + index),
  };
}
