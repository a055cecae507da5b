import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLine, runCommand } from './command.ts';

const installTimeoutMs = 180_000;
const runTimeoutMs = 120_000;

const env = { PIP_DISABLE_PIP_VERSION_CHECK: '1' };

/**
 * Installs packages from PyPI into a virtual environment.
 * @returns its interpreter, or in a few words why there is none here.
 */
export async function installPackage(
  folder: string,
  ...requirements: string[]
): Promise<{ python: string } | { missing: string }> {
  const environment = join(folder, 'venv');
  const timeoutMs = installTimeoutMs;
  const made = await runCommand('python3', ['-m', 'venv', environment], { env, timeoutMs }).catch(
    () => undefined,
  );
  if (made === undefined) return { missing: 'there is no python3' };
  if (made.code !== 0)
    return { missing: `python3 -m venv does not work: ${lastLine(made.stderr || made.stdout)}` };
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const installed = await runCommand(python, ['-m', 'pip', 'install', '--quiet', ...requirements], {
    env,
    timeoutMs,
  });
  if (installed.code !== 0) return { missing: `pip could not install it: ${lastLine(installed.stderr)}` };
  return { python };
}

/** Runs a Python file with JSON in and JSON out. @throws when it fails or says something else. */
export async function callPython(
  python: string,
  file: URL,
  input: unknown,
  settings: Record<string, string>,
): Promise<unknown> {
  const ran = await runCommand(python, [fileURLToPath(file)], {
    input: JSON.stringify(input),
    env: { ...env, ...settings },
    timeoutMs: runTimeoutMs,
  });
  if (ran.code !== 0) throw new Error(`the client ended with ${ran.code}: ${ran.stderr.slice(-2_000)}`);
  return JSON.parse(ran.stdout);
}
