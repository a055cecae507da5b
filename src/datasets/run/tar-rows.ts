import type { Decoder } from '../../decode.ts';
import { AppError } from '../../errors.ts';
import { pixelQueryOf } from '../../images/pixel-query.ts';
import type { ColumnMap, ColumnUse } from '../columns.ts';
import type { Sample } from '../webdataset.ts';
import type { TextRow } from './text-batches.ts';

/** Samples whose pictures are read ahead, so that decoding does not wait for the tar. */
const aheadMax = 8;

/**
 * The samples of a WebDataset as rows. A sample's key is its id, unless a column is named for that. With a decoder each
 * sample's first picture is looked at, and its file hashed unless the dataset tells the hash of what it was made from.
 */
export async function* tarRows(
  samples: AsyncIterable<Sample>,
  map: ColumnMap,
  header: readonly string[],
  decoder: Decoder | null,
): AsyncGenerator<TextRow> {
  const ahead: Promise<TextRow>[] = [];
  for await (const sample of samples) {
    const row = rowOf(sample, map, header, decoder);
    row.catch(() => {});
    ahead.push(row);
    if (ahead.length > aheadMax) yield await (ahead.shift() as Promise<TextRow>);
  }
  for (const row of ahead) yield await row;
}

async function rowOf(
  sample: Sample,
  map: ColumnMap,
  header: readonly string[],
  decoder: Decoder | null,
): Promise<TextRow> {
  const { key, number, cells: given = {}, broken, pictures } = sample;
  const cells: TextRow['cells'] = { id: key };
  for (const [use, at] of Object.entries(map) as [ColumnUse, number][]) {
    const name = header[at] as string;
    cells[use] = Object.hasOwn(given, name) ? given[name] : undefined;
  }
  const [picture] = pictures;
  if (decoder === null || picture === undefined) return { line: number, cells, broken };
  if (picture.bytes === undefined)
    return {
      line: number,
      cells,
      broken: broken ?? `has a picture of ${picture.size} bytes, which is too large`,
    };
  try {
    const read = await decoder.fingerprintFile(picture.bytes);
    cells.sha256 ??= read.sha256;
    cells.md5 ??= read.md5;
    return {
      line: number,
      cells,
      broken: sample.cells === undefined ? undefined : broken,
      picture: pixelQueryOf(read.fingerprint),
    };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'decoder-unavailable') throw error;
    return { line: number, cells, broken: broken ?? `has a picture that cannot be read: ${error.message}` };
  }
}
