import { creatorByEmail, creatorById } from '../../db/creators.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { writeLetter } from './letters.ts';
import { normaliseEmail } from './submit.ts';
import { dropToken, issueToken, peekToken, type Session, useToken } from './tokens.ts';

/**
 * Sends a magic link to an address, if it is known. The answer is the same either way, so that nobody can find out
 * who has opted out.
 */
export async function requestLink(deps: Deps, email: string): Promise<void> {
  const address = normaliseEmail(email);
  const creator = await creatorByEmail(deps.database, await deps.secrets.lookups(address));
  // The work of a miss is made like that of a hit, or the time would tell.
  const link = await issueToken(deps, 'link', creator?.id ?? '');
  const letter = await writeLetter(
    deps,
    deps.letters.link({ to: address, token: link.token, expiresAt: link.expiresAt }),
  );
  if (creator !== undefined) await deps.database.atomically([link.statement, ...letter]);
}

/** Opens a session from a magic link, once. @throws AppError `token-invalid`, `token-used`, `token-expired`. */
export async function signIn(deps: Deps, token: string): Promise<Session> {
  const { subject } = await useToken(deps, 'link', token);
  const session = await issueToken(deps, 'session', subject);
  await deps.database.atomically([session.statement]);
  return { token: session.token, expiresAt: session.expiresAt };
}

/** @returns the creator whose session this is, or null. */
export async function creatorOfSession(deps: Deps, session: string | undefined): Promise<string | null> {
  if (session === undefined || session === '') return null;
  const row = await peekToken(deps, 'session', session);
  return row?.subject ?? null;
}

export const signOut = dropToken;

/** The creator's own address, decrypted: for letters and their own export alone. */
export async function addressOf(deps: Deps, creatorId: string): Promise<string> {
  const creator = await creatorById(deps.database, creatorId);
  if (creator === undefined) throw new AppError('not-found', 'This creator is gone.');
  return deps.secrets.decrypt(creator.emailCipher);
}
