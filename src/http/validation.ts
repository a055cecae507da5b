import type { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { AppError } from '../errors.ts';
import type { EnvOf } from './env.ts';
import { type FieldError, problemResponse } from './problem.ts';

const errorsShownMax = 20;

/** Reads a zod path as people write it: `items[3].url`. */
function fieldOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** The faults a schema found, as the API reports them: one is the problem, all are listed. */
export function invalidInput(error: z.ZodError): { problem: AppError; errors: FieldError[] } {
  const errors = error.issues.slice(0, errorsShownMax).map((issue) => ({
    field: fieldOf(issue.path),
    detail: issue.message,
  }));
  const first = error.issues[0];
  const tooMany = first?.code === 'too_big' && first.origin === 'array';
  const field = errors[0]?.field ?? '';
  const problem = tooMany
    ? new AppError('too-many-items', `${field} holds more than ${first.maximum} entries.`, {
        field,
        fix: `Send at most ${first.maximum} at a time.`,
      })
    : new AppError(
        'invalid',
        `${field === '' ? 'The request' : field}: ${errors[0]?.detail ?? 'is not understood'}`,
        {
          field,
          fix: 'Correct this field and send it again; /docs shows every field with an example.',
        },
      );
  return { problem, errors };
}

/** Hook of every OpenAPI route: a request that its schema refuses never reaches the handler. */
export function refuseInvalid<Own>(
  result: { success: true } | { success: false; error: z.ZodError },
  c: Context<EnvOf<Own>>,
): Response | undefined {
  if (result.success) return undefined;
  const { problem, errors } = invalidInput(result.error);
  return problemResponse(c, problem, errors);
}
