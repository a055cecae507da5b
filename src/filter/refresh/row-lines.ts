import { type ColumnBatch, nullStart, type TextColumn } from '../../datasets/column-batch.ts';
import { fastSurt, isClean } from '../../opt-outs/clean-url.ts';
import { urlKey } from '../../opt-outs/url-key.ts';

// The index of a dataset's rows: a line for each key a row can be found by, sorted by key, so that the rows a changed
// record speaks of lie together.

/** What is kept of a row: enough to decide it again without the dataset. */
export interface IndexedRow {
  input: number;
  /** 1-based, in its input. */
  row: number;
  cells: Partial<Record<IndexedColumn, string>>;
}

export const indexedColumns = ['id', 'url', 'page_url', 'sha256', 'md5', 'crawled_at'] as const;
export type IndexedColumn = (typeof indexedColumns)[number];

/** Keys of files, which no URL's key looks like: those have no space. */
export const hashKey = (column: 'sha256' | 'md5', hex: string): string => `${column} ${hex.toLowerCase()}`;
/** The key of a row that has no other. */
export const rowKey = (input: number, row: number): string => `row ${input} ${row}`;

/** The key of a URL; null for what has none. */
export function keyOfUrl(url: string): string | null {
  return isClean(url) ? fastSurt(url) : (urlKey(url)?.surt ?? null);
}

/** Lines `key TAB row`, one for each key of each row of a batch. */
export function rowLines(batch: ColumnBatch, input: number): string {
  const lines: string[] = [];
  for (let at = 0; at < batch.rows; at += 1) {
    const cells: IndexedRow['cells'] = {};
    for (const name of indexedColumns) {
      const text = textOf(batch.columns[name], at);
      if (text !== '') cells[name] = text;
    }
    const row: IndexedRow = { input, row: batch.firstRow + at + 1, cells };
    const keys = keysOf(row);
    if (keys.length === 0) continue;
    const json = JSON.stringify(row);
    for (const key of keys) lines.push(`${key}\t${json}\n`);
  }
  return lines.join('');
}

function keysOf({ input, row, cells }: IndexedRow): string[] {
  const urls = [cells.url, cells.page_url].flatMap((url) => (url === undefined ? [] : (keyOfUrl(url) ?? [])));
  const hashes = (['sha256', 'md5'] as const).flatMap((column) => {
    const hex = cells[column];
    return hex === undefined ? [] : [hashKey(column, hex)];
  });
  const keys = [...new Set([...urls, ...hashes])];
  return urls.length === 0 && hashes.length > 0 ? [...keys, rowKey(input, row)] : keys;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function textOf(column: TextColumn | undefined, row: number): string {
  const from = column?.starts[row];
  if (column === undefined || from === undefined || from === nullStart) return '';
  const bytes = column.bytes.slice(from, column.ends[row]);
  if (column.form === 'bytes' && (bytes.length === 32 || bytes.length === 16)) {
    return Buffer.from(bytes).toString('hex');
  }
  return decoder.decode(bytes).trim();
}
