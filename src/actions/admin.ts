import { readMeta, writeMeta } from '../../db/meta.ts';
import { type RecordRow, recordsById, recordsInState } from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { changeRecords, saveChanges } from './record-changes.ts';
import { issueToken, peekToken, type Session, useToken } from './tokens.ts';

/**
 * A link that makes whoever opens it first the administrator. Without `again` it is made once in the life of the
 * data, so that a restart gives no second one.
 * @returns the link, or null when there was one before.
 */
export async function issueAdminLink(deps: Deps, again: boolean): Promise<string | null> {
  if (!again && (await readMeta(deps.database, 'admin-link')) !== undefined) return null;
  const { token, statement } = await issueToken(deps, 'admin', 'admin');
  const at = new Date(deps.clock()).toISOString();
  await deps.database.atomically([statement, writeMeta(deps.database, 'admin-link', at)]);
  return `${deps.config.origin}/admin/${token}`;
}

/** Opens an administrator's session from such a link, once. @throws as useToken. */
export async function signInAdmin(deps: Deps, token: string): Promise<Session> {
  await useToken(deps, 'admin', token);
  const session = await issueToken(deps, 'admin-session', 'admin');
  await deps.database.atomically([session.statement]);
  return { token: session.token, expiresAt: session.expiresAt };
}

export async function isAdmin(deps: Deps, session: string | undefined): Promise<boolean> {
  return session !== undefined && (await peekToken(deps, 'admin-session', session)) !== null;
}

const quarantinedShownMax = 200;

/** Works held back because they look like somebody else's, oldest first. */
export async function quarantinedRecords(deps: Deps): Promise<RecordRow[]> {
  return recordsInState(deps.database, 'quarantined', quarantinedShownMax);
}

/**
 * Rules on a record in quarantine.
 * @throws AppError `not-found`; `conflict` when it is not in quarantine any more.
 */
export async function ruleOnQuarantined(
  deps: Deps,
  rid: string,
  ruling: 'released' | 'rejected',
): Promise<void> {
  const rows = await recordsById(deps.database, [rid]);
  if (rows.length === 0) throw new AppError('not-found', `There is no record ${rid}.`);
  if (rows[0]?.state !== 'quarantined') {
    throw new AppError('conflict', 'This record is not in quarantine.', {
      fix: 'Reload the page to see what is.',
    });
  }
  await deps.database.atomically(
    saveChanges(deps, await changeRecords(deps, rows, () => ({ event: ruling }))),
  );
}
