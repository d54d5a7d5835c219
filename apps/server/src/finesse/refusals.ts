import { type FinesseError } from './finesse-events';
import { writeXml } from './xml';

/** Every refusal of the REST surface, in Finesse's words where it has some. docs/finesse-api.md has the same table. */
export const refusals = {
  BAD_REQUEST: { status: 400, errorType: 'Bad Request', errorMessage: 'The request cannot be read' },
  PARAMETER_MISSING: { status: 400, errorType: 'Parameter Missing', errorMessage: 'A parameter is missing' },
  INVALID_INPUT: { status: 400, errorType: 'Invalid Input', errorMessage: 'A parameter cannot be used' },
  INVALID_STATE: { status: 400, errorType: 'Invalid State', errorMessage: 'The state cannot be changed so' },
  INVALID_DEVICE: { status: 400, errorType: 'Invalid Device', errorMessage: 'Signed in on another extension' },
  UNAUTHORIZED: { status: 401, errorType: 'Authorization Failure', errorMessage: 'UNAUTHORIZED' },
  BLOCKED: { status: 401, errorType: 'Authorization Failure', errorMessage: 'BLOCKED_AFTER_WRONG_PASSWORDS' },
  TOKEN_UNJUDGED: { status: 401, errorType: 'Authorization Failure', errorMessage: 'OPENID_PROVIDER_AWAY' },
  NOT_ALLOWED: { status: 401, errorType: 'Authorization Failure', errorMessage: 'ADMINISTRATORS_ONLY' },
  OTHER_USER: {
    status: 401,
    errorType: 'Invalid Authorization User Specified',
    errorMessage: "The user specified in the authentication credentials and the uri don't match",
  },
  NOT_FOUND: { status: 404, errorType: 'Not Found', errorMessage: 'There is nothing at this address' },
  USER_NOT_FOUND: { status: 404, errorType: 'User Not Found', errorMessage: 'UNKNOWN_USER' },
  METHOD_NOT_ALLOWED: { status: 405, errorType: 'Method Not Allowed', errorMessage: 'METHOD_NOT_ALLOWED' },
  BODY_TOO_LARGE: { status: 413, errorType: 'Bad Request', errorMessage: 'The body is too large' },
  UNSUPPORTED_TYPE: { status: 415, errorType: 'Bad Request', errorMessage: 'The body is not application/xml' },
  TOO_MANY_REQUESTS: { status: 429, errorType: 'Too Many Requests', errorMessage: 'Wait before the next request' },
  FAULT: { status: 500, errorType: 'Internal Server Error', errorMessage: 'Runtime Exception' },
  OUT_OF_SERVICE: { status: 503, errorType: 'Service Unavailable', errorMessage: 'SERVER_OUT_OF_SERVICE' },
  BUSY: { status: 503, errorType: 'Service Unavailable', errorMessage: 'SERVER_BUSY' },
} as const satisfies Record<string, { status: number; errorType: string; errorMessage: string }>;

export type RefusalCode = keyof typeof refusals;

/** A request that is refused. `data` names the parameter or user it is about, `sentence` says more than the table. */
export class Refusal extends Error {
  readonly status: number;

  constructor(
    readonly code: RefusalCode,
    private readonly detail: {
      readonly data?: string;
      readonly sentence?: string;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail.sentence ?? refusals[code].errorMessage);
    this.name = 'Refusal';
    this.status = refusals[code].status;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.detail.headers ?? {};
  }

  get error(): FinesseError {
    return {
      errorType: refusals[this.code].errorType,
      errorMessage: this.message,
      errorData: this.detail.data ?? '',
    };
  }

  /** `<ApiErrors>` as Finesse's clients read it. */
  get body(): string {
    const { errorType, errorMessage, errorData } = this.error;
    return writeXml({
      ApiErrors: { ApiError: { ErrorType: errorType, ErrorMessage: errorMessage, ErrorData: errorData } },
    });
  }
}

const codeOfStatus: Readonly<Record<number, RefusalCode>> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  415: 'UNSUPPORTED_TYPE',
};

/** The refusal that an error of Nest or of Express' parsers is to the caller; they carry their status. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
  return new Refusal((typeof status === 'number' ? codeOfStatus[status] : undefined) ?? 'FAULT');
}
