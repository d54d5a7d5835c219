/** An answer that may be shared for a short while. A failed answer is not kept; those who wait for one share its end. */
export class Recent<T> {
  private answer: Promise<T> | undefined;
  private askedMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly ageMsMax: number,
    private readonly monotonicMs: () => number,
    private readonly ask: () => Promise<T>,
  ) {}

  read(): Promise<T> {
    if (this.answer === undefined || this.monotonicMs() - this.askedMs > this.ageMsMax) {
      this.askedMs = this.monotonicMs();
      const answer = this.ask();
      this.answer = answer;
      answer.catch(() => {
        if (this.answer === answer) this.answer = undefined;
      });
    }
    return this.answer;
  }

  /** What was answered does not hold any more. */
  forget(): void {
    this.answer = undefined;
  }
}
