import {
  insertProof,
  markConfirmed,
  markTokenUsed,
  type OptOutRow,
  optOutById,
  type ProofRow,
  proofsOfCreator,
} from '../../db/creators.ts';
import { isConstraintViolation } from '../../db/database.ts';
import { fingerprintsOf, type RecordRow, recordsOfOptOut } from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { confirmationEvent } from '../opt-outs/effect.ts';
import { proofToken } from '../opt-outs/proof.ts';
import type { RecordEvent } from '../opt-outs/states.ts';
import { creatorOf, findLikes } from './fingerprint-index.ts';
import { provenBy } from './prove.ts';
import { changeRecords, saveChanges } from './record-changes.ts';
import { issueToken, readToken, type Session } from './tokens.ts';

/** What a confirmation link would confirm, without confirming it. @throws as readToken. */
export async function lookAtConfirmation(
  deps: Deps,
  token: string,
): Promise<{ optOut: OptOutRow; records: RecordRow[]; tokenHash: string }> {
  const { subject, hash } = await readToken(deps, 'confirm', token);
  const optOut = await optOutById(deps.database, subject);
  if (optOut === undefined) throw new AppError('token-invalid', 'This opt-out is gone.', { field: 'token' });
  return { optOut, records: await recordsOfOptOut(deps.database, subject), tokenHash: hash };
}

/**
 * Confirms the address of an opt-out: its records take effect, wait for a proof, or are held back, each by its kind.
 * @returns a session in which the creator sees them.
 * @throws AppError `token-invalid`, `token-used`, `token-expired`.
 */
export async function confirm(deps: Deps, token: string): Promise<Session & { optOut: string }> {
  const { optOut, records, tokenHash } = await lookAtConfirmation(deps, token);
  const waiting = records.filter((record) => record.state === 'pending-email');
  const proofs = await proofsOfCreator(deps.database, optOut.creatorId);
  const held = await quarantined(deps, optOut.creatorId, waiting);
  const changes = await changeRecords(deps, waiting, (record) => outcome(record, proofs, held));
  const at = new Date(deps.clock()).toISOString();
  const hosts = new Set(waiting.flatMap((record) => (record.host === null ? [] : [record.host])));
  const session = await issueToken(deps, 'session', optOut.creatorId);
  const statements = [
    markConfirmed(deps.database, optOut.id, at),
    ...[...hosts]
      .filter((host) => !proofs.some((proof) => proof.host === host))
      .slice(0, hostsPerOptOutMax)
      .map((host) => insertProof(deps.database, newProof(deps, optOut.creatorId, host, at))),
    ...saveChanges(deps, changes),
    session.statement,
  ];
  // One batch with what it is used for: a crash in between would leave a link that is used and confirmed nothing.
  try {
    await deps.database.atomically([markTokenUsed(deps.database, tokenHash, at), ...statements]);
  } catch (error) {
    // Of two at once the second would write the same versions again.
    if (isConstraintViolation(error)) await readToken(deps, 'confirm', token);
    throw error;
  }
  deps.log.info({ optOut: optOut.id, records: changes.length, held: held.size }, 'opt-out confirmed');
  return { optOut: optOut.id, token: session.token, expiresAt: session.expiresAt };
}

const hostsPerOptOutMax = 20;

function outcome(
  record: RecordRow,
  proofs: readonly ProofRow[],
  held: ReadonlySet<string>,
): { event: RecordEvent; patch?: Partial<RecordRow> } {
  if (held.has(record.rid)) return { event: 'confirmed-quarantined' };
  const proven = proofs.some((proof) => proof.state === 'found' && provenBy(proof.host, record));
  if (proven) return { event: 'confirmed-active', patch: { trust: 'domain' } };
  return { event: confirmationEvent(record.kind, record.trust, JSON.parse(record.usages), false) };
}

/**
 * Works that look like, or are the very file of, somebody else's active record: they wait for a moderator, so that
 * nobody opts out other people's pictures.
 */
async function quarantined(
  deps: Deps,
  creatorId: string,
  records: readonly RecordRow[],
): Promise<Set<string>> {
  const works = records.filter((record) => record.kind === 'work');
  const held = new Set<string>();
  if (works.length === 0) return held;
  const others = await deps.lookup.ownersBySha256(works.map((work) => work.key));
  for (const work of works) {
    if (others.some((other) => other.digest === work.key && other.creator !== creatorId)) held.add(work.rid);
  }
  const prints = await fingerprintsOf(
    deps.database,
    works.map((work) => work.rid),
  );
  const hashed = prints.flatMap(({ rid, pdq }) => (pdq === null ? [] : [{ rid, pdq }]));
  const likes = await findLikes(
    deps,
    hashed.map(({ pdq }) => pdq),
  );
  for (const [at, { rid }] of hashed.entries()) {
    const ofOthers = likes[at]?.some(
      ({ id, match }) => match.kind === 'match' && creatorOf(deps.fingerprints, id) !== creatorId,
    );
    if (ofOthers) held.add(rid);
  }
  return held;
}

function newProof(deps: Deps, creatorId: string, host: string, at: string): ProofRow {
  return {
    creatorId,
    host,
    token: proofToken(deps.random(18)),
    state: 'waiting',
    method: null,
    detail: null,
    createdAt: at,
    checkedAt: null,
    foundAt: null,
    missingSince: null,
  };
}
