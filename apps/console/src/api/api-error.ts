/** Every error of the API by its code. docs/console.md has the same table. */
export const apiErrors = {
  FIELD_INVALID: { status: 400, sentence: 'A field of the request cannot be used.' },
  NOT_SIGNED_IN: { status: 401, sentence: 'Sign in first: by the page, or with HTTP Basic.' },
  CREDENTIALS_WRONG: { status: 401, sentence: 'The name or the password is wrong.' },
  FOREIGN_ORIGIN: { status: 403, sentence: 'A change must come from the console itself or bring its own credentials.' },
  NOT_FOUND: { status: 404, sentence: 'There is nothing at this address.' },
  AGENT_UNKNOWN: { status: 404, sentence: 'There is no agent with this id.' },
  LOSS_UNKNOWN: { status: 404, sentence: 'The journal has nothing of this loss, or has it no more.' },
  NO_EFFECT: { status: 409, sentence: 'The command would change nothing.' },
  JSON_EXPECTED: { status: 415, sentence: 'Send Content-Type: application/json.' },
  ATTEMPTS_EXHAUSTED: { status: 429, sentence: 'Too many wrong sign-ins from this address; wait.' },
  RECORD_UNREADABLE: {
    status: 500,
    sentence: 'The record of this agent cannot be read, so nothing is done about the agent.',
  },
  FAULT: { status: 500, sentence: 'The console met an error of its own; its log says more.' },
  STORE_AWAY: {
    status: 503,
    sentence: 'Redis cannot be reached: nothing is known and nobody is signed out meanwhile.',
  },
  STOPPING: { status: 503, sentence: 'The console is being stopped.' },
  LISTENERS_EXHAUSTED: { status: 503, sentence: 'Too many pages listen already.' },
  CONSOLE_OFF: {
    status: 503,
    sentence: 'The console is off: it has no password. Set CONSOLE_PASSWORD and start it again.',
  },
} as const satisfies Record<string, { status: number; sentence: string }>;

export type ApiErrorCode = keyof typeof apiErrors;

export interface ApiErrorBody {
  readonly error: {
    readonly code: ApiErrorCode;
    readonly sentence: string;
    readonly field?: string;
    /** With AGENT_UNKNOWN: ids that may have been meant. */
    readonly near?: readonly string[];
  };
}

/** An answer that is an error. `sentence` says more than the table where there is more to say. */
export class ApiError extends Error {
  constructor(
    readonly code: ApiErrorCode,
    readonly detail: { readonly sentence?: string; readonly field?: string; readonly near?: readonly string[] } = {},
  ) {
    super(detail.sentence ?? apiErrors[code].sentence);
    this.name = 'ApiError';
  }

  get status(): number {
    return apiErrors[this.code].status;
  }

  get body(): ApiErrorBody {
    const { field, near } = this.detail;
    return {
      error: {
        code: this.code,
        sentence: this.message,
        ...(field === undefined ? {} : { field }),
        ...(near === undefined ? {} : { near }),
      },
    };
  }
}
