import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { packageRoot } from '#config/package-root';
import { Chromium } from '../kit/browser/chromium';
import { type StropheDesktop, StrophePages } from '../kit/browser/strophe-pages';
import { textIn } from '../kit/finesse/finesse-events';
import { TestProcess } from '../kit/process';
import { sideBySide } from '../kit/side-by-side';
import { pause, waitFor, waitForEvent } from '../kit/wait';
import { BoshClient } from '../kit/xmpp/bosh-client';
import { SlixmppDesktop, type SlixmppPlace } from '../kit/xmpp/slixmpp-desktop';
import { XmppTryOut } from './xmpp-try-out.spec-support';

/** Clients of the Prosody that `npm start -- --xmpp` offers, as its settings and its module have it. */

const plainAuth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHgAeA==</auth>";
/** Longer than mod_lastcall_clients waits for a client that answers its pings. */
const longerThanAnAnswerMs = 20_000;

let tryOut: XmppTryOut;
let pages: StrophePages;
let browser: Chromium;
let doomed: Chromium;
const slixmpp: SlixmppDesktop[] = [];

afterAll(async () => {
  await Promise.all([browser.stop(), doomed.stop(), ...slixmpp.map((desktop) => desktop.kill())]);
  await tryOut.stop();
  await pages.stop();
});

/** A page that is signed in by REST and told so by XMPP. */
async function openPage(agentId: string, service: string, at = browser, plain?: true): Promise<StropheDesktop> {
  const rest = tryOut.rest.bind(tryOut);
  const options = { agentId, password: tryOut.password, service, rest };
  const desktop = await pages.open(at, plain === undefined ? options : { ...options, plain });
  const told = await desktop.untilTold(`User/${agentId} PUT user NOT_READY`);
  expect(textIn(told.payload, 'requestId')).toBe('on-load');
  return desktop;
}

async function openSlixmpp(agentId: string, port: number, tls?: SlixmppPlace['tls']): Promise<SlixmppDesktop> {
  const place = { password: tryOut.password, rest: tryOut.rest.bind(tryOut) };
  const xmppServer = { domain: 'localhost', c2sPort: port };
  const desktop = new SlixmppDesktop({ ...place, xmppServer, ...(tls === undefined ? {} : { tls }) }, agentId);
  slixmpp.push(desktop);
  await desktop.open();
  expect(await desktop.signIn('primary', String(Number(agentId) + 2_000))).toMatchObject({ status: 202 });
  await desktop.untilTold(`User/${agentId} PUT user NOT_READY`);
  return desktop;
}

/** What a server says on a stream to which a test writes by hand. */
class Conversation {
  private heard = '';

  constructor(private readonly wire: Socket | WebSocket) {
    if (wire instanceof WebSocket) wire.on('message', (data: Buffer) => (this.heard += data.toString()));
    else wire.on('data', (data: Buffer) => (this.heard += data.toString()));
  }

  /** Waits for that text, and answers all that was said. */
  async ask(text: string, answer: string): Promise<string> {
    if (this.wire instanceof WebSocket) this.wire.send(text);
    else this.wire.write(text);
    await waitFor(`the server to say ${answer}`, () => this.heard.includes(answer), { seen: () => this.heard });
    return this.heard;
  }
}

/** What is offered on a stream without TLS, and the answer to PLAIN all the same. */
async function offeredAndRefused(wire: Socket | WebSocket, event: string, header: string): Promise<string> {
  await waitForEvent('the connection', new Promise((resolve) => (wire as Socket).once(event, resolve)));
  const conversation = new Conversation(wire);
  await conversation.ask(header, '</mechanisms>');
  const all = await conversation.ask(plainAuth, '</failure>');
  if (wire instanceof WebSocket) wire.terminate();
  else wire.destroy();
  return all;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code } = await new TestProcess({ name: program, program, args }).untilEnded();
  expect(code).toBe(0);
}

/** As npm start and the container run it. */
async function makeCertificate(folder: string): Promise<X509Certificate> {
  await run('sh', [join(packageRoot(), 'tools', 'prosody', 'make-certificate'), folder]);
  return new X509Certificate(readFileSync(join(folder, 'localhost.crt')));
}

const offersNoPlain = (answer: string): void => {
  expect(answer).toContain('<mechanism>SCRAM-SHA-1</mechanism>');
  expect(answer).not.toContain('<mechanism>PLAIN</mechanism>');
};

sideBySide(
  async () => {
    pages = await StrophePages.start();
    tryOut = await XmppTryOut.start({ agents: 12, origin: pages.origin });
    const certificate = readFileSync(tryOut.certificateFile, 'utf8');
    [browser, doomed] = await Promise.all([Chromium.start(certificate), Chromium.start()]);
  },
  {
    'a page signs in over BOSH from an origin that ORIGINS names, and is told of its state': async () => {
      const desktop = await openPage('1001', tryOut.bosh);
      const asked = await desktop.ask('primary', 'User/1001', 'PUT', '<User><state>READY</state></User>');
      expect(asked.status).toBe(202);
      await desktop.untilTold('User/1001 PUT user READY');
    },

    'a page signs in over BOSH without the slash at the end': async () => {
      await openPage('1002', tryOut.bosh.replace(/\/$/, ''));
    },

    'a page signs in over BOSH with TLS, and with PLAIN': async () => {
      await openPage('1003', tryOut.boshOverTls, browser, true);
    },

    'pages of other origins may not use BOSH': async () => {
      const allowed = async (origin: string): Promise<string | null> =>
        (await fetch(tryOut.bosh, { method: 'OPTIONS', headers: { origin } })).headers.get(
          'access-control-allow-origin',
        );
      expect(await allowed(pages.origin)).toBe(pages.origin);
      expect(await allowed('http://elsewhere.example')).toBeNull();
    },

    'pages that are frozen are signed out, over BOSH and over a WebSocket without stream management': async () => {
      await openPage('1004', tryOut.bosh, doomed);
      await openPage('1005', tryOut.webSocket, doomed);
      doomed.freezeRenderers();
      await tryOut.untilSignedOut('1004');
      await tryOut.untilSignedOut('1005');
    },

    'a client without stream management that is frozen is signed out, and one that lives is not': async () => {
      const living = await openSlixmpp('1006', tryOut.clientPort);
      const frozen = await openSlixmpp('1007', tryOut.clientPort);
      frozen.freeze();
      await tryOut.untilSignedOut('1007');
      expect(living.isOnline).toBe(true);
      expect(await tryOut.stateOf('1006')).toBe('NOT_READY');
    },

    'a client that never answers pings keeps its BOSH session for as long as a throttled timer takes': async () => {
      const ca = readFileSync(tryOut.certificateFile, 'utf8');
      const client = new BoshClient(tryOut.boshOverTls, { ca });
      await client.begin();
      expect(await client.authenticate('1008', tryOut.password)).toContain('<success');
      await client.bind();
      expect(await client.send("<presence xmlns='jabber:client'/>")).toContain('lastcall-ping');
      await pause(longerThanAnAnswerMs);
      expect(await client.send()).toContain('lastcall-ping');
    },

    'signs in with PLAIN over STARTTLS and over TLS, for clients that trust the certificate': async () => {
      const caFile = tryOut.certificateFile;
      await openSlixmpp('1009', tryOut.clientPort, { caFile, direct: false });
      await openSlixmpp('1010', tryOut.clientTlsPort, { caFile, direct: true });
    },

    'PLAIN is neither offered nor taken without TLS: TCP': async () => {
      const header =
        "<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
      const said = await offeredAndRefused(connect(tryOut.clientPort, '127.0.0.1'), 'connect', header);
      offersNoPlain(said);
      expect(said).toContain('encryption-required');
    },

    'PLAIN is neither offered nor taken without TLS: WebSocket': async () => {
      const header = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
      const said = await offeredAndRefused(new WebSocket(tryOut.webSocket, ['xmpp']), 'open', header);
      offersNoPlain(said);
      expect(said).toContain('encryption-required');
    },

    'PLAIN is neither offered nor taken without TLS: BOSH, whatever a header says': async () => {
      for (const headers of [{}, { 'x-forwarded-proto': 'https' }]) {
        const client = new BoshClient(tryOut.bosh, { headers });
        const offered = await client.begin();
        offersNoPlain(offered);
        // It cannot be done over HTTP.
        expect(offered).not.toContain('starttls');
        expect(await client.send(plainAuth)).toContain('encryption-required');
      }
    },

    'the certificate is good for both names, and nobody but its owner can read the key': async () => {
      const ca = readFileSync(tryOut.certificateFile);
      for (const name of ['localhost', '127.0.0.1']) {
        const port = Number(new URL(tryOut.boshOverTls).port);
        const socket = connectTls({ host: name, port, ca });
        // One that is not trusted, or of another name, ends in an error.
        const secured = Promise.withResolvers<undefined>();
        socket.once('error', secured.reject).once('secureConnect', () => {
          secured.resolve(undefined);
        });
        await waitForEvent(`a TLS connection to ${name}`, secured.promise);
        expect(socket.authorized).toBe(true);
        socket.destroy();
      }
      const modeOf = (path: string): number => statSync(path).mode & 0o777;
      expect(modeOf(tryOut.certificateFile.replace(/crt$/, 'key'))).toBe(0o600);
      expect(modeOf(dirname(tryOut.certificateFile))).toBe(0o700);
    },
  },
);

describe('the certificate of the try-out', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certificate-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const daysLeft = ({ validToDate }: X509Certificate): number =>
    Math.round((validToDate.getTime() - Date.now()) / 86_400_000);

  it('is valid for a year, and stays from start to start', async () => {
    const first = await makeCertificate(folder);
    expect(daysLeft(first)).toBe(365);
    expect((await makeCertificate(folder)).fingerprint256).toBe(first.fingerprint256);
  });

  it.each([
    [31, 31],
    [29, 365],
  ])('that is valid for %d more days is valid for %d after the next start', async (days, after) => {
    await makeCertificate(folder);
    const [key, certificate] = [join(folder, 'localhost.key'), join(folder, 'localhost.crt')];
    const words = ['req', '-x509', '-key', key, '-days', String(days), '-subj', '/CN=localhost', '-out', certificate];
    await run('openssl', words);
    expect(daysLeft(await makeCertificate(folder))).toBe(after);
  });

  it('is made again when its key is gone, and its files are closed to others when they were open', async () => {
    const first = await makeCertificate(folder);
    await rm(join(folder, 'localhost.key'));
    expect((await makeCertificate(folder)).fingerprint256).not.toBe(first.fingerprint256);
    await chmod(folder, 0o755);
    await chmod(join(folder, 'localhost.key'), 0o644);
    await makeCertificate(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'localhost.key')).mode & 0o777).toBe(0o600);
  });
});
