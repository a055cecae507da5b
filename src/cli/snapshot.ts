import { AppError } from '../errors.ts';
import type { Io } from './io.ts';

/** `withhold snapshot pull`: the registry as files. */
export async function run(args: string[], io: Io): Promise<number> {
  const [verb, ...rest] = args;
  if (verb === 'pull') return (await import('./snapshot/pull.ts')).pull(rest, io);
  throw new AppError('invalid', 'say what to do: withhold snapshot pull', { fix: 'see --help' });
}
