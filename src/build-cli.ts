import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { packageFolder } from './paths.ts';

/**
 * Builds the published command: the sources as plain JavaScript, because Node strips no types below node_modules.
 * Commands stay separate files that are loaded when asked for. All files lie flat in the folder, one level below
 * the package like src/, so that lookups relative to a file (paths.ts) find the same places.
 * @param folder is emptied first.
 */
export async function buildCli(folder: URL): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  const outdir = fileURLToPath(folder);
  await build({
    // A thread is loaded by its own address, so it has to be a file of its own.
    entryPoints: [
      'src/cli/withhold.ts',
      'src/decode-thread.ts',
      'src/fingerprint-thread.ts',
      'src/filter-thread.ts',
    ].map((path) => fileURLToPath(new URL(path, packageFolder))),
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    entryNames: '[name]',
    chunkNames: 'withhold-[name]-[hash]',
    logLevel: 'warning',
  });
  await chmod(new URL('withhold.js', folder), 0o755);
}

if (import.meta.main) await buildCli(new URL('dist/', packageFolder));
