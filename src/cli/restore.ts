import { restore } from '../backup.ts';
import { readConfig } from '../config.ts';
import { AppError } from '../errors.ts';
import { readArguments } from './arguments.ts';
import { exitDone, type Io, say } from './io.ts';

/** `withhold restore FILE`: puts a backup in the place of the database of a stopped service. */
export async function run(args: string[], io: Io): Promise<number> {
  const [file] = readArguments(args, {}).rest;
  if (file === undefined) throw new AppError('invalid', 'say from where: withhold restore FILE');
  const aside = restore(readConfig(io.env), file, new Date());
  say(io, `restored ${file}${aside === null ? '' : `; what was there is now ${aside}`}`);
  return exitDone;
}
