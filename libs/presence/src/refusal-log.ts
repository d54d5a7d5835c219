import { type Logger } from 'pino';

/** While something is refused, how often its number is logged. */
export const refusalLogMs = 60_000;

/** Kinds of refusals that are logged by themselves at a time; there are some forty, and their names are all ours. */
const kindsMax = 200;

export interface Refused {
  /** What refused: `ticket`, `desktop`, `feed`, `finesse` … */
  readonly surface: string;
  /** Why, as a code of a table of ours: it becomes a label of a metric. */
  readonly reason: string;
  /** Of this one: says more than the code. It must not repeat what was sent. */
  readonly sentence: string;
  /** Where it came from. */
  readonly from: string;
}

interface Kind {
  readonly refused: Refused;
  count: number;
}

export interface RefusalLogParts {
  readonly log: Pick<Logger, 'warn' | 'info'>;
  readonly count: (refused: Refused) => void;
}

/**
 * Counts every refusal, and logs each kind of them once when it begins, then its number every minute while it lasts, and
 * once that it is over. So a wrong secret is seen at once, and a flood is not a line each.
 */
export class RefusalLog {
  private readonly kinds = new Map<string, Kind>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: RefusalLogParts) {}

  start(): void {
    this.timer = setInterval(this.tell.bind(this), refusalLogMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  note(refused: Refused): void {
    this.parts.count(refused);
    const { surface, reason, sentence, from } = refused;
    const key = [surface, reason, sentence].join('\n');
    const kind = this.kinds.get(key);
    if (kind !== undefined) {
      kind.count += 1;
      return;
    }
    if (this.kinds.size >= kindsMax) return;
    this.kinds.set(key, { refused, count: 0 });
    this.parts.log.warn({ surface, reason, from }, `refused: ${sentence}`);
  }

  private tell(): void {
    const { log } = this.parts;
    for (const [key, kind] of this.kinds) {
      const { surface, reason, sentence } = kind.refused;
      if (kind.count > 0) {
        log.warn({ surface, reason, perMinute: kind.count }, `refused as before: ${sentence}`);
        kind.count = 0;
      } else {
        this.kinds.delete(key);
        log.info({ surface, reason }, `refused no more for a minute: ${sentence}`);
      }
    }
  }
}
