import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { documentNames } from '../net/site-documents.ts';

export const manifestFile = 'manifest.json';
export const signalsFile = 'signals.sqlite';
const manifestBytesMax = 4 * 1024 * 1024;

const count = z.number().int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What a run read its origins from. `sha256` and `bytes` are of the file as it lay there, compressed or not. */
const Input = z.object({ name: z.string(), bytes: count, sha256, rows: count });

/** What a signals snapshot is, and how it came about. */
export const SignalsManifest = z.object({
  format: z.literal('withhold-signals/1'),
  /** `withhold/0.1.0`. */
  tool: z.string(),
  /** Who gathered: the product token or User-Agent given, what was sent, and the name looked for in robots.txt. */
  agent: z.string(),
  userAgent: z.string(),
  robotsToken: z.string(),
  /** RFC 3339 UTC. */
  started: z.iso.datetime(),
  finished: z.iso.datetime(),
  rows: count,
  /** URLs that name no origin, or none that can be asked. */
  urlsUnusable: count,
  origins: count,
  /** RSL documents. */
  documents: count,
  /** By file, how many origins have it, have none, could not be asked, or keep us from asking. */
  outcomes: z.record(z.string(), z.record(z.string(), count)),
  /** Why robots.txt could not be had, by kind of failure or `HTTP 503`. */
  failures: z.record(z.string(), count),
  inputs: z.array(Input),
  files: z.array(z.object({ name: z.literal(signalsFile), bytes: count, sha256 })).length(1),
});
export type SignalsManifest = z.infer<typeof SignalsManifest>;
export type GatherInput = z.infer<typeof Input>;

/** Sources that `outcomes` counts. */
export const outcomeSources = ['robots.txt', ...documentNames, 'rsl'] as const;

/** @throws AppError `not-found` where there is no snapshot, `invalid` where the manifest cannot be read. */
export async function readSignalsManifest(folder: string): Promise<SignalsManifest> {
  const path = join(folder, manifestFile);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new AppError('not-found', `there is no signals snapshot in ${folder}`, {
        fix: 'make one with withhold signals gather',
      });
    throw new AppError('invalid', `${path} cannot be read (${error.code})`, { cause: error });
  });
  try {
    if (text.length > manifestBytesMax) throw new RangeError('too long');
    return SignalsManifest.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('invalid', `${path} is no manifest of a signals snapshot this version reads`, {
      cause: error,
    });
  }
}
