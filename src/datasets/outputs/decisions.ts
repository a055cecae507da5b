import { resolve } from 'node:path';
import { count, making, text, withDuckDb } from './duckdb.ts';
import { decisionsIn } from './parts.ts';
import { writeWhole } from './whole.ts';

export const decisionFormats = ['parquet', 'csv', 'jsonl'] as const;
export type DecisionFormat = (typeof decisionFormats)[number];

const settings: Record<DecisionFormat, string> = {
  parquet: 'FORMAT parquet, CODEC zstd',
  csv: 'FORMAT csv, HEADER true',
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
 * Makes one file of the decisions in parts: Parquet (Zstandard), CSV with a header, or one JSON object a line. The
 * columns are `decisionFields`, in that order, rows stand as in the parts, and empty texts are null. The same parts
 * give the same bytes. @returns how many rows it has.
 */
export async function writeDecisions({ parts, to, format, work }: WriteDecisions): Promise<number> {
  const decisions = await decisionsIn(parts);
  const copy = (path: string) =>
    `COPY (SELECT * FROM ${decisions}) TO ${text(resolve(path))} (${settings[format]}, USE_TMP_FILE false)`;
  return making(to, () =>
    withDuckDb(work, ({ connection }) => writeWhole(to, (aside) => count(connection, copy(aside)))),
  );
}
