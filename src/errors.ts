/**
 * Every way a request or a command can be refused. The code is the stable contract; the HTTP status of each
 * lives in http/problem.ts and nowhere else.
 */
export type ErrorCode =
  | 'invalid'
  | 'too-large'
  | 'too-many-items'
  | 'unsupported-image'
  | 'broken-image'
  | 'image-too-large'
  | 'decoder-unavailable'
  | 'public-suffix'
  | 'proof-required'
  | 'token-invalid'
  | 'token-expired'
  | 'token-used'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'rate-limited'
  | 'url-refused'
  | 'unreachable'
  | 'unavailable'
  | 'misconfigured';

export interface ErrorDetail {
  /** Where the fault is, as a path into what was sent: `subjects[3].url`. */
  field?: string;
  /** One sentence: what to do instead. */
  fix?: string;
  /** Seconds after which the same request may succeed. */
  retryAfterS?: number;
  cause?: unknown;
}

/**
 * A refusal the caller can act on. Anything thrown that is not an AppError is a fault of ours and renders as
 * `internal` with nothing but a request id.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly fix: string | undefined;
  readonly retryAfterS: number | undefined;

  /** @param message one plain sentence saying what is wrong, safe to show to whoever sent the request. */
  constructor(code: ErrorCode, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = 'AppError';
    this.code = code;
    this.field = detail.field;
    this.fix = detail.fix;
    this.retryAfterS = detail.retryAfterS;
  }
}
