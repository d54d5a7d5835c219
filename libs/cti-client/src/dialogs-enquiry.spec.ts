import { AgentState, CallType } from '#cti-protocol/enumerations';
import { ended, newDesk } from './agent-desk.spec-support';
import { on } from './mirror.spec-support';
import { type Dialog } from './dialog-book';

const { NOT_READY, TALKING } = AgentState;
const customer = '5551234';

/** A desk whose agent is on call 7 already; the CTI server answers questions about the call. */
async function deskOnCall() {
  const rig = newDesk(TALKING);
  rig.agent.calls.push({ callId: 7, device: '3001' });
  const answer = rig.pair.onMessage;
  rig.pair.onMessage = (message, end) => {
    if (message.name !== 'SNAPSHOT_CALL_REQ') {
      answer(message, end);
      return;
    }
    const party = (device: string, CallDeviceConnectionState: number) => ({
      CallConnectionCallID: message.ConnectionCallID,
      CallConnectionDeviceIDType: 0,
      CallConnectionDeviceID: device,
      CallDeviceType: 0,
      CallDeviceID: device,
      CallDeviceConnectionState,
    });
    end.send({
      name: 'SNAPSHOT_CALL_CONF',
      InvokeID: message.InvokeID,
      CallType: CallType.OTHER_IN,
      CalledPartyDisposition: 0,
      ANI: customer,
      DialedNumber: '8005',
      CallDevices: [party('3001', 3), party('3002', 4)],
    });
  };
  const ask = () => ended(rig.desk.ask('1001'), (ms) => rig.clock.pass(ms));
  const dialogs = (): readonly Dialog[] => {
    const view = rig.mirror.view('1001');
    return view === undefined ? [] : rig.desk.dialogs.of(view);
  };
  await ask();
  await rig.clock.pass(1_000);
  return { ...rig, ask, dialogs };
}

describe('calls that were there before the link', () => {
  it('are shown by snapshots of the device and of the call', async () => {
    const { dialogs, pair } = await deskOnCall();
    expect(dialogs()).toMatchObject([
      {
        callId: 7,
        from: customer,
        to: '8005',
        parties: [
          { device: '3001', state: 'ACTIVE' },
          { device: '3002', state: 'HELD' },
        ],
      },
    ]);
    expect(pair.end.count('SNAPSHOT_CALL_REQ')).toBe(1);
  });

  it('are followed by events, and not asked about again', async () => {
    const { dialogs, pair, ask } = await deskOnCall();
    pair.end.send({
      name: 'CALL_HELD_EVENT',
      MonitorID: 0,
      PeripheralType: 17,
      PeripheralID: 5000,
      HoldingDeviceType: 0,
      HoldingDeviceID: '3001',
      LocalConnectionState: 4,
      EventCause: 0xffff,
      ...on(7, '3001'),
    });
    await ask();
    expect(dialogs()).toMatchObject([{ parties: [{ device: '3001', state: 'HELD' }, { device: '3002' }] }]);
    expect(pair.end.count('SNAPSHOT_CALL_REQ')).toBe(1);
  });

  it('are over when a later snapshot does not list them: their end was missed', async () => {
    const { dialogs, agent, ask, desk, mirror } = await deskOnCall();
    agent.calls.length = 0;
    await ask();
    expect(mirror.view('1001')).toMatchObject({ calls: [] });
    expect(dialogs()).toEqual([]);
    expect(desk.dialogs.size).toBe(0);
  });

  it('stay when they began after the snapshot was asked for', async () => {
    const { dialogs, agent, ask, pair } = await deskOnCall();
    agent.calls.length = 0;
    const answer = pair.onMessage;
    pair.onMessage = (message, end) => {
      if (message.name === 'SNAPSHOT_DEVICE_REQ')
        end.send({
          name: 'CALL_SERVICE_INITIATED_EVENT',
          MonitorID: 0,
          PeripheralType: 17,
          PeripheralID: 5000,
          LineHandle: 0,
          LineType: 0,
          ServiceNumber: 0,
          ServiceID: 0,
          SkillGroupNumber: 0,
          SkillGroupID: 0,
          SkillGroupPriority: 0,
          CallingDeviceType: 0,
          CallingDeviceID: '3001',
          LocalConnectionState: 1,
          EventCause: 0xffff,
          ...on(8, '3001'),
        });
      answer(message, end);
    };
    await ask();
    expect(dialogs().map(({ callId }) => callId)).toEqual([8]);
  });

  it('are not named where the agent is on none', async () => {
    const rig = newDesk(NOT_READY);
    await ended(rig.desk.ask('1001'), (ms) => rig.clock.pass(ms));
    await rig.clock.pass(1_000);
    expect(rig.pair.end.count('SNAPSHOT_CALL_REQ')).toBe(0);
  });
});
