import { type StoreClock } from '#store/clock/store-clock';
import { type LinkLease } from '#store/links';
import { type Journal } from '#store/journal';
import { type Roll } from '#store/roll';
import { type ServerLeases } from '#store/servers';
import { type SidesUnderTest } from '#store/contract/sides.spec-support';
import { type StoreLink } from './store-link';
import { keys, leaseMs } from './store-node';

/** What the worker's parts ask the store for, over one connection. */

export function linkLeaseOn(
  link: StoreLink,
  clock?: Pick<StoreClock, 'look'>,
): Pick<LinkLease, 'acquire' | 'release' | 'report' | 'holders'> {
  return {
    acquire: async (side, workerId) => {
      await clock?.look();
      return link.ask('acquire link', (node) => node.acquireLink(side, workerId, leaseMs));
    },
    release: (side, workerId) =>
      link.ask('release link', (node) => {
        node.reportLink(side, workerId, { until: 0 });
      }),
    report: (side, workerId, inService) =>
      link.ask('report link', (node) => {
        node.reportLink(side, workerId, { inService });
      }),
    holders: () => link.ask('link holders', (node) => node.linkHolders()),
  };
}

export function serverLeasesOn(link: StoreLink): Pick<ServerLeases, 'live' | 'lapsed' | 'agentsOf' | 'remove'> {
  return {
    live: () => link.ask('live servers', (node) => node.serversWhere(true)),
    lapsed: () =>
      link.ask('lapsed servers', (node) => node.serversWhere(false).map(({ serverId, side }) => ({ serverId, side }))),
    agentsOf: (serverId, limit) => link.ask('agents of', (node) => node.agentsOfLapsed(serverId, limit)),
    remove: (serverId) => link.ask('remove server', (node) => node.removeServer(serverId)),
  };
}

export function sidesOn(link: StoreLink): SidesUnderTest['sides'] {
  return {
    hold: (side, by) => link.ask('hold', (node) => node.hold(side, by)),
    release: (side) => link.ask('release', (node) => node.release(side)),
    holds: () => link.ask('holds', (node) => node.holds),
    protections: () => link.ask('protections', (node) => node.protections),
    protect: (side, before, after) => link.ask('protect', (node) => node.protect(side, before, after)),
    presentCount: (side) => link.ask('present count', (node) => node.presentCount(side)),
    absentCount: (side) => link.ask('absent count', (node) => node.members(keys.absent(side)).size),
    lossCount: (side, fromMs, toMs) => link.ask('loss count', (node) => node.lossCount(side, fromMs, toMs)),
    absentSince: (side, fromMs) => link.ask('absent', (node) => node.absentSince(side, fromMs)),
    clearedSince: (side, fromMs) => link.ask('cleared', (node) => node.clearedSince(side, fromMs)),
  };
}

export function journalOn(link: StoreLink): Pick<Journal, 'note' | 'trim' | 'tellLeftOut'> {
  return {
    note: (entry) =>
      link.ask('note', (node) => {
        node.note(entry);
      }),
    trim: (beforeMs) => link.ask('trim', (node) => node.trimJournal(beforeMs)),
    tellLeftOut: () => link.ask('tellLeftOut', (node) => node.tellLeftOut()),
  };
}

export function rollOn(link: StoreLink): Pick<Roll, 'now' | 'overdue' | 'restoring'> {
  return {
    now: () => link.ask('now', (node) => node.now),
    overdue: (before, page) => link.ask('overdue', (node) => node.overdue(before, page)),
    restoring: (limit) => link.ask('restoring', (node) => node.restoring(limit)),
  };
}
