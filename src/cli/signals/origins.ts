import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AppError } from '../../errors.ts';
import { digestOfFile } from '../../log-store/file-digest.ts';
import { urlCharsMax, urlKey } from '../../opt-outs/url-key.ts';
import type { GatherJournal } from '../../snapshots/gather-journal.ts';
import type { GatherInput } from '../../snapshots/signals-manifest.ts';
import { cell } from '../filter/entries.ts';
import { type Input, openInputs } from '../filter/inputs.ts';
import type { Io } from '../io.ts';
import type { GatherOptions } from './options.ts';

/** Beginnings of URLs remembered, so that most rows cost no more than looking. */
const beginningsMax = 300_000;
/** Origins written in one go. */
const batchOrigins = 5_000;
/** How often rows are told of. */
const tickRows = 10_000;

export interface Collected {
  rows: number;
  urlsUnusable: number;
  inputs: GatherInput[];
}

/**
 * Reads the URLs and page URLs of all inputs and adds their origins to the journal, in memory that does not grow with
 * them: what is there already is known to the journal.
 * @param onRows told now and then of the rows read so far.
 * @throws AppError where an input cannot be read or has no such column.
 */
export async function collectOrigins(
  options: Pick<GatherOptions, 'inputs' | 'columns'>,
  io: Io,
  journal: GatherJournal,
  onRows: (rows: number) => void,
): Promise<Collected> {
  const stdin = { hash: createHash('sha256'), bytes: 0 };
  const inputs = await openInputs(
    { ...options, rows: undefined },
    { ...io, stdin: Readable.from(hashing(io.stdin, stdin)) },
  );
  const collected: Collected = { rows: 0, urlsUnusable: 0, inputs: [] };
  const origins = originsInto(journal);
  for (const input of inputs) {
    const before = collected.rows;
    for await (const text of urlTexts(input, () => {
      collected.rows += 1;
      if (collected.rows % tickRows === 0) onRows(collected.rows);
    })) {
      if (io.signal.aborted) throw new AppError('unavailable', 'stopped');
      if (!origins.add(text)) collected.urlsUnusable += 1;
    }
    const digest =
      input.path === '-'
        ? { bytes: stdin.bytes, sha256: stdin.hash.copy().digest('hex') }
        : await digestOfFile(input.path);
    collected.inputs.push({ name: input.name, ...digest, rows: collected.rows - before });
  }
  origins.flush();
  return collected;
}

/** The one place that knows how datasets are read: the texts of their URL columns, row by row. */
async function* urlTexts(input: Input, onRow: () => void): AsyncGenerator<string> {
  const columns = (['url', 'page_url'] as const).filter((field) => input.map[field] !== undefined);
  if (columns.length === 0)
    throw new AppError('invalid', `${input.name} has no column of URLs`, {
      fix: 'name it with --url-column or --page-url-column',
    });
  for await (const event of input.rows(() => {})) {
    if (event.kind === 'header') continue;
    onRow();
    if (event.kind !== 'row') continue;
    for (const field of columns) {
      const text = cell(event, input, field);
      if (typeof text === 'string' && text.trim() !== '') yield text.trim();
    }
  }
}

/** Everything before path, query and fragment, where nothing in it could be read in two ways. */
const beginning = /^https?:\/\/[^\s/?#\\@]+(?=[/?#]|$)/i;

function originsInto(journal: GatherJournal) {
  const beginnings = new Set<string>();
  const batch = new Set<string>();
  const flush = () => {
    if (batch.size > 0) journal.addOrigins(batch);
    batch.clear();
  };
  return {
    flush,
    /** @returns whether the text is a URL of a site. */
    add(text: string): boolean {
      const start = text.length > urlCharsMax ? undefined : beginning.exec(text)?.[0];
      if (start !== undefined && beginnings.has(start)) return true;
      const origin = originOf(text);
      if (origin === null) return false;
      batch.add(origin);
      if (batch.size >= batchOrigins) flush();
      if (start !== undefined) {
        if (beginnings.size >= beginningsMax) beginnings.clear();
        beginnings.add(start);
      }
      return true;
    },
  };
}

/** The origin a check of this URL asks about, or null when it is none that can be asked. */
export function originOf(text: string): string | null {
  const key = urlKey(text);
  if (key === null) return null;
  // As the check spells it: of the canonical host, which has no trailing dot.
  return new URL(`${key.scheme}://${key.host}${key.port === '' ? '' : `:${key.port}`}`).origin;
}

async function* hashing(
  source: AsyncIterable<Buffer>,
  into: { hash: ReturnType<typeof createHash>; bytes: number },
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk);
    into.hash.update(bytes);
    into.bytes += bytes.length;
    yield bytes;
  }
}
