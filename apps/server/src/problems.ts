/** Every error of the server's HTTP interface by its code. docs/desktop-protocol.md has the same table. */
export const problems = {
  BODY_UNREADABLE: { status: 400, sentence: 'The body is not JSON of the expected shape.' },
  FIELD_INVALID: { status: 400, sentence: 'A field of the body cannot be used; field names it.' },
  UNAUTHORIZED: { status: 401, sentence: 'The bearer token is missing or wrong.' },
  FOREIGN_ORIGIN: { status: 403, sentence: 'Pages of this origin may not ask for tickets here (ORIGINS).' },
  NOT_FOUND: { status: 404, sentence: 'There is nothing at this address.' },
  UNKNOWN_AGENT: {
    status: 404,
    sentence:
      'Neither the directory of agents (AGENTS_FILE, the CTI configuration) nor the CTI server knows this agent.',
  },
  FEED_OFF: { status: 404, sentence: 'Feeds of presence are off on this server: API_TOKEN is not configured.' },
  BODY_TOO_LARGE: { status: 413, sentence: 'The body is too large.' },
  BODY_UNSUPPORTED: { status: 415, sentence: 'The body has an encoding or character set that is not supported.' },
  TOKEN_UNJUDGED: {
    status: 424,
    sentence: 'The token cannot be judged now: the OpenID provider does not give its keys. Try again here.',
  },
  TOO_MANY_REQUESTS: { status: 429, sentence: 'Too many requests from this address; wait.' },
  FAULT: { status: 500, sentence: 'The server met a fault of its own; its log says more.' },
  STOPPING: { status: 503, sentence: 'The server is being stopped. Go to the other side.' },
  OUT_OF_SERVICE: { status: 503, sentence: 'Nothing was kept: the server is out of service. Go to the other side.' },
} as const satisfies Record<string, { status: number; sentence: string }>;

export type ProblemCode = keyof typeof problems;

export interface ProblemBody {
  readonly error: { readonly code: ProblemCode; readonly sentence: string; readonly field?: string };
}

/** A request that is refused. `sentence` says more than the table where there is more to say. */
export class Problem extends Error {
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    private readonly detail: { readonly sentence?: string; readonly field?: string } = {},
  ) {
    super(detail.sentence ?? problems[code].sentence);
    this.name = 'Problem';
    this.status = problems[code].status;
  }

  get body(): ProblemBody {
    const { field } = this.detail;
    return { error: { code: this.code, sentence: this.message, ...(field === undefined ? {} : { field }) } };
  }
}

const codeOfStatus: Readonly<Record<number, ProblemCode>> = {
  400: 'BODY_UNREADABLE',
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  415: 'BODY_UNSUPPORTED',
};

/** The problem that an error of Nest or of Express' parsers is to the caller; they carry their status. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
  return new Problem((typeof status === 'number' ? codeOfStatus[status] : undefined) ?? 'FAULT');
}
