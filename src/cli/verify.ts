import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isFilterReport, reportCharsMax } from '../datasets/report/filter-report.ts';
import { AppError } from '../errors.ts';
import { parseBuilderKeys } from '../log/builder-keys.ts';
import { isCheckReceipt, verifyCheckReceipt } from '../log/check-receipt.ts';
import { type LogPolicy, parseLogPolicy, policyBytesMax } from '../log/log-policy.ts';
import { parseVerifierKey } from '../log/note-key.ts';
import { verifyReceipt } from '../log/receipt.ts';
import { receiptCharsMax } from '../log/receipt-file.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { type Believed, verifyReportBeside } from './filter-report/verify.ts';
import { reportJson, reportWords } from './filter-report/verify-words.ts';
import { exitDone, exitSomething, type Io, say, write } from './io.ts';
import { checkReceiptJson, checkReceiptWords, receiptJson, receiptWords } from './receipt-words.ts';

/** The file that is looked for beside a receipt when no policy is named. */
const policyName = 'policy';

/** Longest file of any kind that is verified. */
const fileBytesMax = Math.max(receiptCharsMax, reportCharsMax);

/** `withhold verify`: holds a receipt or a report to the keys one believes, without asking anybody. */
export async function run(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, {
    ...{ policy: 'string', 'builder-key': 'string', json: 'boolean' },
    ...{ rerun: 'boolean', snapshot: 'string', 'allow-stale': 'boolean' },
  });
  const [file, extra] = given.rest;
  if (file === undefined) throw new AppError('invalid', 'say which file: withhold verify FILE');
  if (extra !== undefined) throw new AppError('invalid', 'one file at a time: withhold verify FILE');
  const folder = snapshotOf(given);
  const text = file === '-' ? await readStdin(io) : await readBounded(file, fileBytesMax);
  if (folder === undefined && isFilterReport(text)) return verifyFilterReport(text, file, given, io);
  const pinned = folder === undefined ? undefined : join(folder, policyName);
  const { policy, path } = await readPolicy(given.text('policy') ?? pinned, file);
  const json = given.flag('json');
  if (folder !== undefined) {
    // Loaded when it is asked for, with all that searches pictures.
    const { rerun } = await import('./rerun.ts');
    return rerun({ text, policy, path, folder, json, allowStale: given.flag('allow-stale') }, io);
  }
  if (isCheckReceipt(text)) {
    const verdict = await verifyCheckReceipt(text, policy);
    await write(io, json ? checkReceiptJson(verdict) : checkReceiptWords(verdict, path));
    return verdict.ok ? exitDone : exitSomething;
  }
  const verdict = await verifyReceipt(text, policy);
  await write(io, json ? receiptJson(verdict) : receiptWords(verdict, path));
  if (verdict.failures.some(({ code }) => code === 'log')) {
    say(io, `${path} names other keys than those that signed this: is it the policy of that log?`);
  }
  return verdict.ok ? exitDone : exitSomething;
}

/** A report names its builder itself, so it can be read without a key; whose it is then stays open. */
async function verifyFilterReport(text: string, file: string, given: Arguments, io: Io): Promise<number> {
  const folder = file === '-' ? '.' : dirname(file);
  const verdict = await verifyReportBeside(text, folder, await readBelieved(given, folder));
  await write(io, given.flag('json') ? reportJson(verdict) : reportWords(verdict));
  if (verdict.report !== null && !verdict.report.isKnown) {
    say(io, 'name the builder you believe: --builder-key VKEY, or #builder-key VKEY in a policy file');
  }
  return verdict.ok ? exitDone : exitSomething;
}

async function readBelieved(given: Arguments, folder: string): Promise<Believed> {
  const named = given.text('policy');
  const key = given.text('builder-key');
  const path = named ?? join(folder, policyName);
  const builders = key === undefined ? [] : [parseVerifierKey(key)];
  if (named === undefined && !existsSync(path)) return { builders, policy: { logs: [], checkKeys: [] } };
  const text = await readBounded(path, policyBytesMax);
  return { builders: [...builders, ...parseBuilderKeys(text)], policy: parseLogPolicy(text) };
}

/** The folder in which the question is asked again. @throws AppError `invalid` where one of the two is missing. */
function snapshotOf(given: Arguments): string | undefined {
  const folder = given.text('snapshot');
  if (given.flag('rerun') === (folder !== undefined)) return folder;
  throw new AppError('invalid', '--rerun and --snapshot DIR go together', { fix: 'see --help' });
}

/**
 * Whom to believe. A receipt cannot say that itself, so without a file that names the log's keys nothing is proven.
 * @throws AppError `not-found` saying how to get one, `invalid` for a file that is no policy.
 */
async function readPolicy(
  named: string | undefined,
  receipt: string,
): Promise<{ policy: LogPolicy; path: string }> {
  const beside = join(receipt === '-' ? '.' : dirname(receipt), policyName);
  const path = named ?? beside;
  if (named === undefined && !existsSync(beside)) {
    throw new AppError('not-found', `a receipt is held to the keys of its log, and there is no ${beside}`, {
      fix: 'fetch it once from the registry, for example: curl https://registry.example/log/policy > policy; and compare it with what others have',
    });
  }
  return { policy: parseLogPolicy(await readBounded(path, policyBytesMax)), path };
}

async function readBounded(path: string, bytesMax: number): Promise<string> {
  const handle = await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw new AppError('not-found', `cannot read ${path} (${cause.code ?? cause.message})`, { cause });
  });
  try {
    const { size } = await handle.stat();
    if (size > bytesMax) throw new AppError('too-large', `${path} has more than ${bytesMax} bytes`);
    return await handle.readFile('utf8');
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new AppError('not-found', `cannot read ${path} (${code ?? message})`, { cause });
  } finally {
    await handle.close();
  }
}

async function readStdin(io: Io): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of io.stdin) {
    bytes += part.length;
    if (bytes > fileBytesMax) throw new AppError('too-large', `stdin has more than ${fileBytesMax} bytes`);
    parts.push(Buffer.from(part));
  }
  return Buffer.concat(parts).toString('utf8');
}
