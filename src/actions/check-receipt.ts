import type { CheckDeps, ConsentLog } from '../deps.ts';
import { AppError } from '../errors.ts';
import { type CheckAnswer, makeCheckReceipt } from '../log/check-receipt.ts';
import { type Answer, type Question, type Weighed, weigh } from './check.ts';
import { readPublished } from './sequence.ts';

/** Items one check receipt vouches for. */
export const receiptItemsMax = 1_000;

/** The sequencer signs its first checkpoint within this. */
const retryAfterS = 2;

/** What a signed answer needs: beside what answers, the whole log. */
export type ReceiptDeps = CheckDeps & { consentLog: ConsentLog };

export interface Receipted {
  answers: Answer[];
  /** The check receipt, to be kept byte for byte. */
  receipt: string;
}

/**
 * Answers as `check` does, and signs what was asked, what was answered and everything the answer stands on, "nothing
 * found" included, on the newest published state of the log.
 * @param request what was asked, as it is to stand in the receipt.
 * @throws AppError `too-many-items` above `receiptItemsMax`, `too-large` when the evidence fills more than a receipt
 * may hold, `unavailable` before the first checkpoint.
 */
export async function checkWithReceipt(
  deps: ReceiptDeps,
  question: Question,
  request: CheckAnswer['query'],
  form: 'one' | 'many',
): Promise<Receipted> {
  if (question.items.length > receiptItemsMax) {
    throw new AppError('too-many-items', `A check receipt vouches for at most ${receiptItemsMax} items.`, {
      field: 'items',
      fix: 'Send fewer items at a time.',
    });
  }
  const { note } = await requirePublished(deps);
  const at = new Date(deps.clock()).toISOString();
  const weighed = await weigh(deps, question);
  const answers = weighed.map(({ answer }) => answer);
  const [first] = answers;
  if (first === undefined) throw new AppError('invalid', 'Nothing was asked.', { field: 'items' });
  const check: CheckAnswer = {
    query: request,
    answer: form === 'one' ? { ...first } : { verdict: strictest(answers), reasons: [], decisions: answers },
    evidence: weighed.flatMap(evidenceOf),
    policy: first.policy,
    at,
  };
  const { keys, checkSigner } = deps.consentLog;
  const logs = keys.map((key) => ({ key, url: null }));
  return { answers, receipt: await makeCheckReceipt(check, note, { logs }, checkSigner) };
}

/** The state of the log an answer stands on: taken before the answer, which then knows at least all that is in it. */
async function requirePublished(deps: ReceiptDeps): Promise<{ note: string }> {
  const log = deps.consentLog;
  // Another process, or another isolate of a Worker, may be the one that signs.
  const newest = await readPublished(log);
  if (newest !== null && Number(newest.size) > (log.published?.size ?? 0)) {
    log.published = { note: newest.note, size: Number(newest.size), root: newest.root };
  }
  if (log.published !== null) return log.published;
  throw new AppError('unavailable', 'The log has no checkpoint yet for a receipt to stand on.', {
    retryAfterS,
    fix: `Ask again in ${retryAfterS} s.`,
  });
}

/** All that was said about one item, verbatim, with its place in the question. */
function evidenceOf({ evidence }: Weighed, item: number): CheckAnswer['evidence'] {
  return evidence.map((said) => ({ item, ...said }));
}

/** Of many answers the one to obey if they were one: a refusal first, then silence. */
function strictest(answers: readonly Answer[]): Answer['verdict'] {
  const verdicts = new Set(answers.map(({ verdict }) => verdict));
  if (verdicts.has('disallow')) return 'disallow';
  return verdicts.has('unknown') ? 'unknown' : 'allow';
}
