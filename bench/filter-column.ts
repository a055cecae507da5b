import { zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';

const compressors = { ZSTD: (bytes: Uint8Array) => zstdDecompressSync(bytes) };

/**
 * The texts of one column, a row group at a time, read by hyparquet.
 * @param rowsMax leaves out what comes after so many rows.
 */
export async function* columnTexts(
  path: string,
  column: string,
  rowsMax = Number.POSITIVE_INFINITY,
): AsyncGenerator<{ firstRow: number; texts: string[] }> {
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  let firstRow = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = Math.min(rowsMax, firstRow + Number(group.num_rows));
    if (rowEnd <= firstRow) return;
    const range = { rowStart: firstRow, rowEnd };
    const rows = await parquetReadObjects({ file, metadata, columns: [column], compressors, ...range });
    yield { firstRow, texts: rows.map((row) => String(row[column])) };
    firstRow = rowEnd;
  }
}
