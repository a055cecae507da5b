import type { Readable, Writable } from 'node:stream';
import { AppError } from '../errors.ts';

/** What a command touches of the world, so that tests run it in their own process. */
export interface Io {
  stdin: Readable;
  /** Data, and nothing else. */
  stdout: Writable;
  /** Words for people. */
  stderr: Writable;
  env: Readonly<Record<string, string | undefined>>;
  /** Whether stderr is a terminal. */
  isTty: boolean;
  /** Aborted when the person or the system asks the command to stop. */
  signal: AbortSignal;
}

/** One command: takes the arguments behind its name, gives the exit status. */
export type Run = (args: string[], io: Io) => Promise<number>;

export const exitDone = 0;
export const exitSomething = 1;
export const exitUnfinished = 2;

/** Says one thing to the person: no capital at the start, no full stop at the end. */
export function say(io: Io, words: string): void {
  io.stderr.write(`withhold: ${printable(words)}\n`);
}

/** Whoever read our output has had enough. That is no fault of the run, and no one is left to be told. */
export class BrokenPipe extends Error {}

/** Writes data, waiting while the reader is slow. @throws BrokenPipe when the reader has gone. */
export function write(io: Io, data: string): Promise<void> {
  return new Promise((resolve, reject) => {
    io.stdout.write(data, (error) => {
      if (error) reject(isPipeError(error) ? new BrokenPipe('', { cause: error }) : error);
      else resolve();
    });
  });
}

/** Whether an error of an output stream says that its reader has gone. */
export function isPipeError(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED';
}

/**
 * Text of others made safe to show on a terminal: control characters, escape sequences and characters that turn
 * the direction of text become visible codes. Line feeds become blanks.
 */
export function printable(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

/** A refusal as one line: what is wrong, then what to do. */
export function sentenceOf(error: AppError): string {
  return error.fix === undefined ? error.message : `${error.message}; ${error.fix}`;
}

/** @throws AppError when the person or the system has asked to stop. */
export function stopIfAsked(io: Io): void {
  if (io.signal.aborted) throw new AppError('unavailable', 'stopped');
}
