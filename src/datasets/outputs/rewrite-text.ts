import { readCsv } from '../csv.ts';
import { readJsonl } from '../jsonl.ts';
import { decodingFault, decompressed, type Format } from '../open.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { streamed } from '../sources/inputs.ts';
import { writeLike } from './file-stream.ts';

const bom = Buffer.from([0xef, 0xbb, 0xbf]);

/** Copies the header and the chosen rows. Broken rows count as rows, and are in no copy. */
export async function rewriteText(
  source: ByteSource,
  format: Format,
  isChosen: (row: number) => boolean,
  path: string,
): Promise<void> {
  await writeLike(source, chosenLines(decompressed(streamed(source)), format, isChosen), path);
}

async function* chosenLines(
  bytes: AsyncIterable<Buffer>,
  format: Format,
  isChosen: (row: number) => boolean,
): AsyncGenerator<Buffer> {
  const { head, all } = noted(bytes);
  const dialect = format === 'tsv' ? ({ delimiter: '\t', quote: null } as const) : undefined;
  const events =
    format === 'jsonl' ? readJsonl(all) : readCsv(all, dialect ?? { delimiter: ',', quote: '"' });
  let row = 0;
  try {
    for await (const event of events) {
      if (event.kind === 'header') {
        // The readers leave the mark out, and have seen what is behind it by now.
        if (head().equals(bom)) yield bom;
        yield event.raw;
        continue;
      }
      row += 1;
      if (event.kind === 'row' && isChosen(row)) yield event.raw;
    }
  } catch (error) {
    throw decodingFault(error);
  }
}

/** The same bytes, with the first three of those that went through. */
function noted(bytes: AsyncIterable<Buffer>): { head: () => Buffer; all: AsyncGenerator<Buffer> } {
  let head = Buffer.alloc(0);
  async function* all() {
    for await (const chunk of bytes) {
      if (head.length < bom.length) head = Buffer.concat([head, chunk.subarray(0, bom.length - head.length)]);
      yield chunk;
    }
  }
  return { head: () => head, all: all() };
}
