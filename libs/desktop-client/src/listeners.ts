import { type DesktopEvents } from './connect';

type Listener<Name extends keyof DesktopEvents> = (event: DesktopEvents[Name]) => void;

/** Whoever wants to hear of a desktop. A listener that throws is reported like any error of the page and stops nobody. */
export class Listeners {
  private readonly byName = new Map<keyof DesktopEvents, Set<Listener<never>>>();

  add<Name extends keyof DesktopEvents>(name: Name, listener: Listener<Name>): () => void {
    const all = this.byName.get(name) ?? new Set();
    this.byName.set(name, all.add(listener));
    return () => {
      all.delete(listener);
    };
  }

  tell<Name extends keyof DesktopEvents>(name: Name, event: DesktopEvents[Name]): void {
    for (const listener of this.byName.get(name) ?? []) {
      try {
        (listener as Listener<Name>)(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
