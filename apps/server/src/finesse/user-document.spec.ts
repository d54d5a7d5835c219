import { standingOf } from '#store/link-call.spec-support';
import { systemInfoFields } from './system-info-document';
import { dialogsFields, plainProfile, userFields } from './user-document';
import { writeXmlFragment } from './xml';

const profile = { ...plainProfile('1001'), firstName: 'Ada', lastName: '<Lovelace>', team: 'sales' };
const at = Date.UTC(2012, 2, 1, 17, 58, 21, 234);

describe('the documents', () => {
  it('show a User as Finesse does', () => {
    const standing = standingOf({ changedAt: at, reasonCode: 16, pendingState: 'LOGOUT' });
    expect(writeXmlFragment({ User: userFields(profile, standing) })).toBe(
      '<User><uri>/finesse/api/User/1001</uri><roles><role>Agent</role></roles><loginId>1001</loginId>' +
        '<loginName>1001</loginName><state>NOT_READY</state><stateChangeTime>2012-03-01T17:58:21.234Z</stateChangeTime>' +
        '<mediaType>1</mediaType><pendingState>LOGOUT</pendingState><reasonCodeId>16</reasonCodeId>' +
        '<ReasonCode><category>NOT_READY</category><code>16</code><label></label><forAll>true</forAll>' +
        '<systemCode>false</systemCode><id>16</id></ReasonCode>' +
        '<settings><wrapUpOnIncoming></wrapUpOnIncoming><wrapUpOnOutgoing></wrapUpOnOutgoing></settings>' +
        '<extension>3001</extension><firstName>Ada</firstName><lastName>&lt;Lovelace&gt;</lastName>' +
        '<teamId>sales</teamId><teamName>sales</teamName><dialogs>/finesse/api/User/1001/Dialogs</dialogs>' +
        '<teams></teams></User>',
    );
  });

  it.each([
    ['NOT_READY', 0, '-1', undefined],
    ['LOGOUT', 255, '255', 'true'],
    ['NOT_READY', 50_002, '50002', 'true'],
    ['NOT_READY', 12, '12', 'false'],
    ['READY', 12, '', undefined],
    ['TALKING', 0, '', undefined],
  ] as const)('give the reason of %s with code %i as %s', (state, reasonCode, id, systemCode) => {
    const fields = userFields(profile, standingOf({ state, reasonCode }));
    expect(fields['reasonCodeId']).toBe(id);
    expect((fields['ReasonCode'] as { systemCode?: string } | undefined)?.systemCode).toBe(systemCode);
  });

  it('show the roles that Finesse knows', () => {
    const boss = { ...profile, roles: ['Agent', 'Supervisor', 'Administrator'] as const };
    expect(userFields(boss, standingOf())['roles']).toEqual({ role: ['Agent', 'Supervisor'] });
  });

  it('leave the time out where nobody has seen the change', () => {
    expect(userFields(profile, standingOf({ changedAt: 0 }))['stateChangeTime']).toBe('');
  });

  it('show calls as Dialogs, without actions', () => {
    const participant = (mediaAddress: string): object => ({ mediaAddress, state: 'ACTIVE', stateChangedAt: at });
    const dialog = {
      id: '4711',
      state: 'ACTIVE',
      fromAddress: '5551234',
      toAddress: '3001',
      startedAt: at,
      participants: [participant('3001'), participant('5551234')],
    };
    const xml = writeXmlFragment({ Dialogs: dialogsFields(standingOf({ dialogs: [dialog as never] })) });
    expect(xml).toBe(
      '<Dialogs><Dialog><id>4711</id><mediaType>Voice</mediaType><fromAddress>5551234</fromAddress>' +
        '<toAddress>3001</toAddress><mediaProperties><mediaId>1</mediaId><dialedNumber>3001</dialedNumber></mediaProperties>' +
        '<participants>' +
        ['3001', '5551234']
          .map(
            (address, index) =>
              `<Participant><actions></actions><mediaAddress>${address}</mediaAddress>` +
              `<mediaAddressType>${index === 0 ? 'AGENT_DEVICE' : ''}</mediaAddressType>` +
              '<startTime>2012-03-01T17:58:21.234Z</startTime><state>ACTIVE</state><stateCause></stateCause>' +
              '<stateChangeTime>2012-03-01T17:58:21.234Z</stateChangeTime></Participant>',
          )
          .join('') +
        '</participants><state>ACTIVE</state><uri>/finesse/api/Dialog/4711</uri></Dialog></Dialogs>',
    );
    expect(writeXmlFragment({ Dialogs: dialogsFields(standingOf()) })).toBe('<Dialogs></Dialogs>');
  });

  it('name both nodes in SystemInfo, and why it is out of service', () => {
    const info = {
      service: { status: 'OUT_OF_SERVICE', why: 'the CTI link is down' },
      linkInService: false,
      product: 'ucce',
      peripheralId: 5000,
      nodes: { primary: 'https://a.example', secondary: 'http://b.example:8082' },
      authMode: 'NON_SSO',
      xmppDomain: 'example',
      xmppPubsub: 'pubsub.example',
      now: at,
    } as const;
    expect(writeXmlFragment({ SystemInfo: systemInfoFields(info) })).toBe(
      '<SystemInfo><currentTimestamp>2012-03-01T17:58:21.234Z</currentTimestamp><deploymentType>UCCE</deploymentType>' +
        '<lastCTIHeartbeatStatus>failure</lastCTIHeartbeatStatus><peripheralId>5000</peripheralId>' +
        '<primaryNode><host>a.example</host><httpsPort>443</httpsPort></primaryNode>' +
        '<secondaryNode><host>b.example</host><httpsPort>8082</httpsPort></secondaryNode>' +
        '<status>OUT_OF_SERVICE</status><statusReason>the CTI link is down</statusReason>' +
        '<systemAuthMode>NON_SSO</systemAuthMode><timezoneOffset>0</timezoneOffset><uri>/finesse/api/SystemInfo</uri>' +
        '<xmppDomain>example</xmppDomain><xmppPubSubDomain>pubsub.example</xmppPubSubDomain></SystemInfo>',
    );
    expect(writeXmlFragment({ SystemInfo: systemInfoFields({ ...info, nodes: undefined }) })).not.toMatch(/Node/);
  });
});
