import { type ConnectionFlags, environmentOf, readConnection, wholeNumber } from './connection';
import { CommandFailure } from './exit-codes';

const none: ConnectionFlags = { startSide: 'a', wait: 30, rate: 20 };
const pair = { CTI_A: 'a.example:42027', CTI_B: 'b.example:43027' };

function failureOf(run: () => unknown): CommandFailure {
  try {
    run();
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the connection of a command', () => {
  it('is that of the environment', () => {
    const env = { ...pair, CTI_PERIPHERAL_ID: '5001', CTI_VERSION: '20', CTI_CLIENT_ID: 'x', CTI_CLIENT_PASSWORD: 'p' };
    expect(readConnection(none, env)).toMatchObject({
      link: {
        endpoints: { a: { host: 'a.example', port: 42027 }, b: { host: 'b.example', port: 43027 } },
        peripheralId: 5001,
        version: 20,
        clientId: 'x',
        clientPassword: 'p',
        requestsPerSecondMax: 20,
      },
      waitMs: 30_000,
    });
  });

  it('has the defaults of the configuration', () => {
    const { link } = readConnection(none, pair);
    expect(link).toMatchObject({ peripheralId: 5000, version: 24, clientId: 'lastcall', clientPassword: '' });
    expect(link.tls).toBeUndefined();
  });

  it('is that of the options where they are given', () => {
    const flags = { ...none, a: 'c:1', b: 'd:2', peripheral: '7', protocol: '13', clientId: 'me' };
    const { link } = readConnection(flags, { ...pair, CTI_VERSION: '24', CTI_CLIENT_ID: 'x' });
    expect(link).toMatchObject({
      endpoints: { a: { host: 'c', port: 1 }, b: { host: 'd', port: 2 } },
      peripheralId: 7,
      version: 13,
      clientId: 'me',
    });
  });

  it('never pairs a server of the command line with one of the environment', () => {
    expect(environmentOf({ ...none, a: 'lab:1' }, pair)).toMatchObject({ CTI_A: 'lab:1', CTI_B: 'lab:1' });
    expect(environmentOf({ ...none, b: 'lab:1' }, pair)).toMatchObject({ CTI_A: 'lab:1', CTI_B: 'lab:1' });
    expect(environmentOf(none, { CTI_B: 'lab:1' })).toMatchObject({ CTI_A: 'lab:1', CTI_B: 'lab:1' });
  });

  it('forces changes as a worker of the same site does', () => {
    const env = { ...pair, CTI_SUPERVISOR_ID: '7', CTI_AGENT_PASSWORD: 'p', CTI_NOT_READY_REASON_CODE: '3' };
    expect(readConnection(none, env).forced).toEqual({ notReadyReasonCode: 3, agentPassword: 'p', supervisorId: '7' });
    expect(readConnection({ ...none, notReadyReason: '4', supervisor: '8' }, env).forced).toMatchObject({
      notReadyReasonCode: 4,
      supervisorId: '8',
    });
    const bare = { notReadyReasonCode: 20_001, agentPassword: undefined, supervisorId: undefined };
    expect(readConnection(none, pair).forced).toEqual(bare);
  });

  it('takes the password from the file of the option and then from nowhere else', () => {
    const env = environmentOf(
      { ...none, passwordFile: 'f' },
      { CTI_CLIENT_PASSWORD: 'p', CTI_CLIENT_PASSWORD_FILE: 'g' },
    );
    expect(env['CTI_CLIENT_PASSWORD']).toBeUndefined();
    expect(env['CTI_CLIENT_PASSWORD_FILE']).toBe('f');
  });

  it('leaves keys alone that it does not know: they may belong to other software', () => {
    expect(readConnection(none, { ...pair, CTI_HOME: '/opt/cti', GRACE_MSS: '1' }).link.peripheralId).toBe(5000);
  });

  it('names every option and key that cannot be used, at once, and no value', () => {
    const failure = failureOf(() =>
      readConnection({ ...none, a: 'sesame', protocol: '99' }, { CTI_CLIENT_ID: 'x'.repeat(64) }),
    );
    expect(failure.exitCode).toBe(2);
    expect(failure.message).toMatch(/^--a \(CTI_A\) .*host:port\n {2}--protocol \(CTI_VERSION\) .*\n {2}--client-id/);
    expect(failure.message).not.toMatch(/sesame|99|xxx|CTI_B/);
  });

  it('says what is missing', () => {
    expect(failureOf(() => readConnection(none, {})).message).toMatch(/^--a \(CTI_A\) is missing; expected host:port$/);
  });

  it('refuses a file that is not there, and a TLS name without TLS', () => {
    const missing = failureOf(() => readConnection({ ...none, tlsCa: '/no/such/ca.pem' }, pair));
    expect(missing.message).toBe('--tls-ca (CTI_TLS_CA) names the file /no/such/ca.pem, which cannot be used (ENOENT)');
    const noPem = failureOf(() => readConnection(none, { ...pair, CTI_TLS_CA: __filename }));
    expect(noPem.message).toContain('holds no PEM certificate');
    expect(failureOf(() => readConnection({ ...none, passwordFile: '/no/such/file' }, pair)).message).toMatch(
      /^--password-file \(CTI_CLIENT_PASSWORD\) .*ENOENT/,
    );
    expect(failureOf(() => readConnection({ ...none, tlsName: 'cti' }, pair)).message).toMatch(/--tls-ca/);
  });
});

describe('a whole number', () => {
  it.each(['0', '11', '1.5', '-1', 'x', '', '1e1'])('is not %j, where 1 to 10 is wanted', (text) => {
    expect(() => wholeNumber(1, 10)(text)).toThrow('Expected a whole number from 1 to 10.');
  });

  it('is read as one', () => {
    expect(wholeNumber(1, 10)('10')).toBe(10);
  });
});
