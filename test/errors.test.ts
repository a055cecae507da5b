import { expect, test } from 'vitest';
import { AppError } from '../src/errors.ts';

test('an AppError carries its code, field and fix and keeps its cause', () => {
  const cause = new Error('inner');
  const error = new AppError('invalid', 'not a URL', { field: 'url', fix: 'start it with https://', cause });
  expect(error).toMatchObject({ code: 'invalid', field: 'url', fix: 'start it with https://', cause });
});
