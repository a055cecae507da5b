import { AppError } from '../errors.ts';
import { type NoteKey, parseVerifierKey } from './note-key.ts';

/** Longest policy file, and most keys of each kind in it (C2SP tlog-policy recommends 32). */
export const policyBytesMax = 65_536;
export const policyKeysMax = 32;

/** A log whose checkpoints are believed. Two entries with one origin are a key and its successor. */
export interface PolicyLog {
  key: NoteKey;
  /** Where the log is, if said. */
  url: string | null;
}

/** Whom an offline verifier believes. */
export interface LogPolicy {
  logs: PolicyLog[];
  /** Keys that sign check receipts. */
  checkKeys: NoteKey[];
}

// A comment to every other reader of tlog-policy, so that the file stays valid for them.
const checkKeyMark = '#check-key';

/**
 * Writes a policy file (C2SP tlog-policy): `log <vkey> [<url>]` lines and `quorum none`; keys for check receipts
 * stand in lines `#check-key <vkey>`.
 *
 * @throws AppError `invalid` for a policy that `parseLogPolicy` would not read.
 */
export function formatLogPolicy(policy: LogPolicy): string {
  const logs = policy.logs.map(({ key, url }) => `log ${key.vkey}${url === null ? '' : ` ${url}`}\n`);
  const checks = policy.checkKeys.map((key) => `${checkKeyMark} ${key.vkey}\n`);
  const text = `${logs.join('')}${checks.join('')}quorum none\n`;
  const read = parseLogPolicy(text).logs.map(({ url }) => url);
  // A line break in a URL would be read as a line of its own.
  if (policy.logs.length === read.length && policy.logs.every(({ url }, at) => url === read[at])) return text;
  throw new AppError('invalid', 'A URL of the policy cannot be written.');
}

/**
 * Reads a policy file. Witnesses are not known here yet: a file that names any is refused rather than half obeyed.
 *
 * @throws AppError `invalid` with the line as its field, `too-large` above `policyBytesMax`.
 */
export function parseLogPolicy(text: string): LogPolicy {
  if (text.length > policyBytesMax) {
    throw new AppError('too-large', `A policy file has at most ${policyBytesMax} bytes.`);
  }
  const policy: LogPolicy = { logs: [], checkKeys: [] };
  let quorums = 0;
  for (const [at, line] of text.split('\n').entries()) {
    const field = `line ${at + 1}`;
    requirePlain(line, field);
    const [word = '', ...items] = line.split(/[ \t]+/).filter((item) => item !== '');
    if (word === 'log') policy.logs.push(parseLog(items, field));
    else if (word === checkKeyMark) policy.checkKeys.push(parseCheckKey(items, field));
    else if (word === 'quorum') quorums += parseQuorum(items, field);
    else if (word !== '' && !word.startsWith('#')) refuse(`“${word.slice(0, 40)}” is not supported.`, field);
  }
  if (quorums !== 1) refuse('A policy file has exactly one quorum line.', 'quorum');
  requireDistinct(policy.logs.map(({ key }) => key));
  requireDistinct(policy.checkKeys);
  return policy;
}

function refuse(message: string, field: string): never {
  throw new AppError('invalid', message, { field });
}

function requirePlain(line: string, field: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the standard allows tab and newline alone.
  const isPlain = line.isWellFormed() && !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line);
  if (!isPlain) refuse('The policy file has a control character.', field);
}

function parseLog(items: readonly string[], field: string): PolicyLog {
  const [vkey, url = null, ...rest] = items;
  if (vkey === undefined || rest.length > 0) refuse('A log line is “log <vkey> [<url>]”.', field);
  return { key: parseKey(vkey, field), url };
}

function parseCheckKey(items: readonly string[], field: string): NoteKey {
  const [vkey, ...rest] = items;
  if (vkey === undefined || rest.length > 0) refuse(`A line is “${checkKeyMark} <vkey>”.`, field);
  return parseKey(vkey, field);
}

function parseQuorum(items: readonly string[], field: string): 1 {
  if (items.length !== 1 || items[0] !== 'none') refuse('Only “quorum none” is supported.', field);
  return 1;
}

function parseKey(vkey: string, field: string): NoteKey {
  try {
    return parseVerifierKey(vkey);
  } catch (cause) {
    if (cause instanceof AppError) throw new AppError(cause.code, cause.message, { field, cause });
    throw cause;
  }
}

function requireDistinct(keys: readonly NoteKey[]): void {
  if (keys.length > policyKeysMax) refuse(`A policy file has at most ${policyKeysMax} keys.`, 'log');
  const publicKeys = keys.map(({ publicKey }) => publicKey.join());
  if (new Set(publicKeys).size < keys.length) refuse('One public key stands there twice.', 'log');
}
