import {
  type CipherPlace,
  cipherPlaces,
  ciphersNotUnder,
  type NewCipher,
  replaceCiphers,
} from '../../db/ciphers.ts';
import type { Deps, Letter } from '../deps.ts';

const rowsPerBatch = 500;

/**
 * Encrypts everything anew that was encrypted under an older secret, and hashes addresses anew beside it, so that the
 * older secret can be taken away. Safe beside a running service that knows both.
 * @returns how many ciphertexts were made.
 * @throws AppError `misconfigured` when a secret that is still needed is not among WITHHOLD_SECRETS.
 */
export async function rotateSecrets(deps: Pick<Deps, 'database' | 'secrets'>): Promise<number> {
  let made = 0;
  for (const place of cipherPlaces) {
    let after = '';
    for (;;) {
      const rows = await ciphersNotUnder(deps.database, place, deps.secrets.current, after, rowsPerBatch);
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.id;
      const fresh = await Promise.all(rows.map((row) => renewed(deps, place, row)));
      await deps.database.atomically(replaceCiphers(deps.database, place, fresh));
      made += fresh.length;
    }
  }
  // Ciphertexts of the older secret are deleted data now, and may lie in the write-ahead log.
  await deps.database.scrub?.();
  return made;
}

async function renewed(
  { secrets }: Pick<Deps, 'secrets'>,
  place: CipherPlace,
  { id, cipher }: { id: string; cipher: string },
): Promise<NewCipher> {
  const text = await secrets.decrypt(cipher);
  const address = place === 'letters' ? (JSON.parse(text) as Letter).to : text;
  const lookup = place === 'optOuts' ? '' : (await secrets.lookups(address))[0];
  return { id, before: cipher, cipher: await secrets.encrypt(text), lookup };
}
