import { decodeMessage } from '#cti-protocol/decode';
import { encodeMessage } from '#cti-protocol/encode';
import { FrameReader } from '#cti-protocol/frame';
import { type DraftOf } from '#cti-protocol/messages';
import { median, parseCounts } from './cti-measure';

/**
 * Messages per second on one core: reading AGENT_STATE_EVENT (what a link gets most) and writing SET_AGENT_STATE_REQ,
 * beside JSON.parse and JSON.stringify of the same content. The four take turns in rounds, so that a busy machine
 * slows all of them; the figures are medians over the rounds.
 *
 *   npm run build && node dist/bench/cti-codec.js [--rounds 15] [--messages 200000]
 */

const { rounds, messages } = parseCounts(process.argv.slice(2), { rounds: 15, messages: 200_000 });
const version = 24;

const event = (index: number): DraftOf<'AGENT_STATE_EVENT'> => ({
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
});

const request = (index: number): DraftOf<'SET_AGENT_STATE_REQ'> => ({
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
});

// A thousand different messages, so that nothing can be learnt by heart.
const VARIETY = 1000;
const indexes = Array.from({ length: VARIETY }, (_, index) => index);
const frames = new FrameReader().push(Buffer.concat(indexes.map((index) => encodeMessage(event(index), version))));
const eventTexts = indexes.map((index) => JSON.stringify(event(index)));
const requests = indexes.map(request);

/** What comes out goes in here, so that no work can be optimised away. */
let sink = 0;

const contestants = {
  'AGENT_STATE_EVENT, decodeMessage': (index: number) => {
    const frame = frames[index]!;
    const decoded = decodeMessage(frame.type, frame.body, version);
    if (decoded.kind === 'message' && decoded.message.name === 'AGENT_STATE_EVENT') {
      sink += decoded.message.AgentState;
    }
  },
  'AGENT_STATE_EVENT, JSON.parse': (index: number) => {
    sink += (JSON.parse(eventTexts[index]!) as DraftOf<'AGENT_STATE_EVENT'>).AgentState;
  },
  'SET_AGENT_STATE_REQ, encodeMessage': (index: number) => {
    sink += encodeMessage(requests[index]!, version).length;
  },
  'SET_AGENT_STATE_REQ, JSON.stringify': (index: number) => {
    sink += JSON.stringify(requests[index]).length;
  },
};

const perSecond = Object.entries(contestants).map(([title, run]) => ({ title, run, figures: [] as number[] }));
for (let round = -2; round < rounds; round++) {
  for (const { run, figures } of perSecond) {
    const before = performance.now();
    for (let done = 0; done < messages; done++) {
      run(done % VARIETY);
    }
    const seconds = (performance.now() - before) / 1000;
    // The first two rounds warm up.
    if (round >= 0) {
      figures.push(messages / seconds);
    }
  }
}

console.log(
  `${rounds} rounds of ${messages} messages, version ${version}, Node ${process.version} (${sink > 0 ? 'ok' : ''})`,
);
for (const { title, figures } of perSecond) {
  const figure = median(figures);
  console.log(`${title.padEnd(38)} ${Math.round(figure).toLocaleString('en').padStart(12)} /s`);
}
const [decode, parse, encode, stringify] = perSecond.map(({ figures }) => median(figures));
console.log(`decodeMessage / JSON.parse     ${(decode! / parse!).toFixed(2)}`);
console.log(`encodeMessage / JSON.stringify ${(encode! / stringify!).toFixed(2)}`);
