import { type Config } from '#config/table';
import { pubsubAddressOf } from './build-notifications';

type Given = Partial<
  Pick<Config<'server'>, 'xmppMode' | 'xmppUrl' | 'xmppTls' | 'xmppPubsub' | 'xmppPubsubUrl' | 'xmppPubsubPassword'>
>;

function addressOf(given: Given): ReturnType<typeof pubsubAddressOf> {
  const nothing = { xmppMode: undefined, xmppUrl: undefined, xmppPubsub: undefined };
  return pubsubAddressOf({
    xmppTls: 'off',
    ...nothing,
    xmppPubsubUrl: undefined,
    xmppPubsubPassword: undefined,
    ...given,
  });
}

const whole = { xmppPubsub: 'pubsub.a', xmppPubsubPassword: 'secret' };
const watched = { xmppMode: 'component' as const, xmppUrl: 'xmpp://a:5347' };

describe('where notifications go', () => {
  it('is nowhere without XMPP_PUBSUB', () => {
    expect(addressOf(watched)).toBeUndefined();
  });

  it('is the port that the watch uses, unless another one is given', () => {
    expect(addressOf({ ...watched, ...whole })?.url).toBe('xmpp://a:5347');
    expect(addressOf({ ...watched, ...whole, xmppPubsubUrl: 'xmpp://b:1' })).toEqual({
      url: 'xmpp://b:1',
      service: 'pubsub.a',
      secret: 'secret',
    });
  });

  it.each<[string, Given, string]>([
    ['the password', { ...watched, xmppPubsub: 'pubsub.a' }, 'XMPP_PUBSUB_PASSWORD is missing'],
    ['an address', whole, 'XMPP_PUBSUB_URL is missing'],
    [
      "an address for components, where an account's is given",
      { ...watched, ...whole, xmppMode: 'watcher' },
      'XMPP_PUBSUB_URL is missing',
    ],
    [
      'an address that a component can use',
      { ...whole, xmppPubsubUrl: 'wss://a/ws' },
      'XMPP_PUBSUB_URL must be xmpp://host:port',
    ],
    [
      'a network of its own',
      { ...watched, ...whole, xmppTls: 'required' },
      'XMPP_URL is not on loopback, and a component has no TLS',
    ],
    [
      'the name',
      { ...watched, xmppPubsubPassword: 'secret' },
      'XMPP_PUBSUB is missing, and XMPP_PUBSUB_PASSWORD given',
    ],
  ])('is a fault of the configuration without %s', (_, given, sentence) => {
    expect(() => addressOf(given)).toThrow(sentence);
  });
});
