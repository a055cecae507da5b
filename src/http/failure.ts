import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { z } from 'zod';
import { isConstraintViolation } from '../../db/database.ts';
import type { Log } from '../deps.ts';
import { AppError } from '../errors.ts';
import type { EnvOf } from './env.ts';
import { problemResponse } from './problem.ts';
import { invalidInput } from './validation.ts';

/** Answers a request whose handler threw; a fault of ours is logged and says nothing. */
export function answerFailure<Own>(
  c: Context<EnvOf<Own>>,
  error: unknown,
  log: Pick<Log, 'error'>,
  render: (c: Context<EnvOf<Own>>, error: unknown) => Response | Promise<Response>,
): Response | Promise<Response> {
  if (error instanceof AppError && error.code !== 'misconfigured') return render(c, error);
  if (error instanceof z.ZodError) {
    const { problem, errors } = invalidInput(error);
    return problemResponse(c, problem, errors);
  }
  if (error instanceof HTTPException && (error.status === 400 || error.status === 415)) {
    return problemResponse(
      c,
      new AppError('invalid', 'The body is not the JSON it says it is.', {
        fix: 'Send valid JSON with Content-Type: application/json.',
      }),
    );
  }
  // The loser of a race on a record: nothing of its change was applied.
  if (isConstraintViolation(error)) {
    return render(
      c,
      new AppError('conflict', 'Something changed at the same moment.', {
        fix: 'Look at what is there now, and try again.',
      }),
    );
  }
  log.error({ requestId: c.get('requestId'), error: describe(error) }, 'request failed');
  return render(c, error);
}

/** What is logged of an unknown error: its name, message and stack, never the request. */
function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
