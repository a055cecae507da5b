import { AppError } from '../errors.ts';
import type { Io } from './io.ts';

/** `withhold log audit | follow`: a consent log, seen from outside. */
export async function run(args: string[], io: Io): Promise<number> {
  const [verb, ...rest] = args;
  if (verb === 'audit') return (await import('./log/audit.ts')).audit(rest, io);
  if (verb === 'follow') return (await import('./log/follow.ts')).follow(rest, io);
  throw new AppError('invalid', 'say what to do: withhold log audit or follow', { fix: 'see --help' });
}
