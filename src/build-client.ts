import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Assets } from './web/assets.ts';

/** Bundles the browser script into `public/client/` and gives every static file an address of its content. */

const root = join(import.meta.dirname, '..');
const publicFolder = join(root, 'public');
const entries = ['site', 'opt-out', 'fingerprint-worker'] as const;

interface Manifest {
  assets: Assets;
  /** Every source file that went into it, relative to the repository. */
  inputs: string[];
}

/**
 * Bundles and minifies the browser script.
 * @param outdir where the bundles and `manifest.json` go; default `public/client`
 */
export async function buildClient({ outdir = join(publicFolder, 'client') } = {}): Promise<Assets> {
  const { build } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries.map((name) => `src/web/client/${name}.ts`),
    outdir,
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2022',
    legalComments: 'eof',
    metafile: true,
    logLevel: 'silent',
  });
  const script = async (name: (typeof entries)[number]) =>
    `/client/${name}.js?v=${await versionOf(join(outdir, `${name}.js`))}`;
  const assets: Assets = {
    'style.css': `/style.css?v=${await versionOf(join(publicFolder, 'style.css'))}`,
    'site.js': await script('site'),
    'opt-out.js': await script('opt-out'),
    'fingerprint-worker.js': await script('fingerprint-worker'),
  };
  const inputs = ['public/style.css', 'src/build-client.ts', ...Object.keys(metafile.inputs)];
  await mkdir(outdir, { recursive: true });
  await writeFile(join(outdir, 'manifest.json'), JSON.stringify({ assets, inputs } satisfies Manifest));
  return assets;
}

/** Builds when a source is newer than what was built, or nothing was built yet. */
export async function buildClientIfStale(): Promise<Assets> {
  const path = join(publicFolder, 'client', 'manifest.json');
  const built = await stat(path).catch(() => null);
  if (built === null) return buildClient();
  const { assets, inputs }: Manifest = JSON.parse(await readFile(path, 'utf8'));
  const changes = await Promise.all(
    inputs.map((input) =>
      stat(join(root, input)).then(
        ({ mtimeMs }) => mtimeMs > built.mtimeMs,
        () => true,
      ),
    ),
  );
  return changes.includes(true) ? buildClient() : assets;
}

async function versionOf(path: string): Promise<string> {
  const digest = createHash('sha256').update(await readFile(path));
  return digest.digest('base64url').slice(0, 12);
}

if (import.meta.main) await buildClient();
