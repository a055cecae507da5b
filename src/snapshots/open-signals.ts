import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { digestOfFile } from '../log-store/file-digest.ts';
import type { SignalsCache } from '../net/signals-cache.ts';
import { dayMs, signalsAgeDays } from './signals-age.ts';
import { openSignalsFile, type SignalsFile } from './signals-file.ts';
import { readSignalsManifest, type SignalsManifest, signalsFile } from './signals-manifest.ts';

export interface OpenSignals {
  manifest: SignalsManifest;
  file: SignalsFile;
  /** Answers `signalsFor` from what was gathered; it never fetches, and `wait` makes no difference. */
  cache: SignalsCache;
  close(): void;
}

/**
 * Opens a signals snapshot made by `withhold signals gather`.
 * @param options `maxAgeDays`: what was gathered longer ago is `notChecked: signals-too-old` (default 31).
 *   `verify`: whether the file is held to the digest in the manifest first (default yes; a gigabyte takes about a
 *   second). Threads that open what another has verified leave it out.
 * @throws AppError `not-found`, or `invalid` when it is damaged or not what the manifest says.
 */
export async function openSignals(
  folder: string,
  options: { maxAgeDays?: number; verify?: boolean } = {},
): Promise<OpenSignals> {
  const manifest = await readSignalsManifest(folder);
  const path = join(folder, signalsFile);
  const [said] = manifest.files;
  if (options.verify ?? true) {
    const found = await digestOfFile(path).catch((error: NodeJS.ErrnoException) => {
      throw new AppError('invalid', `${path} cannot be read (${error.code})`, { cause: error });
    });
    if (found.sha256 !== said?.sha256)
      throw new AppError('invalid', `${path} is not the file that was gathered`, {
        fix: 'its digest differs from the one in manifest.json: copy the folder again',
      });
  }
  const file = openSignalsFile(path);
  const maxAgeMs = (options.maxAgeDays ?? signalsAgeDays.standard) * dayMs;
  return { manifest, file, cache: cacheOf(file, maxAgeMs), close: file.close };
}

const notGathered = { state: 'queued', retryAfterS: 0, stale: null } as const;

function cacheOf(file: SignalsFile, maxAgeMs: number): SignalsCache {
  return {
    gathered: { maxAgeMs },
    get: async (origin) => file.site(originOf(origin)) ?? notGathered,
    document: async (url) => file.document(url) ?? notGathered,
    idle: async () => {},
    close: async () => {},
  };
}

function originOf(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new AppError('invalid', 'This is not the origin of a site.');
  return url.origin;
}
