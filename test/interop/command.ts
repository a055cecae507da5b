import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. @throws when there is no such program. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { input?: string; env?: Record<string, string>; timeoutMs: number },
): Promise<Ran> {
  const child = spawn(command, args, { env: { ...process.env, ...options.env }, timeout: options.timeoutMs });
  // A process that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

/** The last line a program wrote, which is where most say what went wrong. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
