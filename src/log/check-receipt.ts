import { AppError } from '../errors.ts';
import { type OpenedCheckpoint, openCheckpoint } from './checkpoint.ts';
import { fromHex, toHex, toUtf8 } from './encoding.ts';
import { hashBytes, sha256 } from './hash.ts';
import {
  canonicalText,
  fromLines,
  hasFields,
  isObject,
  isTime,
  type JsonObject,
  parseJsonFile,
  plainText,
  toLines,
} from './json-text.ts';
import type { LogPolicy } from './log-policy.ts';
import { type OpenedNote, openNote, signNote } from './note.ts';
import type { NoteSigner } from './note-key.ts';
import { failureOf, type ProvenLog, provenLog, type ReceiptFailure } from './receipt.ts';

export const checkReceiptFormat = 'withhold-check-receipt/1';
/** Longest check receipt read. */
export const checkReceiptCharsMax = 16 * 1024 * 1024;

const statementHeader = 'withhold-check/1';
const verdicts = ['disallow', 'allow', 'unknown'] as const;

/** What a check receipt speaks of, as JSON; the parts are kept verbatim and signed by their digests. */
export interface CheckAnswer {
  /** What was asked. */
  query: JsonObject;
  /** What was answered: at least `verdict` and `reasons`, an empty list when nothing was found. */
  answer: JsonObject & { verdict: (typeof verdicts)[number]; reasons: readonly unknown[] };
  /** Everything the answer stands on, whether it decided or not. */
  evidence: readonly unknown[];
  /** Digest of the policy applied: `sha256:` and 64 lower-case hex digits. */
  policy: string;
  /** When it was answered, RFC 3339 UTC with milliseconds. */
  at: string;
}

export interface CheckReceiptVerdict {
  ok: boolean;
  log: ProvenLog | null;
  /** What was asked and answered; null unless everything holds. */
  proven: CheckAnswer | null;
  failures: ReceiptFailure[];
}

function refuse(message: string): never {
  throw new AppError('invalid', message);
}

/**
 * The name of the key that signs a log's check receipts: `registry.example/check` beside `registry.example/log`.
 *
 * @throws AppError `invalid` for an origin that does not end in `/log`.
 */
export function checkKeyName(origin: string): string {
  if (origin.endsWith('/log')) return `${origin.slice(0, -'/log'.length)}/check`;
  return refuse('The origin of a consent log ends in /log.');
}

function digestOf(value: unknown): string {
  return `sha256:${toHex(sha256(toUtf8(canonicalText(value))))}`;
}

function isDigest(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.startsWith('sha256:') &&
    fromHex(value.slice('sha256:'.length), hashBytes) !== null
  );
}

/** The text that is signed: one line for everything the receipt vouches for. */
function statementText(check: CheckAnswer, log: Pick<ProvenLog, 'origin' | 'size' | 'root'>): string {
  const lines = [
    statementHeader,
    `origin ${log.origin}`,
    `size ${log.size}`,
    `root ${log.root}`,
    `at ${check.at}`,
    `query ${digestOf(check.query)}`,
    `answer ${digestOf(check.answer)}`,
    `evidence ${digestOf(check.evidence)}`,
    `policy ${check.policy}`,
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * Makes a check receipt: what was asked and answered, on which state of the log, signed.
 *
 * @param checkpoint the signed checkpoint the answer stands on.
 * @param policy the log's own keys, to which the checkpoint is held.
 * @param signer the key named `checkKeyName(origin)`.
 * @throws AppError `invalid` for a check that `verifyCheckReceipt` would refuse.
 */
export async function makeCheckReceipt(
  check: CheckAnswer,
  checkpoint: string,
  policy: Pick<LogPolicy, 'logs'>,
  signer: NoteSigner,
): Promise<string> {
  const opened = await openCheckpoint(
    checkpoint,
    policy.logs.map(({ key }) => key),
  );
  if (signer.key.name !== checkKeyName(opened.origin)) {
    refuse(`Check receipts of ${opened.origin} are signed by ${checkKeyName(opened.origin)}.`);
  }
  const statement = await signNote(statementText(check, provenLog(opened)), [signer]);
  const text = formatCheckReceipt({ check, checkpoint, statement });
  parseCheckReceipt(text);
  return text;
}

interface CheckReceiptFile {
  check: CheckAnswer;
  checkpoint: string;
  statement: string;
}

function formatCheckReceipt({ check, checkpoint, statement }: CheckReceiptFile): string {
  const plain = (value: unknown): unknown => JSON.parse(canonicalText(value));
  const file = {
    format: checkReceiptFormat,
    at: check.at,
    query: plain(check.query),
    answer: plain(check.answer),
    evidence: plain(check.evidence),
    policy: check.policy,
    statement: toLines(statement),
    checkpoint: toLines(checkpoint),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

const fileFields = ['format', 'at', 'query', 'answer', 'evidence', 'policy', 'statement', 'checkpoint'];

function parseCheckReceipt(text: string): CheckReceiptFile {
  const value = parseJsonFile(text, checkReceiptCharsMax);
  if (value.format !== checkReceiptFormat || !hasFields(value, fileFields)) {
    refuse('This is not a check receipt.');
  }
  const statement = fromLines(value.statement);
  const checkpoint = fromLines(value.checkpoint);
  const { at, query, answer, evidence, policy } = value;
  if (!isTime(at) || !isDigest(policy) || !isObject(query) || !Array.isArray(evidence)) {
    refuse('The check receipt is incomplete.');
  }
  if (!isAnswer(answer)) refuse('The check receipt holds no answer.');
  if (statement === null || checkpoint === null) refuse('The check receipt is not signed.');
  const file = { check: { query, answer, evidence, policy, at }, checkpoint, statement };
  if (formatCheckReceipt(file) !== plainText(text)) {
    refuse('This check receipt was changed after it was written.');
  }
  return file;
}

function isAnswer(value: unknown): value is CheckAnswer['answer'] {
  return (
    isObject(value) && verdicts.some((verdict) => verdict === value.verdict) && Array.isArray(value.reasons)
  );
}

/**
 * Holds a check receipt to the log and the check keys one believes. Works offline.
 *
 * @param text the file as it was received.
 * @returns what was asked and answered, and on which state of the log; `proven` is null unless all of it holds.
 */
export async function verifyCheckReceipt(text: string, policy: LogPolicy): Promise<CheckReceiptVerdict> {
  const verdict: CheckReceiptVerdict = { ok: false, log: null, proven: null, failures: [] };
  let file: CheckReceiptFile;
  try {
    file = parseCheckReceipt(text);
  } catch (error) {
    return { ...verdict, failures: [failureOf(error, 'format')] };
  }
  let checkpoint: OpenedCheckpoint;
  try {
    checkpoint = await openCheckpoint(
      file.checkpoint,
      policy.logs.map(({ key }) => key),
    );
  } catch (error) {
    return { ...verdict, failures: [failureOf(error, 'log')] };
  }
  const log = provenLog(checkpoint);
  let opened: OpenedNote;
  try {
    const name = checkKeyName(checkpoint.origin);
    opened = await openNote(
      file.statement,
      policy.checkKeys.filter((key) => key.name === name),
    );
  } catch (error) {
    return { ...verdict, log, failures: [failureOf(error, 'signature')] };
  }
  if (opened.text === statementText(file.check, log)) {
    return { ok: true, log, proven: file.check, failures: [] };
  }
  const message = 'The question, the answer or the state of the log is not what was signed.';
  return { ...verdict, log, failures: [{ code: 'digest', message, position: null }] };
}

/** Whether a file is a check receipt, rather than a receipt of a record, by what it calls itself. */
export function isCheckReceipt(text: string): boolean {
  try {
    return parseJsonFile(text, checkReceiptCharsMax).format === checkReceiptFormat;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}
