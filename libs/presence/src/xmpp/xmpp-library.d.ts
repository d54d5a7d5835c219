/**
 * The part of @xmpp/client 0.14 and @xmpp/component 0.13 that is used here; neither brings types of its own. Both make the
 * same kind of entity; a component has its socket and parser for itself, a client takes them from a transport.
 */

declare module '@xmpp/client' {
  export interface Element {
    readonly name: string;
    readonly attrs: Record<string, string | undefined>;
    children: (Element | string)[];
    parent: Element | null;
    is(name: string, xmlns?: string): boolean;
    getNS(): string | undefined;
    getChild(name: string, xmlns?: string): Element | undefined;
    getChildren(name: string, xmlns?: string): Element[];
    getChildText(name: string, xmlns?: string): string | null;
    getChildElements(): Element[];
    text(): string;
    append(...nodes: (Element | string)[]): Element;
    toString(): string;
  }

  type Node = Element | string | number | null | undefined;

  export function xml(
    name: string,
    attrs?: string | Record<string, string | number | undefined>,
    ...children: (Node | readonly Node[])[]
  ): Element;

  /** What an entity wants of a socket; its events are `connect`, `data`, `error` and `close(dirty)`. */
  export interface EntitySocket {
    readonly secure: boolean;
    connect(parameters: unknown): void;
    write(text: string, done?: (error?: Error) => void): void;
    end(): void;
  }

  /** A SAX parser that makes elements. `root` is the open stream (null in a WebSocket), `cursor` the element being read. */
  export interface Parser {
    root: Element | null;
    cursor: Element | null;
    onStartElement(name: string, attrs: Record<string, string>): void;
    onEndElement(name: string): void;
    onText(text: string): void;
    write(text: string): void;
  }

  export type ParserClass = new () => Parser;

  /** A class whose prototype a client borrows its methods from; it is never made an instance of. */
  export interface Transport {
    readonly prototype: {
      readonly Socket: new () => EntitySocket;
      readonly Parser: ParserClass;
      /** What the socket's `connect` is called with; undefined (or a fault) when it is no address of this transport. */
      socketParameters(service: string): unknown;
    };
  }

  export type EntityStatus =
    | 'offline'
    | 'connecting'
    | 'connect'
    | 'opening'
    | 'open'
    | 'online'
    | 'closing'
    | 'close'
    | 'disconnecting'
    | 'disconnect';

  export interface Entity {
    readonly jid: { toString(): string } | null;
    readonly status: EntityStatus;
    readonly socket: EntitySocket | null;
    /** Ms for each step of opening and closing. */
    timeout: number;
    readonly reconnect: { start(): void; stop(): void };
    on(event: 'stanza' | 'nonza' | 'element' | 'send', listener: (element: Element) => void): this;
    on(event: 'error', listener: (error: unknown) => void): this;
    on(event: 'online', listener: (jid: { toString(): string }) => void): this;
    on(event: 'connect' | 'disconnect' | 'offline', listener: () => void): this;
    /** Heard before the library itself hears it. */
    prependListener(event: 'element', listener: (element: Element) => void): this;
    /** Not used by streams of ours: when the stream fails while it opens, it leaves a rejection that nobody handles. */
    start(): Promise<unknown>;
    /** Opens the socket. */
    connect(service: string): Promise<unknown>;
    /** Opens the stream. */
    open(options: { domain: string }): Promise<unknown>;
    /** Closes stream and socket, each within `timeout`. */
    stop(): Promise<unknown>;
    send(element: Element): Promise<void>;
  }

  export interface Client extends Entity {
    readonly transports: Transport[];
  }

  export function client(options: {
    service: string;
    domain: string;
    username: string;
    password: string;
    resource?: string;
    timeout?: number;
  }): Client;
}

declare module '@xmpp/component' {
  import { type Entity, type EntitySocket, type ParserClass } from '@xmpp/client';

  export { xml } from '@xmpp/client';

  export interface Component extends Entity {
    Socket: new () => EntitySocket;
    Parser: ParserClass;
    socketParameters: (service: string) => unknown;
  }

  export function component(options: { service: string; domain: string; password: string }): Component;
}
