import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder, publicFolder } from './paths.ts';

/** Bundles the browser script into `public/client/`; the server needs no build. */

const root = fileURLToPath(packageFolder);
const clientFolder = join(fileURLToPath(publicFolder), 'client');
const entries = ['site', 'opt-out', 'check', 'fingerprint-worker'] as const;

/** Bundles and minifies the browser script into a folder, default `public/client`. */
export async function buildClient({ outdir = clientFolder } = {}): Promise<void> {
  // Only who builds needs the bundler; a published package has none.
  const { build } = await import('esbuild');
  await build({
    absWorkingDir: root,
    entryPoints: entries.map((name) => `src/web/client/${name}.ts`),
    outdir,
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
    legalComments: 'eof',
    logLevel: 'warning',
  });
}

/**
 * Builds when a source is newer than what was built, or nothing was built yet. Does nothing where there are no
 * sources: a published package brings its build along.
 */
export async function buildClientIfStale(): Promise<void> {
  const sources = await readdir(join(root, 'src'), { recursive: true }).catch(() => []);
  const typescript = sources.filter((path) => path.endsWith('.ts')).map((path) => join(root, 'src', path));
  if (!typescript.some((path) => path.startsWith(join(root, 'src/web/client')))) return;
  const built = await Promise.all(entries.map((name) => changedAt(join(clientFolder, `${name}.js`))));
  const changed = await Promise.all(typescript.map(changedAt));
  if (Math.max(...changed) > Math.min(...built)) await buildClient();
}

/** Milliseconds since the epoch; 0 for a file that is not there. */
async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

if (import.meta.main) await buildClient();
