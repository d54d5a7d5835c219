import { type Socket } from 'node:net';
import { StreamFault } from './stream-fault';

/** Before TLS a server has its stream header, its features and one answer to say; nothing of it needs more. */
const clearTextCharsMax = 16_384;

/**
 * Takes a fresh connection to where TLS can begin (RFC 6120 §5.4): nothing else is ever said on it in clear text, so
 * whoever sits between and takes the offer of TLS out of the features only makes us give up.
 *
 * Resolves when the server has agreed; rejects with a StreamFault, or when the socket ends.
 */
export function negotiateStartTls(socket: Socket, domain: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let heard = '';
    let asked = false;
    const finish = (fault?: Error): void => {
      socket.off('data', hear).off('error', finish).off('close', gone);
      if (fault === undefined) resolve();
      else reject(fault);
    };
    const gone = (): void => {
      finish(new StreamFault('lost', 'the server closed the connection before TLS'));
    };
    const hear = (chunk: Buffer | string): void => {
      heard += chunk.toString();
      if (heard.length > clearTextCharsMax) finish(new StreamFault('malformed', 'too much was said before TLS'));
      else if (/<(stream:)?error[\s>/]/.test(heard)) {
        finish(new StreamFault('refused', `the server refuses a stream to ${domain} (XMPP_DOMAIN)`));
      } else if (!asked) {
        const features = /<stream:features[^>]*(\/>|>[\s\S]*<\/stream:features>)/.exec(heard)?.[0];
        if (features === undefined) return;
        if (!features.includes('urn:ietf:params:xml:ns:xmpp-tls')) {
          finish(
            new StreamFault(
              'insecure',
              'the server offers no TLS; XMPP_TLS=off does without, on loopback or in a tunnel',
            ),
          );
          return;
        }
        asked = true;
        heard = '';
        socket.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
      } else {
        const answer = /<(proceed|failure)[^>]*>/.exec(heard);
        if (answer === null) return;
        const rest = heard
          .slice(answer.index + answer[0].length)
          .replace(/^<\/proceed>/, '')
          .trim();
        const isClean = answer[1] === 'proceed' && rest === '';
        finish(isClean ? undefined : new StreamFault('insecure', 'the server did not agree to TLS'));
      }
    };
    socket.on('data', hear).once('error', finish).once('close', gone);
    socket.write(
      `<?xml version='1.0'?><stream:stream to='${domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`,
    );
  });
}
