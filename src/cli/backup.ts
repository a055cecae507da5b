import { backup } from '../backup.ts';
import { readConfig } from '../config.ts';
import { AppError } from '../errors.ts';
import { readArguments } from './arguments.ts';
import { exitDone, type Io, say } from './io.ts';

/** `withhold backup FILE`: copies the registry's database while it runs. */
export async function run(args: string[], io: Io): Promise<number> {
  const [file] = readArguments(args, {}).rest;
  if (file === undefined) throw new AppError('invalid', 'say where to: withhold backup FILE');
  const bytes = await backup(readConfig(io.env), file);
  say(io, `wrote ${file} (${bytes} bytes); it holds no secrets, so keep those apart and safe`);
  return exitDone;
}
