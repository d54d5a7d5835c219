import { findProsody, type ProsodyPlan, serverEnvOf } from './prosody';

const plan: ProsodyPlan = {
  program: '/usr/bin/prosody',
  ports: { xmppClient: 8089, xmppHttp: 8090, xmppComponent: 8091, xmppClientTls: 8092, xmppHttps: 8093 },
  dir: '/d/prosody',
  certificateDir: '/d/certificate',
  origins: 'http://127.0.0.1:8080',
  agentsFile: '/d/agents.json',
  agents: 20,
  secrets: { AGENT_PASSWORD: 'agents', XMPP_PASSWORD: 'watch', XMPP_PUBSUB_PASSWORD: 'notify' },
};

describe('the Prosody of npm start', () => {
  it('is the first on the PATH that can be run', () => {
    expect(findProsody('/a::/b:/c', (file) => ['/b/prosody', '/c/prosody'].includes(file))).toBe('/b/prosody');
  });

  it('is told how to be got when there is none', () => {
    const find = (path: string | undefined): string => findProsody(path, () => false);
    expect(() => find('/a:/b')).toThrow('apt-get install prosody prosody-modules');
    expect(() => find(undefined)).toThrow('there is none on the PATH');
  });

  it('is watched by each side under a name of its own, and notifies under one for both', () => {
    const [primary, secondary] = [serverEnvOf(plan, 'primary'), serverEnvOf(plan, 'secondary')];
    expect(primary['XMPP_USER']).not.toBe(secondary['XMPP_USER']);
    expect({ ...primary, XMPP_USER: '' }).toEqual({ ...secondary, XMPP_USER: '' });
    expect(primary['XMPP_PUBSUB']).toBe('pubsub.localhost');
  });
});
