import { createReadStream, createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { decisionFields } from '../decisions.ts';
import { count, making, text, withDuckDb } from './duckdb.ts';
import { decisionsIn, refuseTorn } from './parts.ts';
import { writeWhole } from './whole.ts';

export const decisionFormats = ['csv', 'parquet', 'jsonl'] as const;
export type DecisionFormat = (typeof decisionFormats)[number];

const settings: Record<Exclude<DecisionFormat, 'csv'>, string> = {
  parquet: 'FORMAT parquet, CODEC zstd',
  jsonl: 'FORMAT json, ARRAY false',
};

export interface WriteDecisions {
  /** Paths of the parts, in order of their rows. */
  parts: readonly string[];
  /** Path of the file. */
  to: string;
  format: DecisionFormat;
  work: string;
}

/**
 * Makes one file of the decisions in parts: CSV with a header, Parquet (Zstandard), or one JSON object a line. The
 * columns are `decisionFields`, in that order, rows stand as in the parts, and empty texts are null. The same parts
 * give the same bytes.
 */
export async function writeDecisions({ parts, to, format, work }: WriteDecisions): Promise<void> {
  if (format === 'csv') {
    // Parts are such lines already.
    await refuseTorn(parts);
    await writeWhole(to, (aside) => pipeline(headed(parts), createWriteStream(aside)));
    return;
  }
  const decisions = await decisionsIn(parts);
  const copy = (path: string) =>
    `COPY (SELECT * FROM ${decisions}) TO ${text(resolve(path))} (${settings[format]}, USE_TMP_FILE false)`;
  await making(to, () =>
    withDuckDb(work, ({ connection }) => writeWhole(to, (aside) => count(connection, copy(aside)))),
  );
}

async function* headed(parts: readonly string[]): AsyncGenerator<Buffer> {
  yield Buffer.from(`${decisionFields.map(([name]) => name).join(',')}\n`);
  for (const part of parts)
    yield* createReadStream(part, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
}
