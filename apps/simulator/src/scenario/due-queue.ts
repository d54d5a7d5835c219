import { type Step } from './agent-life';

/** The next step of one agent, and where the ones after it come from. */
export interface Due {
  readonly index: number;
  readonly step: Step;
}

/** The next step of every agent, earliest first (a binary heap); steps of the same moment by the agents' order. */
export class DueQueue {
  readonly #heap: Due[] = [];

  get first(): Due | undefined {
    return this.#heap[0];
  }

  push(due: Due): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(due, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = due;
  }

  shift(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const below = this.#smallerBelow(at);
      const child = heap[below];
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }

  #smallerBelow(at: number): number {
    const left = 2 * at + 1;
    const one = this.#heap[left];
    const other = this.#heap[left + 1];
    return one !== undefined && other !== undefined && isBefore(other, one) ? left + 1 : left;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.step.atMs < other.step.atMs || (one.step.atMs === other.step.atMs && one.index < other.index);
}
