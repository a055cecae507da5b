import type { Database } from '../../db/database.ts';
import { readMeta, writeMeta } from '../../db/meta.ts';
import { AppError } from '../errors.ts';

/**
 * The origin names the registry in records, receipts and the log, so it is fixed at first start.
 * @throws AppError `misconfigured` when the database belongs to another origin.
 */
export async function keepOrigin(database: Database, origin: string): Promise<void> {
  const stored = await readMeta(database, 'origin');
  if (stored === undefined) await database.atomically([writeMeta(database, 'origin', origin)]);
  else if (stored !== origin) {
    throw new AppError(
      'misconfigured',
      `this data belongs to ${stored}, but WITHHOLD_ORIGIN is ${origin}: set it back, or use another data folder`,
    );
  }
}
