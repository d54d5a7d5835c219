/** What a client of Finesse reads of a notification: `<Update>` in `<notification xmlns="urn:xmpp:push:0">`. */
export interface FinesseNotification {
  readonly node: string;
  readonly payload: string;
}

/** The text of the first element of that name. */
export function textIn(document: string, name: string): string {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(document)?.[1] ?? '';
}

/** `User/1001 PUT user READY`: node, event, what it is about, its state (a SystemInfo's status). */
export function inShort({ node, payload }: FinesseNotification): string {
  const what = /<data><(\w+)>/.exec(payload)?.[1] ?? '';
  const state = textIn(payload, what === 'systemInfo' ? 'status' : 'state');
  return [node.replace('/finesse/api/', ''), textIn(payload, 'event'), what, state].join(' ');
}
