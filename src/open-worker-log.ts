import type { Config } from './config.ts';
import type { ConsentLog } from './deps.ts';
import { AppError } from './errors.ts';
import { checkKeyName } from './log/check-receipt.ts';
import { newSigningKey, parseSigningKey, parseVerifierKey } from './log/note-key.ts';
import { durableLock } from './log-store/durable-lock.ts';
import { type Bucket, bucketFiles } from './log-store/r2.ts';

export interface WorkerLogBindings {
  /** R2: tiles and checkpoint. */
  LOG: Bucket;
  /** Durable Object namespace: the lock. */
  LOCK: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

/**
 * Opens the consent log of a Worker. Signing keys come from WITHHOLD_LOG_KEYS, one a line, newest first; a
 * key that no longer signs stays there as its verifier key. In development they are derived from words that everybody
 * knows, which is why production refuses to start without.
 */
export async function openWorkerLog(config: Config, bindings: WorkerLogBindings): Promise<ConsentLog> {
  const origin = `${new URL(config.origin).host}/log`;
  const texts =
    config.log_keys?.split(/\s+/).filter((text) => text !== '') ?? (await developmentKeys(config, origin));
  const keys = await Promise.all(texts.filter(isSigning).map(parseSigningKey));
  const retired = texts.filter((text) => !isSigning(text)).map(parseVerifierKey);
  const signers = keys.filter(({ key }) => key.name === origin);
  const checkSigner = keys.find(({ key }) => key.name === checkKeyName(origin));
  if (signers.length === 0 || checkSigner === undefined) {
    throw new AppError(
      'misconfigured',
      `WITHHOLD_LOG_KEYS holds no keys for ${origin}: make them with \`withhold key log\``,
    );
  }
  return {
    origin,
    files: bucketFiles(bindings.LOG),
    lock: durableLock(bindings.LOCK.get(bindings.LOCK.idFromName(origin))),
    signers,
    keys: [...signers.map(({ key }) => key), ...retired.filter(({ name }) => name === origin)],
    checkSigner,
    published: null,
  };
}

const isSigning = (text: string): boolean => text.startsWith('PRIVATE+KEY+');

async function developmentKeys(config: Config, origin: string): Promise<string[]> {
  if (!config.development) {
    throw new AppError(
      'misconfigured',
      'WITHHOLD_LOG_KEYS is required in production: make them with `withhold key log`',
    );
  }
  return Promise.all(
    [origin, checkKeyName(origin)].map(async (name) => {
      const words = new TextEncoder().encode(`${name} in development, no secret`);
      return newSigningKey(name, new Uint8Array(await crypto.subtle.digest('SHA-256', words)));
    }),
  );
}
