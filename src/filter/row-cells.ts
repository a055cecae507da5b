import { type ColumnBatch, nullStart, type TextColumn } from '../datasets/column-batch.ts';
import { type HostBytes, hostIn } from './host-bytes.ts';
import type { UrlRole } from './url-column.ts';

/** The host of a row's URL. */
export function hostOf({ columns }: ColumnBatch, row: number): HostBytes | null {
  for (const role of ['url', 'page_url'] as const) {
    const column = columns[role];
    const from = column?.starts[row];
    if (column === undefined || from === undefined || from === nullStart) continue;
    const host = hostIn(column.bytes, from, column.ends[row] as number);
    if (host !== null) return host;
  }
  return null;
}

export function placesOf({ columns }: ColumnBatch, row: number): { role: UrlRole; url: string }[] {
  return (['url', 'page_url'] as const).flatMap((role) => {
    const url = textOf(columns[role], row);
    return url === '' ? [] : [{ role, url }];
  });
}

export function hashesOf({ columns }: ColumnBatch, row: number): { sha256: string; md5: string } {
  return { sha256: hexOf(columns.sha256, row), md5: hexOf(columns.md5, row) };
}

function hexOf(column: TextColumn | undefined, row: number): string {
  if (column?.form !== 'bytes') return textOf(column, row).toLowerCase();
  return Buffer.from(column.bytes.subarray(column.starts[row], column.ends[row])).toString('hex');
}

/** Whether a cell holds nothing but blanks. */
export function isBlank(column: TextColumn | undefined, row: number): boolean {
  const from = column?.starts[row];
  if (column === undefined || from === undefined || from === nullStart) return true;
  for (let at = from; at < (column.ends[row] as number); at += 1) {
    if ((column.bytes[at] as number) > 0x20) return false;
  }
  return true;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function textOf(column: TextColumn | undefined, row: number): string {
  const from = column?.starts[row];
  if (column === undefined || from === undefined || from === nullStart) return '';
  return decoder.decode(column.bytes.slice(from, column.ends[row])).trim();
}

/** When a row was collected, in any form `Date.parse` takes. */
export function collectedOf({ columns }: ColumnBatch, row: number): string | null {
  return columns.crawled_at === undefined ? null : textOf(columns.crawled_at, row);
}
