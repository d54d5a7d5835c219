import { makeView } from '#cti-client/agent-view';
import { type Sight, sightJson, sightWords } from './watch';

const at = '2026-01-01T00:00:00.000Z';
const view = makeView(
  { agentId: '1001', state: 3, reasonCode: 0, nextState: undefined, extension: '3001', instrument: '3001' },
  [],
);
const sights: [Sight, string][] = [
  [
    { event: 'link', phase: 'inService', side: 'a', version: 24, why: 'granted' },
    `${at}  link   A inService, version 24: granted`,
  ],
  [{ event: 'agent', view }, `${at}  agent  1001  AVAILABLE  extension 3001  no call`],
  [{ event: 'complete', agents: 20 }, `${at}  all    20 agents were asked about`],
  [{ event: 'gap', why: 'lost' }, `${at}  gap    nothing above is known any more: lost`],
  [{ event: 'unknownAgent', agentId: '9' }, `${at}  agent  9  not known to the CTI server`],
  [
    { event: 'spelling', agentId: 'Agent001', asked: 'agent001' },
    `${at}  agent  agent001  is spelled Agent001 by the CTI server`,
  ],
  [{ event: 'unavailable', agentId: '9', why: 'silence' }, `${at}  agent  9  no answer: silence`],
];

describe('what is seen while watching', () => {
  it.each(sights)('is a line for people: %j', (sight, words) => {
    expect(sightWords(at, sight)).toBe(words);
  });

  it.each(sights)('is a JSON object for programs: %j', (sight) => {
    expect(JSON.parse(sightJson(at, sight))).toMatchObject({ at, event: sight.event });
  });
});
