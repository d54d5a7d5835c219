import { isWithdrawal } from '../faults/run-row';
import { type CtiRequest } from '../kit/site/site';

/** A request as the CTI simulator lists it: of one agent, one after the other. */
function request(id: number, stateName: string, more: Partial<CtiRequest> = {}): CtiRequest {
  const at = 1_000 * id;
  return {
    ...{ id, at, agentId: '1001', stateName, reasonCode: 0, bySupervisor: false, effective: false },
    ...{ outcome: 'became', outcomeAt: at + 10, clientId: 'worker' },
    ...more,
  };
}

describe('a Not Ready that replaces a pending logout', () => {
  const ours = request(1, 'NOT_READY', { reasonCode: 20_001, effective: true });
  const logout = request(2, 'LOGOUT', { reasonCode: 255, outcome: 'replaced', outcomeAt: 3_005 });
  const back = request(3, 'NOT_READY', { reasonCode: 20_001, effective: true });

  it('forces nothing when it asks for the Not Ready in which we had left the agent', () => {
    expect(isWithdrawal(back, [ours, logout, back])).toBe(true);
  });

  it('is judged when it has another reason', () => {
    const other = { ...back, reasonCode: 777 };
    expect(isWithdrawal(other, [ours, logout, other])).toBe(false);
  });

  it('has the reason that UCCE gives to orders of a supervisor', () => {
    const first = { ...ours, bySupervisor: true };
    const second = { ...back, reasonCode: 999 };
    expect(isWithdrawal({ ...second, bySupervisor: true }, [first, logout, second])).toBe(true);
    expect(isWithdrawal(second, [first, logout, second])).toBe(true);
    expect(isWithdrawal(second, [ours, logout, second])).toBe(false);
  });

  it('is judged when the agent had not been made Not Ready by us, or has been signed out since', () => {
    expect(isWithdrawal(back, [logout, back])).toBe(false);
    const out = request(0, 'LOGOUT', { effective: true });
    expect(isWithdrawal(back, [{ ...ours, effective: false }, out, logout, back])).toBe(false);
  });

  it('is judged when no logout was pending', () => {
    expect(isWithdrawal(back, [ours, { ...logout, outcome: 'rejected' }, back])).toBe(false);
    expect(isWithdrawal(back, [ours, { ...logout, outcomeAt: 2_500 }, back])).toBe(false);
  });
});
