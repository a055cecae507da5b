import { AppError } from '../errors.ts';
import type { Io } from './io.ts';

/** `withhold signals gather`: what the sites of a dataset say of themselves, at one date. */
export async function run(args: string[], io: Io): Promise<number> {
  const [verb, ...rest] = args;
  if (verb === 'gather') return (await import('./signals/gather.ts')).gather(rest, io);
  throw new AppError('invalid', 'say what to do: withhold signals gather', { fix: 'see --help' });
}
