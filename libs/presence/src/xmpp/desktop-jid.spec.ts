import fc from 'fast-check';
import { accountNamed, desktopIdOf, ownerOf } from './desktop-jid';

const domain = 'desk.example.com';

describe('the owner of a presence', () => {
  it('is the account before the @, whatever the resource says', () => {
    expect(ownerOf(`1001@${domain}/desk`, domain)).toEqual({
      kind: 'desktop',
      agentId: '1001',
      jid: `1001@${domain}/desk`,
    });
    const forged = `1002@${domain}/1001@${domain}/desk`;
    expect(ownerOf(forged, domain)).toEqual({ kind: 'desktop', agentId: '1002', jid: forged });
    expect(ownerOf(`${domain}/1001@${domain}`, domain)).toEqual({ kind: 'foreign' });
  });

  it('is nobody of ours at another domain, be it one that holds or ends with ours', () => {
    for (const other of ['example.com', `evil.${domain}`, `${domain}.evil`, `x${domain}`, '']) {
      expect(ownerOf(`1001@${other}/desk`, domain)).toEqual({ kind: 'foreign' });
    }
    expect(ownerOf('1001@Desk.Example.COM/desk', domain)).toMatchObject({ kind: 'desktop', agentId: '1001' });
  });

  it('is the same one however account and domain are spelled, and another one with another resource', () => {
    const spelled = ['Agent001@DESK.example.com/Desk', 'AGENT001@desk.example.com/Desk'];
    for (const jid of spelled) {
      expect(ownerOf(jid, 'Desk.Example.com')).toEqual({
        kind: 'desktop',
        agentId: 'agent001',
        jid: `agent001@${domain}/Desk`,
      });
    }
    expect(ownerOf(`agent001@${domain}/desk`, domain)).not.toEqual(ownerOf(spelled[0]!, domain));
  });

  it('is no desktop without a resource', () => {
    expect(ownerOf(`1001@${domain}`, domain)).toEqual({ kind: 'bare' });
    expect(ownerOf(`1001@${domain}/`, domain)).toEqual({ kind: 'bare' });
  });

  it.each([
    'watcher account',
    'x'.repeat(51),
    '',
    'night\\20watchman',
    '10\\2f01',
    'ä1001',
    '10:01',
    '10\\3a01',
    'a\\5cb',
  ])('is no agent when its name is %p', (name) => {
    expect(ownerOf(`${name}@${domain}/desk`, domain).kind).toBe('notAnAgent');
  });

  it('may be called by a login name, which is escaped as XEP-0106 has it', () => {
    for (const name of ['ada', 'ada.lovelace@example.com', 'sales\\ada', "o'hara", 'a\\40b']) {
      const jid = `${accountNamed(name)}@${domain}/desk`;
      expect(ownerOf(jid, domain)).toEqual({ kind: 'desktop', agentId: name, jid });
    }
    expect(accountNamed('Ada.Lovelace@example.com')).toBe('ada.lovelace\\40example.com');
  });

  it('is one account and no other: no two names are the same agent', () => {
    const part = fc.constantFrom('1', '0', 'a', '\\5c', '\\', '40', '20', '.', '@');
    const names = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(names, names, (one, other) => {
        const agents = [one, other].map((name) => ownerOf(`${name}@${domain}/x`, domain));
        const [first, second] = agents;
        if (first?.kind !== 'desktop' || second?.kind !== 'desktop') return;
        expect(first.agentId === second.agentId).toBe(one === other);
      }),
    );
  });
});

describe('the desktop id of a JID', () => {
  it('is the JID when that is short and plain', () => {
    expect(desktopIdOf('1001@localhost/desk-1')).toBe('1001@localhost/desk-1');
  });

  it('names the account and differs with the resource when that is long or strange', () => {
    const ids = ['büro', 'büro ', 'x'.repeat(1000), 'x'.repeat(1001), '\u202e"><script>', 'a b'].map((resource) =>
      desktopIdOf(`1001@localhost/${resource}`),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) {
      expect(id).toMatch(/^1001@localhost\/~[A-Za-z0-9_-]{22}$/);
    }
  });

  it('never holds more than a desktop id may', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 2000 }),
        fc.string({ maxLength: 300 }),
        (resource, account) => {
          expect(desktopIdOf(`${account.replace(/\//g, '')}@d/${resource}`)).toMatch(/^[A-Za-z0-9._:@/+=~-]{1,128}$/);
        },
      ),
    );
  });
});
