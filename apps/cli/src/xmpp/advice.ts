import { type Loss } from './losses';
import { type ServerName } from './watching';

/**
 * What to set in which server so that every loss shows in time. The times are shares of `withinMs`, in whole seconds; what
 * remains is for clients, servers and us.
 */

export type Software = 'prosody' | 'ejabberd' | 'openfire' | 'other';

export function softwareOf(server: ServerName | null): Software {
  const name = server?.name.toLowerCase() ?? '';
  return (['prosody', 'ejabberd', 'openfire'] as const).find((known) => name.includes(known)) ?? 'other';
}

export function isInTime({ showing }: Loss, withinMs: number): boolean {
  switch (showing.kind) {
    case 'shown':
      return showing.afterMs <= withinMs;
    case 'notOffered':
      return true;
    case 'notShown':
    case 'neverSeen':
      return false;
  }
}

/** @returns one sentence or line of configuration each; empty when nothing is to be changed */
export function adviceFor(software: Software, losses: readonly Loss[], withinMs: number): string[] {
  const late = losses.filter((loss) => !isInTime(loss, withinMs));
  if (late.length === 0) return [];
  if (late.some(({ showing }) => showing.kind === 'neverSeen')) return [unseen];
  const faults = {
    kept: late.some(({ management }) => management === 'used'),
    silent: late.some(({ death }) => death === 'halfOpen'),
    asksInTime: losses.some((loss) => loss.death === 'halfOpen' && loss.management === 'used' && !late.includes(loss)),
    unmanagedSilent: late.some(({ death, management }) => death === 'halfOpen' && management === 'unused'),
    unmanagedKilled: late.some(({ death, management }) => death === 'killed' && management === 'unused'),
  };
  const lines = adviceOf[software](faults, withinMs);
  return faults.unmanagedKilled ? [...lines, killedUnseen] : lines;
}

interface Faults {
  /** A desktop with stream management. */
  readonly kept: boolean;
  readonly silent: boolean;
  /** A silent desktop with stream management shows in time: the server does ask. */
  readonly asksInTime: boolean;
  readonly unmanagedSilent: boolean;
  readonly unmanagedKilled: boolean;
}

const unseen =
  'The test user was never seen: the watch does not see everybody. As a component it needs XEP-0356 managed_entity for the domain of the test user, as an account a shared roster group that displays the test user.';
const killedUnseen =
  'A closed connection without stream management should show at once: look into the log of the XMPP server, and at what lies between.';

/** A desktop that is silent is asked after a time, given up after another, and then kept for a third. */
function shares(withinMs: number): { askS: number; giveUpS: number; keepS: number } {
  const seconds = withinMs / 1_000;
  const keepS = Math.max(1, Math.floor(seconds * 0.2));
  const askS = Math.max(1, Math.floor(seconds * 0.35));
  return { askS, giveUpS: askS, keepS };
}

const adviceOf: Readonly<Record<Software, (faults: Faults, withinMs: number) => string[]>> = {
  prosody: ({ kept, silent, asksInTime, unmanagedSilent }, withinMs) => {
    const { askS, keepS } = shares(withinMs);
    return [
      ...(kept ? [`smacks_hibernation_time = ${keepS}  -- default 600: so long a lost desktop stays available`] : []),
      ...(silent && !asksInTime
        ? [
            `network_settings = { read_timeout = ${askS} }  -- default 840; a silent client is asked after it, given up after twice`,
          ]
        : []),
      ...(unmanagedSilent
        ? [
            'Prosody by itself never gives up a silent client without stream management: load mod_lastcall_clients (deploy/prosody), which pings it, or let every desktop use stream management (XEP-0198) and check with --stream-management used. Where neither can be, the kernel ends connections whose packets are lost: sysctl net.ipv4.tcp_retries2 = 5.',
          ]
        : []),
    ];
  },
  ejabberd: ({ kept, silent }, withinMs) => {
    const { askS, giveUpS, keepS } = shares(withinMs);
    return [
      ...(silent
        ? [
            `mod_ping: { send_pings: true, ping_interval: ${askS}, ping_ack_timeout: ${giveUpS}, timeout_action: kill }  # default: no pings`,
          ]
        : []),
      ...(kept
        ? [`mod_stream_mgmt: { resume_timeout: ${keepS} }  # default 300: so long a lost desktop stays available`]
        : []),
    ];
  },
  openfire: ({ kept, silent }, withinMs) => {
    const { askS, giveUpS, keepS } = shares(withinMs);
    return [
      ...(silent
        ? [
            `xmpp.client.idle = ${(askS + giveUpS) * 1_000} (default 360000 ms; a silent client is pinged after half of it), xmpp.client.idle.ping = true`,
          ]
        : []),
      ...(kept
        ? [`xmpp.session.detach.timeout = ${keepS * 1_000} (default 600000 ms), or stream.management.active = false`]
        : []),
      "These names are from Openfire's sources and were not tried by us: run this check again after the change.",
    ];
  },
  other: ({ kept, silent }) => [
    ...(silent
      ? ['Let the server ping silent clients (XEP-0199) and end the connections of those that do not answer.']
      : []),
    ...(kept
      ? ['Shorten the time for which a session can be resumed (XEP-0198), or switch stream management off.']
      : []),
  ],
};
