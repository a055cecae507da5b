import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { ConsentLog } from './deps.ts';
import { AppError } from './errors.ts';
import { checkKeyName } from './log/check-receipt.ts';
import { type NoteSigner, newSigningKey, parseSigningKey } from './log/note-key.ts';
import { directoryFiles } from './log-store/directory.ts';
import { sqliteLock } from './log-store/sqlite-lock.ts';
import { random } from './open.ts';
import { writeOnce } from './write-once.ts';

/** The folder whose files are served under /log/. */
export const logFolder = (config: Config): string => join(config.data, 'log');
/** Outside every backup, on purpose: see LogLock. */
export const lockFile = (config: Config): string => join(config.data, 'log-lock.sqlite');
/** Signing keys, newest first; a key that no longer signs is kept as `# retired …` with its verifier key. */
export const keyFile = (config: Config): string => join(config.data, 'log-key');

/** The log's name: its origin without the scheme, and the path it is served under. */
export const logOrigin = (config: Pick<Config, 'origin'>): string => `${new URL(config.origin).host}/log`;

/** Opens the consent log of a data folder; the first time, its keys are made and only their owner can read them. */
export async function openConsentLog(config: Config): Promise<{ consentLog: ConsentLog; closeLock(): void }> {
  const origin = logOrigin(config);
  const keys = await readSigningKeys(config, origin);
  const signers = keys.filter(({ key }) => key.name === origin);
  const checkSigner = keys.find(({ key }) => key.name === checkKeyName(origin));
  if (signers.length === 0 || checkSigner === undefined) {
    throw new AppError(
      'misconfigured',
      `${keyFile(config)} holds no key for ${origin}: put the right file back`,
    );
  }
  const lock = sqliteLock(lockFile(config));
  return {
    consentLog: {
      origin,
      files: directoryFiles(logFolder(config)),
      lock,
      signers,
      keys: signers.map(({ key }) => key),
      checkSigner,
      published: null,
    },
    closeLock: lock.close,
  };
}

async function readSigningKeys(config: Config, origin: string): Promise<NoteSigner[]> {
  const file = keyFile(config);
  if (!existsSync(file)) {
    // A log that has a lock has signed; making it a new key in silence would look like a takeover.
    if (existsSync(lockFile(config))) {
      throw new AppError(
        'misconfigured',
        `${file} is gone: put it back, the log cannot be signed without it`,
      );
    }
    const made = await Promise.all(
      [origin, checkKeyName(origin)].map((name) => newSigningKey(name, random(32))),
    );
    writeOnce(file, `${made.join('\n')}\n`);
  }
  const lines = readFileSync(file, 'utf8').split('\n');
  return Promise.all(lines.filter((line) => line.startsWith('PRIVATE+KEY+')).map(parseSigningKey));
}
