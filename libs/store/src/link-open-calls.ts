import { type CallAnswer } from './link-messages';

interface OpenCall {
  take(answer: CallAnswer): void;
  giveUp(why: string): void;
}

export interface CallTerms<Result> {
  /** The result in an answer; undefined in one to another kind of question. */
  readonly read: (answer: CallAnswer) => Result | undefined;
  /** It is given up by itself after so long. */
  readonly msMax: number;
  /** It is not given up sooner than this: until then the order may still be carried out. */
  readonly msMin: number;
  /** What is answered in the end when nobody has. */
  readonly unanswered: (why: string) => Result;
}

/** Calls that wait for an answer. Each ends: by its answer, by its time, or when it is given up. */
export class OpenCalls {
  private readonly open = new Map<string, OpenCall>();

  get size(): number {
    return this.open.size;
  }

  begin<Result>(id: string, terms: CallTerms<Result>): Promise<Result> {
    const { promise, resolve } = Promise.withResolvers<Result>();
    let isFirm = terms.msMin > 0;
    let lost: string | undefined;
    const end = (result: Result): void => {
      clearTimeout(firm);
      clearTimeout(last);
      this.open.delete(id);
      resolve(result);
    };
    const firm = setTimeout(() => {
      isFirm = false;
      if (lost !== undefined) end(terms.unanswered(lost));
    }, terms.msMin);
    const last = setTimeout(() => {
      end(terms.unanswered('No answer came in time.'));
    }, terms.msMax);
    this.open.set(id, {
      take: (answer) => {
        const result = terms.read(answer);
        if (result !== undefined) end(result);
      },
      giveUp: (why) => {
        if (isFirm) lost ??= why;
        else end(terms.unanswered(why));
      },
    });
    return promise;
  }

  take(answer: CallAnswer): void {
    this.open.get(answer.id)?.take(answer);
  }

  giveUp(id: string, why: string): void {
    this.open.get(id)?.giveUp(why);
  }

  giveUpAll(why: string): void {
    for (const call of [...this.open.values()]) call.giveUp(why);
  }
}
