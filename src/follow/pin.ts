import { readFile } from 'node:fs/promises';
import { AppError } from '../errors.ts';
import { fromUtf8, toUtf8 } from '../log/encoding.ts';
import { type LogPolicy, parseLogPolicy } from '../log/log-policy.ts';
import type { LogFiles } from '../log-store/ports.ts';
import type { LogSource } from './source.ts';

const pinnedPath = 'policy';

/**
 * The keys whose checkpoints are believed: those of the policy file kept beside the copy. The first time it is the
 * registry's own, or the one given by hand, which also replaces the one that is kept.
 * @param given path of a policy file.
 * @returns the policy, the verifier keys of its logs, and whether it was taken from the registry just now.
 * @throws AppError `invalid` for a file that is no policy or names no log.
 */
export async function pinnedKeys(
  files: LogFiles,
  source: Pick<LogSource, 'policy'>,
  given: string | undefined,
): Promise<{ policy: LogPolicy; keys: string[]; isNew: boolean }> {
  const kept = await files.read(pinnedPath);
  const isNew = kept === null && given === undefined;
  const text =
    given !== undefined ? await readGiven(given) : kept === null ? await source.policy() : fromUtf8(kept);
  const policy = parseLogPolicy(text ?? '');
  const keys = policy.logs.map(({ key }) => key.vkey);
  if (keys.length === 0) throw new AppError('invalid', 'the policy names no log', { field: 'policy' });
  if (kept === null || given !== undefined) await files.write(pinnedPath, toUtf8(text ?? ''));
  return { policy, keys, isNew };
}

async function readGiven(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('not-found', `${path} cannot be read`, { field: 'policy', cause });
  }
}
