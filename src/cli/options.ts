import { type ParseArgsConfig, parseArgs } from 'node:util';
import { AppError } from '../errors.ts';

/** Reads a command's arguments. @throws AppError `invalid` as one line, whatever parseArgs says of them. */
export function readArguments<Options extends ParseArgsConfig['options'] & object>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new AppError('invalid', lower(message.split('. ')[0] ?? message), { fix: 'see --help' });
  }
}

/** @throws AppError `invalid` for a command that takes none. */
export function noArguments(args: string[]): void {
  const [first] = readArguments(args, {}).positionals;
  if (first !== undefined)
    throw new AppError('invalid', `nothing goes behind this command, but there is ${first}`);
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
