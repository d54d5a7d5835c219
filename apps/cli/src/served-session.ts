/**
 * The CTI server's side of a captured connection, played to a client.
 *
 * The capture is a script. A frame that the client had sent is **awaited**: the script goes on when the client has sent
 * one of the same type, or ends when it has not in time. A frame that the server had sent is **said**, after the pause it
 * had then, with the InvokeID of the request that it answers now. So what follows from a request never comes before it.
 * Heartbeats and CLOSE_REQ follow the client's own clock, so they are answered as they come and are not in the script.
 */
import { once } from 'node:events';
import { type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { StatusCode } from '#cti-protocol/enumerations';
import { encodeMessage } from '#cti-protocol/encode';
import { HEADER_BYTES } from '#cti-protocol/field-types';
import { type Frame, FrameReader } from '#cti-protocol/frame';
import { messages, type MessageName, type ProtocolVersion } from '#cti-protocol/messages';
import { type CapturedFrame } from './capture-line';

export interface ServeLimits {
  /** How long the client may take to send what is awaited. */
  readonly waitMs: number;
  /** Longer pauses of the capture are cut down to this. */
  readonly pauseMsMax: number;
}

export type ServeOutcome =
  /** The client went away (or was asked to, by CLOSE_REQ) after everything was said. */
  | { readonly kind: 'played'; readonly frames: number }
  /** It offered a version other than the captured one, was refused, and may come again with a lower one. */
  | { readonly kind: 'versionRefused'; readonly offered: number; readonly captured: number }
  | { readonly kind: 'brokenOff'; readonly frames: number; readonly why: string };

/** Requests that came before the script awaits them. */
const INBOX_MAX = 1_000;
/** InvokeIDs whose answers may still be said. */
const INVOKE_IDS_MAX = 1_000;

const REQUESTS_ANSWERED_AT_ONCE: readonly number[] = [messages.HEARTBEAT_REQ.number, messages.CLOSE_REQ.number];
const NOT_IN_THE_SCRIPT: readonly string[] = ['HEARTBEAT_REQ', 'HEARTBEAT_CONF', 'CLOSE_REQ', 'CLOSE_CONF'];

export class ServedSession {
  private readonly reader = new FrameReader();
  private readonly inbox: Frame[] = [];
  private readonly invokeIds = new Map<number, number>();
  private readonly gone = new AbortController();
  private arrived = Promise.withResolvers<undefined>();
  private version: ProtocolVersion = 24;
  private said = 0;

  constructor(
    private readonly socket: Socket,
    private readonly limits: ServeLimits,
    stopped: AbortSignal,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.receive(chunk);
    });
    // Keeps an error from ending the process; `close` follows.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.leave('the client ended the connection');
    });
    stopped.addEventListener('abort', () => {
      this.leave('interrupted');
    });
  }

  async play(script: AsyncIterable<CapturedFrame>): Promise<ServeOutcome> {
    let lastAt: number | undefined;
    try {
      for await (const step of script) {
        // Also after everything was said: the client's CLOSE_REQ may come first.
        if (!isPlayed(step)) continue;
        const at = Date.parse(step.at);
        this.version = step.version;
        if (step.direction === 'sent') {
          const refusal = await this.await(step);
          if (refusal !== undefined) return refusal;
        } else {
          const pauseMs = Math.min(Math.max(0, at - (lastAt ?? at)), this.limits.pauseMsMax);
          if (pauseMs > 0) await pause(pauseMs, undefined, { signal: this.gone.signal });
          await this.say(step);
        }
        lastAt = at;
      }
      // The client may stay; it is up to it to end the session, within the same limit.
      const waited = pause(this.limits.waitMs, undefined, { signal: this.gone.signal }).catch(() => undefined);
      await waited;
      return { kind: 'played', frames: this.said };
    } catch (error) {
      if (!this.gone.signal.aborted) throw error;
      return { kind: 'brokenOff', frames: this.said, why: String(this.gone.signal.reason) };
    } finally {
      // What was said last may still be on its way out.
      this.socket.destroySoon();
    }
  }

  private async await(step: PlayedFrame): Promise<ServeOutcome | undefined> {
    const { frame: bytes, name } = step;
    const captured = Buffer.from(bytes);
    const type = captured.readUInt32BE(4);
    const frame = await this.take(type, name);
    const body = Buffer.from(frame.body);
    if (hasInvokeId(name) && body.length >= 4) this.remember(captured.readUInt32BE(HEADER_BYTES), body.readUInt32BE(0));
    if (type !== messages.OPEN_REQ.number || body.length < 8) return undefined;
    const offered = body.readUInt32BE(4);
    if (offered === step.version) return undefined;
    const refusal = {
      name: 'FAILURE_CONF',
      InvokeID: body.readUInt32BE(0),
      Status: StatusCode.INVALID_VERSION,
    } as const;
    this.socket.end(encodeMessage(refusal, step.version));
    return { kind: 'versionRefused', offered, captured: step.version };
  }

  /** The first frame of this type that the client sent and the script has not met yet. */
  private async take(type: number, name: string): Promise<Frame> {
    const late = setTimeout(() => {
      this.leave(`no ${name} came within ${this.limits.waitMs / 1_000} s`);
    }, this.limits.waitMs);
    try {
      for (;;) {
        this.gone.signal.throwIfAborted();
        const index = this.inbox.findIndex((frame) => frame.type === type);
        const [frame] = index === -1 ? [] : this.inbox.splice(index, 1);
        if (frame !== undefined) return frame;
        await this.arrived.promise;
      }
    } finally {
      clearTimeout(late);
    }
  }

  private async say({ frame: bytes, name }: PlayedFrame): Promise<void> {
    const frame = Buffer.from(bytes);
    if (hasInvokeId(name) && frame.length >= HEADER_BYTES + 4) {
      const captured = frame.readUInt32BE(HEADER_BYTES);
      frame.writeUInt32BE(this.invokeIds.get(captured) ?? captured, HEADER_BYTES);
    }
    this.gone.signal.throwIfAborted();
    this.said += 1;
    if (!this.socket.write(frame)) await once(this.socket, 'drain', { signal: this.gone.signal });
  }

  private remember(captured: number, actual: number): void {
    if (this.invokeIds.size >= INVOKE_IDS_MAX) {
      const [oldest] = this.invokeIds.keys();
      if (oldest !== undefined) this.invokeIds.delete(oldest);
    }
    this.invokeIds.set(captured, actual);
  }

  private receive(chunk: Buffer): void {
    for (const frame of this.reader.push(chunk)) {
      if (REQUESTS_ANSWERED_AT_ONCE.includes(frame.type)) this.answer(frame);
      // A copy: the body is a view of the chunk.
      else this.inbox.push({ type: frame.type, body: Uint8Array.from(frame.body) });
    }
    if (this.reader.fault !== undefined) this.leave(`the client sent what is no frame: ${this.reader.fault.sentence}`);
    if (this.inbox.length > INBOX_MAX) this.leave(`the client sent ${INBOX_MAX} frames that the capture does not have`);
    this.arrived.resolve(undefined);
    this.arrived = Promise.withResolvers();
  }

  private answer({ type, body }: Frame): void {
    if (body.length < 4) return;
    const InvokeID = Buffer.from(body).readUInt32BE(0);
    if (type === messages.HEARTBEAT_REQ.number) {
      this.socket.write(encodeMessage({ name: 'HEARTBEAT_CONF', InvokeID }, this.version));
    } else {
      this.socket.end(encodeMessage({ name: 'CLOSE_CONF', InvokeID }, this.version));
      this.leave('the client closed the session');
    }
  }

  private leave(why: string): void {
    this.gone.abort(why);
    this.arrived.resolve(undefined);
  }
}

type PlayedFrame = CapturedFrame & { readonly frame: Uint8Array };

function isPlayed(step: CapturedFrame): step is PlayedFrame {
  return step.frame !== undefined && !NOT_IN_THE_SCRIPT.includes(step.name);
}

/** Whether the first fixed field is InvokeID, as it is in every request and confirmation. */
function hasInvokeId(name: string): boolean {
  return Object.hasOwn(messages, name) && Object.keys(messages[name as MessageName].fixed)[0] === 'InvokeID';
}
