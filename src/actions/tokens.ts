import { deleteToken, insertToken, spendToken, type TokenRow, tokenByHash } from '../../db/creators.ts';
import type { Statement } from '../../db/database.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { sha256 } from '../log/hash.ts';
import { toBase64Url, toHex } from '../secrets.ts';

type Purpose = TokenRow['purpose'];

export interface Session {
  /** Given to the browser as a cookie, to an API client as a bearer token. */
  token: string;
  expiresAt: string;
}

const minute = 60_000;
const day = 24 * 60 * minute;

/** How long each kind of token lives, in milliseconds. */
export const tokenLifeMs: Record<Purpose, number> = {
  confirm: 7 * day,
  link: 7 * day,
  session: day,
  admin: 7 * day,
  'admin-session': 8 * 60 * minute,
};

/** 192 bits. */
const tokenBytes = 24;

/**
 * Makes a token for something; only its SHA-256 is stored.
 * @returns the token to hand out and the statement that stores its hash, for the caller's `atomically`.
 */
export async function issueToken(
  deps: Deps,
  purpose: Purpose,
  subject: string,
): Promise<{ token: string; expiresAt: string; statement: Statement }> {
  const token = toBase64Url(deps.random(tokenBytes));
  const now = deps.clock();
  const expiresAt = new Date(now + tokenLifeMs[purpose]).toISOString();
  const row = {
    hash: await hashToken(token),
    purpose,
    subject,
    createdAt: new Date(now).toISOString(),
    expiresAt,
    usedAt: null,
  };
  return { token, expiresAt, statement: insertToken(deps.database, row) };
}

/**
 * What a token stands for, without using it up.
 * @returns null when it is unknown, of another purpose, or expired: for cookies, where the reason is of no use.
 */
export async function peekToken(deps: Deps, purpose: Purpose, token: string): Promise<TokenRow | null> {
  const row = await tokenByHash(deps.database, await hashToken(token));
  if (row === undefined || row.purpose !== purpose) return null;
  return row.expiresAt > new Date(deps.clock()).toISOString() ? row : null;
}

/**
 * Looks at a single-use token.
 * @throws AppError `token-invalid`, `token-used` or `token-expired`, each with what to do next.
 */
export async function readToken(deps: Deps, purpose: Purpose, token: string): Promise<TokenRow> {
  const row = await tokenByHash(deps.database, await hashToken(token));
  const fix = 'Ask for a new link on the page "My opt-outs".';
  if (row === undefined || row.purpose !== purpose) {
    throw new AppError('token-invalid', 'This link is not known here.', {
      field: 'token',
      fix: `Open the link from the letter whole, or do this: ${fix}`,
    });
  }
  if (row.usedAt !== null) {
    throw new AppError('token-used', 'This link was used already.', { field: 'token', fix });
  }
  if (row.expiresAt <= new Date(deps.clock()).toISOString()) {
    throw new AppError('token-expired', 'This link is too old to use.', { field: 'token', fix });
  }
  return row;
}

/** Uses a single-use token up. @throws as readToken; `token-used` also for the loser of a race. */
export async function useToken(deps: Deps, purpose: Purpose, token: string): Promise<TokenRow> {
  const row = await readToken(deps, purpose, token);
  if (!(await spendToken(deps.database, row.hash, new Date(deps.clock()).toISOString()))) {
    throw new AppError('token-used', 'This link was used already.', { field: 'token' });
  }
  return row;
}

export async function dropToken(deps: Deps, token: string): Promise<void> {
  await deps.database.atomically([deleteToken(deps.database, await hashToken(token))]);
}

/** SHA-256 of the token, hex: tokens are random, so no salt and no slow hash is needed. */
export async function hashToken(token: string): Promise<string> {
  return toHex(sha256(new TextEncoder().encode(token)));
}
