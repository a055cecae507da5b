import type { Context } from 'hono';
import { AppError, type ErrorCode } from '../errors.ts';
import type { EnvOf } from './env.ts';

/** The HTTP status of every refusal: the one place that knows it. */
export const statusOf: Record<
  ErrorCode,
  400 | 401 | 403 | 404 | 409 | 410 | 413 | 415 | 422 | 429 | 500 | 502 | 503
> = {
  invalid: 400,
  'too-large': 413,
  'too-many-items': 413,
  'unsupported-image': 415,
  'broken-image': 422,
  'image-too-large': 422,
  'decoder-unavailable': 503,
  'public-suffix': 422,
  'proof-required': 422,
  'token-invalid': 404,
  'token-expired': 410,
  'token-used': 410,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'rate-limited': 429,
  'url-refused': 422,
  unreachable: 502,
  unavailable: 503,
  misconfigured: 500,
};

const titles: Record<ErrorCode | 'internal', string> = {
  invalid: 'Not understood',
  'too-large': 'Too large',
  'too-many-items': 'Too many items',
  'unsupported-image': 'Not a picture format we read',
  'broken-image': 'Picture could not be read',
  'image-too-large': 'Picture has too many pixels',
  'decoder-unavailable': 'No picture decoder here',
  'public-suffix': 'Not a domain one person can own',
  'proof-required': 'Proof is needed first',
  'token-invalid': 'Unknown link',
  'token-expired': 'Link too old',
  'token-used': 'Link already used',
  unauthorized: 'Who is asking?',
  forbidden: 'Not allowed',
  'not-found': 'Not found',
  conflict: 'Not possible in this state',
  'rate-limited': 'Too many requests',
  'url-refused': 'Address refused',
  unreachable: 'Could not be reached',
  unavailable: 'Busy',
  misconfigured: 'Service misconfigured',
  internal: 'Our fault',
};

export interface FieldError {
  field: string;
  detail: string;
}

/** What went wrong, as RFC 9457 problem details; anything that is no AppError becomes `internal` and says no more. */
export function toProblem(error: unknown, requestId: string, errors?: FieldError[]) {
  if (!(error instanceof AppError) || error.code === 'misconfigured') {
    return {
      type: 'urn:withhold:problem:internal',
      title: titles.internal,
      status: 500 as const,
      code: 'internal',
      detail: 'Something failed here. It is logged under the request id; try again later.',
      requestId,
    };
  }
  return {
    type: `urn:withhold:problem:${error.code}`,
    title: titles[error.code],
    status: statusOf[error.code],
    code: error.code,
    detail: error.message,
    ...(error.field === undefined ? {} : { field: error.field }),
    ...(error.fix === undefined ? {} : { fix: error.fix }),
    requestId,
    ...(errors === undefined ? {} : { errors }),
  };
}

export type Problem = ReturnType<typeof toProblem>;

/** Renders a failure as `application/problem+json`. */
export function problemResponse<Own>(
  c: Context<EnvOf<Own>>,
  error: unknown,
  errors?: FieldError[],
): Response {
  const problem = toProblem(error, c.get('requestId'), errors);
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
  };
  if (error instanceof AppError && error.retryAfterS !== undefined)
    headers['Retry-After'] = String(error.retryAfterS);
  if (problem.status === 401) headers['WWW-Authenticate'] = 'Bearer realm="withhold"';
  return c.body(JSON.stringify(problem), problem.status, headers);
}
