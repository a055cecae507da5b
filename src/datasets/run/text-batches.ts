import type { PixelQuery } from '../../images/pixel-query.ts';
import { batchRowsMax, nullStart, type TextColumn } from '../column-batch.ts';
import type { ColumnMap, ColumnUse } from '../columns.ts';
import type { DatasetEvent } from '../rows.ts';
import type { RowBatch } from './unit.ts';

/** One row of a text or a WebDataset, by what its columns are taken for. */
export interface TextRow {
  /** 1-based. */
  line: number;
  cells: Partial<Record<ColumnUse, unknown>>;
  broken?: string | undefined;
  picture?: PixelQuery | null;
}

/** A batch is closed when its texts have so many bytes. */
const batchBytesMax = 8 * 1024 * 1024;

/** The rows of a CSV, TSV or JSONL file. @param header its columns, by which JSONL names cells. */
export async function* textRows(
  events: AsyncIterable<DatasetEvent>,
  map: ColumnMap,
  header: readonly string[],
): AsyncGenerator<TextRow> {
  const uses = Object.entries(map) as [ColumnUse, number][];
  for await (const event of events) {
    if (event.kind === 'header') continue;
    if (event.kind === 'broken') {
      yield { line: event.line, cells: {}, broken: event.why };
      continue;
    }
    const { cells } = event;
    const read = Object.fromEntries(
      uses.map(([use, at]) => {
        if (Array.isArray(cells)) return [use, cells[at]];
        const name = header[at] as string;
        return [use, Object.hasOwn(cells, name) ? (cells as Record<string, unknown>)[name] : undefined];
      }),
    );
    yield { line: event.line, cells: read };
  }
}

/** Puts rows into batches of columns. @param skip rows at the start that are done already. */
export async function* batchesOfRows(
  rows: AsyncIterable<TextRow>,
  uses: readonly ColumnUse[],
  skip = 0,
): AsyncGenerator<RowBatch> {
  let batch = newBatch(uses, 0);
  let row = 0;
  for await (const next of rows) {
    row += 1;
    if (row <= skip) continue;
    if (batch.rows === 0) batch = newBatch(uses, row - 1);
    batch.add(next);
    if (batch.rows < batchRowsMax && batch.bytes() < batchBytesMax) continue;
    yield batch.closed();
    batch = newBatch(uses, row);
  }
  if (batch.rows > 0) yield batch.closed();
}

function newBatch(uses: readonly ColumnUse[], firstRow: number) {
  const columns = uses.map((use) => ({ use, texts: newTexts() }));
  const lines: number[] = [];
  const broken: { row: number; why: string }[] = [];
  const pictures: (PixelQuery | null)[] = [];
  return {
    rows: 0,
    bytes: () => columns.reduce((sum, { texts }) => sum + texts.bytes(), 0),
    add({ line, cells, broken: why, picture }: TextRow): void {
      const row = lines.push(line) - 1;
      this.rows = lines.length;
      if (picture !== undefined) pictures[row] = picture;
      let fault = why;
      for (const { use, texts } of columns) {
        const value = cells[use];
        const isOwn = use === 'id' || use === 'crawled_at';
        if (typeof value === 'string') texts.add(value);
        else if (isOwn && typeof value === 'number') texts.add(String(value));
        else {
          if (value !== undefined && value !== null && !isOwn) fault ??= `has no text in ${use}`;
          texts.addNull();
        }
      }
      if (fault !== undefined) broken.push({ row, why: fault });
    },
    closed(): RowBatch {
      return {
        firstRow,
        rows: lines.length,
        columns: Object.fromEntries(columns.map(({ use, texts }) => [use, texts.column()])),
        lines: Uint32Array.from(lines),
        broken,
        ...(pictures.length === 0
          ? {}
          : { pictures: Array.from({ length: lines.length }, (_, row) => pictures[row] ?? null) }),
      };
    },
  };
}

function newTexts() {
  const encoder = new TextEncoder();
  const starts: number[] = [];
  const ends: number[] = [];
  let bytes = new Uint8Array(1 << 16);
  let used = 0;
  return {
    bytes: () => used,
    add(text: string): void {
      if (used + 3 * text.length > bytes.length) {
        const larger = new Uint8Array(Math.max(used + 3 * text.length, 2 * bytes.length));
        larger.set(bytes.subarray(0, used));
        bytes = larger;
      }
      starts.push(used);
      used += encoder.encodeInto(text, bytes.subarray(used)).written;
      ends.push(used);
    },
    addNull(): void {
      starts.push(nullStart);
      ends.push(nullStart);
    },
    column: (): TextColumn => ({
      form: 'text',
      bytes,
      starts: Uint32Array.from(starts),
      ends: Uint32Array.from(ends),
    }),
  };
}
