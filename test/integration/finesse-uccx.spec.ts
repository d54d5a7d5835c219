import { inShort, textOf } from '../kit/finesse/finesse-client';
import { FinesseStage } from './finesse-stage.spec-support';

/** The REST surface in front of a contact centre of the UCCX kind. */
describe('the REST surface of Finesse on UCCX', () => {
  let stage: FinesseStage;
  beforeAll(async () => {
    stage = await FinesseStage.begin({ CTI_PRODUCT: 'uccx' });
    await stage.site.post('/settings', { mode: 'uccx' });
  });
  afterAll(async () => {
    await stage.end();
  });

  it('says which product it is', async () => {
    const { text } = await stage.at('primary').get('SystemInfo');
    expect(textOf(text, 'deploymentType')).toBe('UCCX');
  });

  it('signs out from Ready, and not while talking', async () => {
    const client = await stage.signedIn('1001');
    await stage.obeyed(client, '1001', '<state>READY</state>');
    await stage.untilShown(client, '1001', 'READY');
    const { callId } = await stage.site.post('/calls', { agentId: '1001' });
    await stage.untilShown(client, '1001', 'TALKING');
    expect(inShort(await client.put('1001', '<state>LOGOUT</state>'))).toBe('400 Invalid State state');
    await stage.site.post(`/calls/${String(callId)}`, {}, 'DELETE');
    await stage.untilShown(client, '1001', 'READY');
    await stage.obeyed(client, '1001', '<state>LOGOUT</state>');
    await stage.untilState('1001', 'LOGOUT');
  });
});
