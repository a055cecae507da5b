import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { ConsentLog } from './deps.ts';
import { AppError } from './errors.ts';
import { checkKeyName } from './log/check-receipt.ts';
import { newSigningKey } from './log/note-key.ts';
import { keyFile, type LogKeys, logOrigin, parseLogKeys } from './log-key-file.ts';
import { directoryFiles } from './log-store/directory.ts';
import { sqliteLock } from './log-store/sqlite-lock.ts';
import { random } from './open.ts';
import { writeOnce } from './write-once.ts';

/** The folder whose files are served under /log/. */
export const logFolder = (config: Config): string => join(config.data, 'log');
/** Outside every backup, on purpose: see LogLock. */
export const lockFile = (config: Config): string => join(config.data, 'log-lock.sqlite');

/** Opens the consent log of a data folder; the first time, its keys are made and only their owner can read them. */
export async function openConsentLog(config: Config): Promise<{ consentLog: ConsentLog; closeLock(): void }> {
  const origin = logOrigin(config);
  const { signers: all, retired } = await readKeys(config, origin);
  const signers = all.filter(({ key }) => key.name === origin);
  const checkSigner = all.find(({ key }) => key.name === checkKeyName(origin));
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
      keys: [...signers.map(({ key }) => key), ...retired.filter(({ name }) => name === origin)],
      checkSigner,
      published: null,
    },
    closeLock: lock.close,
  };
}

async function readKeys(config: Config, origin: string): Promise<LogKeys> {
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
  return parseLogKeys(readFileSync(file, 'utf8'));
}
