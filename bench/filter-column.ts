import { zstdDecompressSync } from 'node:zlib';
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';

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
    const texts: string[] = [];
    await parquetRead({
      ...{ file, metadata, columns: [column], compressors, rowStart: firstRow, rowEnd },
      onChunk({ columnData, rowStart }) {
        for (let at = 0; at < columnData.length; at += 1) texts[rowStart + at - firstRow] = columnData[at];
      },
    });
    texts.length = Math.min(texts.length, rowEnd - firstRow);
    yield { firstRow, texts };
    firstRow = rowEnd;
  }
}
