import * as enumerations from './enumerations';
import { AgentState, meaningOfReason, nameOf, namesOfBits, PGStatus, ReasonCode, ServiceMask } from './enumerations';

const tables = Object.entries(enumerations).flatMap(([title, table]): [string, Record<string, number>][] => {
  if (typeof table === 'function') {
    return [];
  }
  const numbers = Object.entries(table).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return numbers.length === 0 ? [] : [[title, Object.fromEntries(numbers)]];
});

describe('enumerations', () => {
  it('are all looked at by these tests', () => {
    expect(tables.length).toBeGreaterThan(25);
  });

  it.each(tables)('%s gives each number one name, and the name back', (_title, table) => {
    for (const [name, value] of Object.entries(table)) {
      expect(nameOf(table, value)).toBe(name);
    }
  });

  it('shows a number without a name as it is', () => {
    expect(nameOf(AgentState, 4711)).toBe('4711');
  });

  it('agrees with the wire about the numbers that forced logout stands on', () => {
    expect(AgentState).toMatchObject({ LOGIN: 0, LOGOUT: 1, NOT_READY: 2, TALKING: 4, RESERVED: 8, HOLD: 10 });
    expect(ReasonCode).toMatchObject({ DESKTOP_LOST: 255, SUPERVISOR_FORCED: 999, CTI_COMPONENT_FAILURE: 50002 });
  });

  it('names the bits of a mask, lowest first, and shows those it does not know', () => {
    expect(namesOfBits(ServiceMask, 0x0014)).toEqual(['CLIENT_CONTROL', 'ALL_EVENTS']);
    expect(namesOfBits(ServiceMask, 0x8000_0200)).toEqual(['0x200', 'DEBUG']);
    expect(namesOfBits(PGStatus, 0)).toEqual([]);
  });

  it('says what a reason means, and nothing about reasons of the site', () => {
    expect(meaningOfReason(255)).toEqual({ states: ['LOGOUT'], meaning: expect.stringContaining('desktop') as string });
    expect(meaningOfReason(17)).toBeUndefined();
  });
});
