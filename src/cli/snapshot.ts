import { AppError } from '../errors.ts';
import type { Io } from './io.ts';

/** `withhold snapshot build | pull | export`: the registry as files. */
export async function run(args: string[], io: Io): Promise<number> {
  const [verb, ...rest] = args;
  if (verb === 'build') return (await import('./snapshot/build.ts')).build(rest, io);
  if (verb === 'pull') return (await import('./snapshot/pull.ts')).pull(rest, io);
  if (verb === 'export') return (await import('./snapshot/export.ts')).exportRules(rest, io);
  throw new AppError('invalid', 'say what to do: withhold snapshot build, pull or export', {
    fix: 'see --help',
  });
}
