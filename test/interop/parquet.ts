import { deepEqual } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { nullStart, type TextColumn } from '../../src/datasets/column-batch.ts';
import { chooseColumns, openParquet, parquetHeader } from '../../src/datasets/parquet/open.ts';
import { planRowGroups } from '../../src/datasets/parquet/plan.ts';
import { readRowGroup } from '../../src/datasets/parquet/row-group.ts';
import { openFileSource } from '../../src/datasets/sources/file-source.ts';
import { type Check, runCases } from './cases.ts';
import { callPython, installPackage } from './python.ts';

/** The two writers of Parquet in Python: Arrow's, written in C++, and one of its own. */
const requirements = ['pyarrow==26.0.1', 'fastparquet==2026.9.0'];
const writer = new URL('./parquet_writer.py', import.meta.url);
const rows = 120_000;

/** Files of every encoding, codec and page version that we read, read back. */
export const parquetWriters: Check = {
  tool: requirements.join(', '),
  async run(folder) {
    const installed = await installPackage(folder, ...requirements);
    if ('missing' in installed) return installed;
    const answer = await callPython(installed.python, writer, { rows }, { FOLDER: folder });
    const { files } = answer as { files: Record<string, Record<string, string>> };
    return runCases(
      Object.entries(files).map(([name, expected]) => [
        name,
        async () => deepEqual(await digestsOf(join(folder, name)), expected),
      ]),
    );
  },
};

async function digestsOf(path: string): Promise<Record<string, string>> {
  const source = await openFileSource(path);
  const hashes: Record<string, ReturnType<typeof createHash>> = {};
  try {
    const file = await openParquet(source);
    const hasId = parquetHeader(file).includes('id');
    const { chosen } = chooseColumns(file, { named: hasId ? { id: 'id' } : {} });
    for (const plan of planRowGroups(file, source.size, chosen)) {
      for await (const batch of readRowGroup(source, plan)) {
        for (const [field, column] of Object.entries(batch.columns)) {
          hashes[field] ??= createHash('sha256');
          hashes[field].update(lined(column, batch.rows));
        }
      }
    }
  } finally {
    await source.close();
  }
  return Object.fromEntries(Object.entries(hashes).map(([field, hash]) => [field, hash.digest('hex')]));
}

function lined({ bytes, starts, ends }: TextColumn, count: number): Buffer {
  const parts: Buffer[] = [];
  for (let row = 0; row < count; row++) {
    const start = starts[row] as number;
    const value = bytes.subarray(start, ends[row]);
    if (start === nullStart) parts.push(Buffer.from('-;'));
    else parts.push(Buffer.from(`${value.length}:`), Buffer.from(value), Buffer.from(';'));
  }
  return Buffer.concat(parts);
}
