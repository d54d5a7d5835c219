import { type Surroundings } from './surroundings';

export const idKey = 'lastcall.desktopId';

/**
 * The id of this tab. It lies in the tab's memory only while no page of the tab has it: a page takes it out when it
 * begins and puts it back when it is left, so a refreshed page finds it. A duplicated tab gets a copy of the memory of
 * a page that is open, and so finds nothing: no two open tabs have the same id, and nobody needs to be asked.
 */
export class TabId {
  readonly id: string;

  constructor(private readonly surroundings: Pick<Surroundings, 'memory' | 'randomId'>) {
    this.id = surroundings.memory?.getItem(idKey) ?? surroundings.randomId();
    this.take();
  }

  /** This page has it again, after it was put aside. */
  take(): void {
    this.surroundings.memory?.removeItem(idKey);
  }

  putBack(): void {
    this.surroundings.memory?.setItem(idKey, this.id);
  }
}
