import { deleteExpiredTokens, unconfirmedBefore } from '../../db/creators.ts';
import { recordsOfOptOut } from '../../db/records.ts';
import { deleteOldSignals } from '../../db/signals.ts';
import type { Deps } from '../deps.ts';
import { eraseRecords } from './erase.ts';
import { deliverLetters, forgetSentLetters } from './letters.ts';
import { recheckProofs } from './prove.ts';
import { announceReceipts } from './receipts.ts';
import { sequence } from './sequence.ts';
import { tokenLifeMs } from './tokens.ts';

const signalsKeptMs = 30 * 86_400_000;
const optOutsPerRun = 20;

/** One job of the service: what it is called in the log, how often it runs, and what it does. */
export interface Job {
  name: string;
  everyMs: number;
  run(deps: Deps): Promise<unknown>;
}

/** What has to happen without anybody asking; node.ts runs it in a loop, worker.ts by cron. */
export const jobs: readonly Job[] = [
  { name: 'log', everyMs: 200, run: sequence },
  { name: 'receipts', everyMs: 2_000, run: announceReceipts },
  { name: 'letters', everyMs: 1_000, run: deliverLetters },
  { name: 'hits', everyMs: 2_000, run: (deps) => deps.hits.flush() },
  { name: 'proofs', everyMs: 600_000, run: recheckProofs },
  { name: 'forgetting', everyMs: 3_600_000, run: forget },
];

/** Deletes what has no reason to stay: expired tokens, sent letters, old signals, opt-outs nobody confirmed. */
export async function forget(deps: Deps): Promise<void> {
  const now = deps.clock();
  await deps.database.atomically([
    deleteExpiredTokens(deps.database, new Date(now - tokenLifeMs.confirm).toISOString()),
    deleteOldSignals(deps.database, new Date(now - signalsKeptMs).toISOString()),
    forgetSentLetters(deps),
  ]);
  const before = new Date(now - tokenLifeMs.confirm).toISOString();
  for (const optOut of await unconfirmedBefore(deps.database, before, optOutsPerRun)) {
    await eraseRecords(deps, optOut.creatorId, await recordsOfOptOut(deps.database, optOut.id));
  }
  await deps.database.scrub?.();
}
