import {
  type ApiKeyRow,
  apiKeyByHash,
  apiKeyById,
  consumerByName,
  insertApiKey,
  insertConsumer,
  listApiKeys,
  revokeApiKey,
} from '../../db/consumers.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { toBase64Url } from '../secrets.ts';
import { newId } from './ids.ts';
import { hashToken } from './tokens.ts';

/** What a key may do: ask in bulk, follow the registry, or run the service. */
export const scopes = ['check', 'feed', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export interface Consumer {
  /** Of the consumer, not of the key: two keys of one crawler count as one. */
  id: string;
  scopes: Scope[];
}

const prefix = 'wh_';

/**
 * Makes a key for a crawler or dataset builder, who is created when the name is new.
 * @returns the key in plain text, which is not stored and cannot be shown again.
 * @throws AppError `invalid` for an empty name or no scope.
 */
export async function addKey(
  deps: Deps,
  input: { consumer: string; scopes: readonly string[] },
): Promise<{ key: string; id: string; hint: string }> {
  const name = input.consumer.trim();
  if (name === '' || name.length > 200) {
    throw new AppError('invalid', 'A key needs the name of who will use it.', { field: 'consumer' });
  }
  const wrong = input.scopes.find((scope) => !(scopes as readonly string[]).includes(scope));
  if (wrong !== undefined || input.scopes.length === 0) {
    throw new AppError(
      'invalid',
      wrong === undefined ? 'A key needs a scope.' : `There is no scope "${wrong}".`,
      {
        field: 'scopes',
        fix: `Choose from ${scopes.join(', ')}.`,
      },
    );
  }
  const at = new Date(deps.clock()).toISOString();
  const known = await consumerByName(deps.database, name);
  const consumerId = known?.id ?? newId(deps);
  const key = `${prefix}${toBase64Url(deps.random(24))}`;
  const row: ApiKeyRow = {
    id: newId(deps),
    consumerId,
    hash: await hashToken(key),
    hint: `${key.slice(0, 7)}…${key.slice(-3)}`,
    scopes: JSON.stringify(scopes.filter((scope) => input.scopes.includes(scope))),
    createdAt: at,
    revokedAt: null,
  };
  await deps.database.atomically([
    ...(known === undefined ? [insertConsumer(deps.database, { id: consumerId, name, createdAt: at })] : []),
    insertApiKey(deps.database, row),
  ]);
  return { key, id: row.id, hint: row.hint };
}

/** @returns whose key this is, or null when it is unknown or revoked. */
export async function authenticate(deps: Deps, key: string): Promise<Consumer | null> {
  const row = await apiKeyByHash(deps.database, await hashToken(key));
  if (row === undefined || row.revokedAt !== null) return null;
  return { id: row.consumerId, scopes: JSON.parse(row.scopes) as Scope[] };
}

export interface KeyView {
  id: string;
  consumer: string;
  hint: string;
  scopes: Scope[];
  createdAt: string;
  revokedAt: string | null;
}

export async function listKeys(deps: Deps): Promise<KeyView[]> {
  const rows = await listApiKeys(deps.database);
  return rows.map(({ id, consumer, hint, scopes: json, createdAt, revokedAt }) => ({
    id,
    consumer,
    hint,
    scopes: JSON.parse(json) as Scope[],
    createdAt,
    revokedAt,
  }));
}

/** @throws AppError `not-found`. Revoking twice is no error. */
export async function revokeKey(deps: Deps, id: string): Promise<void> {
  if ((await apiKeyById(deps.database, id)) === undefined) {
    throw new AppError('not-found', `There is no key ${id}.`, {
      fix: 'List the keys with: withhold key list',
    });
  }
  await deps.database.atomically([revokeApiKey(deps.database, id, new Date(deps.clock()).toISOString())]);
}
