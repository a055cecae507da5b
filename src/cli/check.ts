import type { z } from 'zod';
import { readLines } from '../datasets/lines.ts';
import { AppError } from '../errors.ts';
import { CheckItem, type DecisionView, itemsMax, urlLengthMax } from '../http/schemas.ts';
import { createClient } from './api-client.ts';
import { type Arguments, askOptions, readArguments, readAsking } from './arguments.ts';
import { decisionWords } from './decision-words.ts';
import { exitDone, exitSomething, type Io, say, write } from './io.ts';

/** From a pipe, an answer should not wait for ten thousand lines. */
const batchItemsMax = 500;

/** `withhold check`: asks about a few URLs or hashes and prints each decision with its reasons. */
export async function run(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, {
    ...askOptions,
    'page-url': 'string',
    sha256: 'string',
    md5: 'string',
    pdq: 'string',
    json: 'boolean',
    snapshot: 'string',
    'allow-stale': 'boolean',
  });
  const { ask, close } = await openAsker(given, io);
  try {
    let disallowed = false;
    for await (const items of batches(itemsOf(given, io))) {
      for (const [index, decision] of (await ask(items)).entries()) {
        const item = items[index] as CheckItem;
        disallowed ||= isDisallowed(decision);
        await write(io, given.flag('json') ? jsonLine(item, decision) : decisionWords(item, decision));
      }
    }
    return disallowed ? exitSomething : exitDone;
  } finally {
    await close();
  }
}

interface Asker {
  /** One decision per item, in order. */
  ask(items: readonly CheckItem[]): Promise<DecisionView[]>;
  close(): Promise<void>;
}

/** Asks a registry, or the snapshot of one. */
async function openAsker(given: Arguments, io: Io): Promise<Asker> {
  const { agent, usage, server, key } = readAsking(given, io);
  const folder = given.text('snapshot');
  if (folder === undefined) {
    if (given.flag('allow-stale')) throw new AppError('invalid', '--allow-stale goes with --snapshot');
    const retryForS = given.count('retry-for', { min: 0, max: 86_400, otherwise: 10 });
    const onRetry = (words: string) => say(io, words);
    const client = createClient({ server, key, signal: io.signal, retryForS, onRetry });
    return { ask: (items) => client.check(items, { agent, usage }), close: async () => {} };
  }
  for (const name of ['server', 'key', 'retry-for']) {
    if (given.text(name) === undefined) continue;
    throw new AppError('invalid', `--${name} does not go with --snapshot, which asks no registry`);
  }
  // Loaded when it is asked for: a check of one URL at a registry should not wait for all this.
  const { askSnapshot, openForAnswers, sayAsOf } = await import('./snapshot-asker.ts');
  const { snapshot, close } = await openForAnswers(folder, io, { allowStale: given.flag('allow-stale') });
  sayAsOf(io, snapshot);
  return { ask: (items) => askSnapshot(snapshot, items, { agent, usage }), close };
}

function isDisallowed(decision: DecisionView): boolean {
  return decision.verdict === 'disallow' || decision.crawl.verdict === 'disallow' || decision.act === 'stop';
}

function jsonLine(asked: CheckItem, decision: DecisionView): string {
  return `${JSON.stringify({ asked, ...decision })}\n`;
}

async function* itemsOf(given: Arguments, io: Io): AsyncGenerator<CheckItem> {
  const common = clean({ page_url: given.text('page-url') });
  const hashes = clean({ sha256: given.text('sha256'), md5: given.text('md5'), pdq: given.text('pdq') });
  const hasHashes = Object.keys(hashes).length > 0;
  if (hasHashes && (given.rest.length > 1 || given.rest[0] === '-')) {
    throw new AppError('invalid', '--sha256, --md5 and --pdq go with one URL');
  }
  if (given.rest.length === 0) {
    if (!hasHashes && common.page_url === undefined) {
      throw new AppError('invalid', 'nothing to check was given', { fix: 'give a URL, or see --help' });
    }
    yield checked({ ...common, ...hashes });
  }
  for (const url of given.rest) {
    if (url !== '-') yield checked({ url, ...common, ...hashes });
    else for await (const line of lines(io)) yield checked({ url: line, ...common });
  }
}

/** @throws AppError `invalid` naming the option and what it takes. */
function checked(item: Record<string, string>): CheckItem {
  for (const field of ['url', 'page_url'] as const) {
    const url = item[field];
    if (url !== undefined && !/^https?:\/\//i.test(url)) {
      throw new AppError('invalid', `${shortened(url)} is not a URL`, {
        field,
        fix: 'give it whole, like https://example.com/cat.jpg',
      });
    }
  }
  const parsed = CheckItem.safeParse(item);
  if (parsed.success) return parsed.data;
  const issue = (parsed.error as z.ZodError).issues[0];
  const field = String(issue?.path[0] ?? 'item');
  throw new AppError('invalid', `${field} ${issue?.message ?? 'cannot be checked'}`, { field });
}

async function* lines(io: Io): AsyncGenerator<string> {
  for await (const { number, raw } of readLines(io.stdin, urlLengthMax * 4)) {
    if (raw === undefined) throw new AppError('invalid', `line ${number} of stdin is too long for a URL`);
    const url = raw.toString('utf8').trim();
    if (url !== '') yield url;
  }
}

async function* batches(items: AsyncIterable<CheckItem>): AsyncGenerator<CheckItem[]> {
  let batch: CheckItem[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < Math.min(batchItemsMax, itemsMax)) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function clean(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => !!entry[1]));
}
