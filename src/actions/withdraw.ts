import { optOutById, proofsOfCreator } from '../../db/creators.ts';
import { type RecordRow, recordsById, recordsOfOptOut } from '../../db/records.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { eraseRecords, overwriteErased } from './erase.ts';
import { provenBy } from './prove.ts';
import { changeRecords, saveChanges } from './record-changes.ts';

/** One record, or all of one opt-out. */
export type Target = { rid: string } | { optOut: string };

const waitingStates: readonly string[] = ['pending-email', 'pending-proof', 'quarantined'];
const inForceStates: readonly string[] = ['active', 'suspended'];

/**
 * Takes back what a creator said. A record that was never in force is erased instead, because there is nothing to
 * withdraw; with the last of them goes everything about the creator, as after any erasure. Records at their end are left alone.
 * @returns how many records changed.
 * @throws AppError `not-found` when the target is not this creator's; `conflict` when a single record cannot change.
 */
export async function withdraw(deps: Deps, creatorId: string, target: Target): Promise<number> {
  const rows = await ownRecords(deps, creatorId, target);
  const neverInForce = rows.filter(({ state }) => waitingStates.includes(state));
  const changes = await changeRecords(deps, rows, (row) => {
    if (waitingStates.includes(row.state)) return null;
    return 'rid' in target || inForceStates.includes(row.state) ? { event: 'withdrawn' } : null;
  });
  await deps.database.atomically(saveChanges(deps, changes));
  if (neverInForce.length > 0) {
    await eraseRecords(deps, creatorId, neverInForce);
    await overwriteErased(deps);
  }
  return changes.length + neverInForce.length;
}

/**
 * Puts withdrawn records back in force; what needs a proof that is gone waits for it again.
 * @throws as withdraw.
 */
export async function restore(deps: Deps, creatorId: string, target: Target): Promise<number> {
  const rows = await ownRecords(deps, creatorId, target);
  const proofs = await proofsOfCreator(deps.database, creatorId);
  const changes = await changeRecords(deps, rows, (row) => {
    if (row.state !== 'withdrawn' && !('rid' in target)) return null;
    const rests = row.trust === 'domain';
    const stands = proofs.some((proof) => proof.state === 'found' && provenBy(proof.host, row));
    return { event: rests && !stands ? 'restored-needs-proof' : 'restored' };
  });
  await deps.database.atomically(saveChanges(deps, changes));
  return changes.length;
}

async function ownRecords(deps: Deps, creatorId: string, target: Target): Promise<RecordRow[]> {
  const rows =
    'rid' in target
      ? await recordsById(deps.database, [target.rid])
      : await recordsOfOptOut(deps.database, target.optOut);
  const optOut = rows[0] === undefined ? undefined : await optOutById(deps.database, rows[0].optOutId);
  // Somebody else's record is answered like one that does not exist.
  if (optOut?.creatorId !== creatorId) {
    throw new AppError('not-found', 'There is no such record among yours.', {
      fix: 'Open "My opt-outs" to see what you have.',
    });
  }
  return rows;
}
