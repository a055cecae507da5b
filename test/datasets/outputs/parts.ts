import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvLines } from '../../../src/datasets/csv.ts';
import { type DecisionField, decisionFields } from '../../../src/datasets/decisions.ts';

export type Decision = Partial<Record<DecisionField, string | number>>;

const usual: Decision = {
  ...{
    file: 'a.parquet',
    url: 'https://a.example/1.jpg',
    verdict: 'disallow',
    act: 'stop',
    outcome: 'dropped',
  },
  ...{ reason: 'registry, domain: decides', source: 'registry', record: 'r1', trust: 'domain' },
  ...{ reserved_since: '2026-01-01T00:00:00.000Z', reserved: 'before', column: 'url' },
};

/** Decisions as an engine leaves them, rows numbered from 1 unless told. */
export function decisions(...rows: readonly Decision[]): Decision[] {
  return rows.map((row, index) => {
    const number = row.row ?? index + 1;
    return { ...usual, row: number, ...row };
  });
}

/** Writes each list of decisions into a part. @returns their paths, in order. */
export function writeParts(folder: string, ...parts: readonly (readonly Decision[])[]): string[] {
  const parent = join(folder, 'parts');
  mkdirSync(parent, { recursive: true });
  return parts.map((rows, index) => {
    const path = join(parent, `${String(index).padStart(6, '0')}.csv`);
    writeFileSync(path, csvLines(rows.map((row) => decisionFields.map(([name]) => row[name] ?? ''))));
    return path;
  });
}

/** What `writeDecisions` makes of it: every column, absent ones null. */
export function whole(row: Decision): Record<string, unknown> {
  return Object.fromEntries(
    decisionFields.map(([name]) => [name, row[name] === '' ? null : (row[name] ?? null)]),
  );
}
