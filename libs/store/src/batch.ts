/**
 * Questions of the same turn of the event loop, asked together: one command carries what a hundred callers want. The
 * wait is at most the rest of the turn. A batch that fails fails for each of its callers.
 */
export class Batch<Question, Answer> {
  private waiting: { question: Question; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];

  constructor(
    private readonly sizeMax: number,
    /** Answers as many as it was asked, in the same order. */
    private readonly askAll: (questions: Question[]) => Promise<Answer[]>,
  ) {}

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, resolve, reject });
      if (this.waiting.length === 1) {
        setImmediate(() => {
          this.flush();
        });
      }
    });
  }

  private flush(): void {
    const all = this.waiting;
    this.waiting = [];
    for (let start = 0; start < all.length; start += this.sizeMax)
      void this.send(all.slice(start, start + this.sizeMax));
  }

  private async send(batch: typeof this.waiting): Promise<void> {
    try {
      const answers = await this.askAll(batch.map(({ question }) => question));
      if (answers.length !== batch.length) {
        throw new Error(`A batch of ${String(batch.length)} got ${String(answers.length)} answers.`);
      }
      for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
