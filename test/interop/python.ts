import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const installTimeoutMs = 180_000;
const runTimeoutMs = 120_000;

interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function run(
  command: string,
  args: readonly string[],
  options: { input?: string; env?: Record<string, string>; timeoutMs: number },
): Promise<Ran> {
  const child = spawn(command, args, {
    env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1', ...options.env },
    timeout: options.timeoutMs,
  });
  // A process that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

/**
 * Installs one package from PyPI into a virtual environment.
 * @returns its interpreter, or in a few words why there is none here.
 */
export async function installPackage(
  folder: string,
  requirement: string,
): Promise<{ python: string } | { missing: string }> {
  const environment = join(folder, 'venv');
  const timeoutMs = installTimeoutMs;
  const made = await run('python3', ['-m', 'venv', environment], { timeoutMs }).catch(() => undefined);
  if (made === undefined) return { missing: 'there is no python3' };
  if (made.code !== 0)
    return { missing: `python3 -m venv does not work: ${lastLine(made.stderr || made.stdout)}` };
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const installed = await run(python, ['-m', 'pip', 'install', '--quiet', requirement], { timeoutMs });
  if (installed.code !== 0) return { missing: `pip could not install it: ${lastLine(installed.stderr)}` };
  return { python };
}

/** Runs a Python file with JSON in and JSON out. @throws when it fails or says something else. */
export async function callPython(
  python: string,
  file: URL,
  input: unknown,
  env: Record<string, string>,
): Promise<unknown> {
  const ran = await run(python, [fileURLToPath(file)], {
    input: JSON.stringify(input),
    env,
    timeoutMs: runTimeoutMs,
  });
  if (ran.code !== 0) throw new Error(`the client ended with ${ran.code}: ${ran.stderr.slice(-2_000)}`);
  return JSON.parse(ran.stdout);
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
