import { AppError } from '../errors.ts';
import { readVersion } from '../paths.ts';
import { BrokenPipe, exitDone, exitUnfinished, type Io, type Run, say, sentenceOf, write } from './io.ts';
import { usage, usageOf } from './usage.ts';

/** Each command is loaded when it is asked for: a check should not wait for the server's libraries. */
const commands: Record<string, () => Promise<{ run: Run }>> = {
  check: () => import('./check.ts'),
  filter: () => import('./filter.ts'),
  refresh: () => import('./refresh.ts'),
  fingerprint: () => import('./fingerprint.ts'),
  robots: () => import('./robots.ts'),
  site: () => import('./site.ts'),
  signals: () => import('./signals.ts'),
  log: () => import('./log.ts'),
  snapshot: () => import('./snapshot.ts'),
  verify: () => import('./verify.ts'),
  serve: () => import('./serve.ts'),
  key: () => import('./key.ts'),
  backup: () => import('./backup.ts'),
  restore: () => import('./restore.ts'),
  demo: () => import('./demo.ts'),
};

/**
 * Runs one command line.
 * @param args what stands behind `withhold`.
 * @returns the exit status; a reader that goes away (`| head`) is success.
 */
export async function dispatch(args: string[], io: Io): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined) {
      io.stderr.write(usageOf(''));
      return exitUnfinished;
    }
    if (name === '--version' || name === '-V') {
      await write(io, `${readVersion()}\n`);
      return exitDone;
    }
    if (name === '--help' || name === '-h' || name === 'help') {
      await write(io, rest[0] === undefined ? usage : usageOf(rest[0]));
      return exitDone;
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load === undefined) {
      say(io, `there is no command ${name}; withhold --help lists them`);
      return exitUnfinished;
    }
    if (isHelpAsked(rest)) {
      await write(io, usageOf(name));
      return exitDone;
    }
    return await (await load()).run(rest, io);
  } catch (error) {
    if (error instanceof BrokenPipe) return exitDone;
    if (error instanceof AppError) say(io, sentenceOf(error));
    else
      say(io, `unexpected fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return exitUnfinished;
  }
}

function isHelpAsked(args: string[]): boolean {
  const end = args.indexOf('--');
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}
