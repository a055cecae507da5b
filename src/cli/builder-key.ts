import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../errors.ts';
import { type NoteSigner, newSigningKey, parseSigningKey } from '../log/note-key.ts';
import { writeOnce } from '../write-once.ts';
import { type Io, say } from './io.ts';

/** Where the key lies that signs the reports of this machine's runs. */
export function builderKeyPath({ env }: Pick<Io, 'env'>): string {
  return env.WITHHOLD_BUILDER_KEY || join(homedir(), '.withhold', 'builder-key');
}

/**
 * The key that signs reports.
 * @throws AppError `not-found` saying how to make one, `invalid` for a file that holds no key.
 */
export async function readBuilderKey(io: Pick<Io, 'env'>): Promise<NoteSigner> {
  const path = builderKeyPath(io);
  try {
    return await parseSigningKey(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof AppError) throw new AppError(cause.code, `${path} holds no signing key`, { cause });
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new AppError('unavailable', `${path} cannot be read (${code})`, { cause });
    throw new AppError('not-found', `a report is signed, and there is no key in ${path}`, {
      fix: 'make one with: withhold key builder --name example.org',
    });
  }
}

/**
 * Makes the key that signs reports, once; a key that is there is never replaced.
 * @param name what others will know the builder by, such as a domain.
 * @throws AppError `invalid` for a name that a key cannot have, `conflict` when there is a key of another name.
 */
export async function makeBuilderKey(
  io: Pick<Io, 'env'>,
  name: string | undefined,
): Promise<{ signer: NoteSigner; path: string; isNew: boolean }> {
  const path = builderKeyPath(io);
  const isNew = !existsSync(path);
  if (isNew) {
    if (name === undefined) {
      throw new AppError('invalid', 'a key has a name, by which others know who signed', {
        fix: 'give it with --name, for example: withhold key builder --name example.org',
      });
    }
    writeOnce(path, `${await newSigningKey(name, new Uint8Array(randomBytes(32)))}\n`);
  }
  const signer = await readBuilderKey(io);
  if (name !== undefined && signer.key.name !== name) {
    throw new AppError('conflict', `${path} already holds a key named ${signer.key.name}`, {
      fix: 'leave out --name, or set WITHHOLD_BUILDER_KEY to another path',
    });
  }
  return { signer, path, isNew };
}

/** Name of a key that was made because there was none. */
const unnamed = 'unnamed-builder';

/** The key that signs reports; without one it is made, so that a run is never without its proof. */
export async function readOrMakeBuilderKey(io: Io): Promise<NoteSigner> {
  if (existsSync(builderKeyPath(io))) return readBuilderKey(io);
  const { signer, path } = await makeBuilderKey(io, unnamed);
  say(io, `made a key that signs your reports, named ${unnamed}: ${path}`);
  say(io, 'for one with your name, remove it and give: withhold key builder --name example.org');
  return signer;
}
