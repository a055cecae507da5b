import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'hono';
import { type AssetName, type Assets, assetNames, plainAssets } from './assets.ts';

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

interface StaticFile {
  bytes: Uint8Array<ArrayBuffer>;
  type: string;
  version: string;
}

export interface StaticFiles {
  /** Addresses of what the pages refer to, each with the version of its content. */
  assets: Assets;
  /** Answers for a file of the folder, null for anything else. */
  serve(c: Context): Response | null;
}

/**
 * Reads a folder of static files into memory. What is not in it when the service starts cannot be asked for, so no
 * path of a request ever reaches the file system.
 */
export function readStaticFiles(folder: URL): StaticFiles {
  const root = fileURLToPath(folder);
  const files = new Map<string, StaticFile>();
  for (const path of existsSync(root) ? (readdirSync(root, { recursive: true }) as string[]) : []) {
    const type = types[extname(path)];
    const full = join(root, path);
    if (type === undefined || !statSync(full).isFile()) continue;
    const bytes = new Uint8Array(readFileSync(full));
    const version = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
    files.set(`/${relative(root, full).split(sep).join('/')}`, { bytes, type, version });
  }
  const versioned = (name: AssetName): [AssetName, string] => {
    const file = files.get(plainAssets[name]);
    return [name, file === undefined ? plainAssets[name] : `${plainAssets[name]}?v=${file.version}`];
  };
  return {
    assets: Object.fromEntries(assetNames.map(versioned)) as Assets,
    serve(c) {
      const file = files.get(c.req.path);
      if (file === undefined) return null;
      const etag = `"${file.version}"`;
      const current = c.req.query('v') === file.version;
      const headers = {
        'Content-Type': file.type,
        ETag: etag,
        'X-Content-Type-Options': 'nosniff',
        'Cache-Control': current ? 'public, max-age=31536000, immutable' : 'public, max-age=300',
      };
      if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
      return c.body(file.bytes, 200, headers);
    },
  };
}
