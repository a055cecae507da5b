import { AppError } from '../errors.ts';
import { LogFault } from '../follow/fault.ts';
import { readStoredCopy } from '../follow/stored-copy.ts';
import { isCheckReceipt, verifyCheckReceipt } from '../log/check-receipt.ts';
import type { LogPolicy } from '../log/log-policy.ts';
import { snapshotWarnings } from '../snapshots/answering.ts';
import { feedFolder } from '../snapshots/pulled-folder.ts';
import { rerunCheck } from '../snapshots/rerun.ts';
import { exitDone, exitSomething, type Io, say, write } from './io.ts';
import { checkReceiptJson, checkReceiptWords } from './receipt-words.ts';
import { rerunJson, rerunWords } from './rerun-words.ts';
import { openForAnswers } from './snapshot-asker.ts';

export interface RerunOptions {
  /** The receipt as it was read. */
  text: string;
  policy: LogPolicy;
  /** Where the policy was read. */
  path: string;
  /** Of the pulled snapshot. */
  folder: string;
  json: boolean;
  allowStale: boolean;
}

/** `withhold verify --rerun`: verifies a check receipt, and asks its question again of a snapshot. */
export async function rerun(options: RerunOptions, io: Io): Promise<number> {
  const { text, policy, path, folder, json, allowStale } = options;
  if (!isCheckReceipt(text)) {
    throw new AppError('invalid', 'only a check receipt can be run again', { fix: 'leave out --rerun' });
  }
  const verdict = await verifyCheckReceipt(text, policy);
  const { proven, log } = verdict;
  if (proven === null || log === null) {
    await write(io, json ? checkReceiptJson(verdict) : checkReceiptWords(verdict, path));
    return exitSomething;
  }
  const sizeMax = Number(log.size);
  const { snapshot, close } = await openForAnswers(folder, io, { allowStale, sizeMax });
  try {
    const copy = await readStoredCopy(feedFolder(folder, snapshot.manifest.content.size));
    async function* later() {
      if (copy !== null) yield* copy.events(sizeMax, Number.MAX_SAFE_INTEGER);
    }
    const warnings = snapshotWarnings(snapshot, Date.now());
    const result = await rerunCheck({ proven, log }, snapshot, later);
    await write(
      io,
      json
        ? rerunJson(verdict, result, warnings)
        : checkReceiptWords(verdict, path) + rerunWords(result, warnings),
    );
    if (!result.ok && (copy === null || copy.reached <= sizeMax)) {
      say(io, 'the stored feed ends there; pull, and run it again: the log may explain what differs by now');
    }
    return result.ok ? exitDone : exitSomething;
  } catch (error) {
    if (!(error instanceof LogFault)) throw error;
    say(io, `this is wrong: ${error.message}`);
    return exitSomething;
  } finally {
    await close();
  }
}
