import { type JournalMark } from '#store/data-loss';

/** Looks again and again whether the journal still holds what it held. */
export class DataLossWatch {
  /** Looks that Redis answered. */
  looks = 0;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly parts: {
      readonly mark: Pick<JournalMark, 'check'>;
      readonly everyMs: number;
      readonly onLoss: (evidence: string) => void;
    },
  ) {}

  start(): void {
    const again = (): void => {
      if (this.stopped) return;
      this.timer = setTimeout(() => void this.look().finally(again), this.parts.everyMs);
    };
    again();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** While Redis is away there is nothing to be seen; the keeper of the link says so. */
  private async look(): Promise<void> {
    try {
      const evidence = await this.parts.mark.check();
      this.looks += 1;
      if (evidence !== null) this.parts.onLoss(evidence);
    } catch {
      // The next look goes on from the same line.
    }
  }
}
