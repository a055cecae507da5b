import type { Header } from 'tar-stream';
import { byteWindow } from '../byte-window.ts';
import type { ByteSource } from '../sources/byte-source.ts';
import { streamed } from '../sources/inputs.ts';
import { members, nameOf } from '../webdataset.ts';
import { writeLike } from './file-stream.ts';

const blockBytes = 512;

/** Copies the members of the chosen samples, which are grouped and numbered as `readWebDataset` does. */
export async function rewriteTar(
  source: ByteSource,
  isChosen: (row: number) => boolean,
  path: string,
): Promise<void> {
  await writeLike(source, chosenMembers(streamed(source), isChosen), path);
}

async function* chosenMembers(
  bytes: AsyncIterable<Buffer>,
  isChosen: (row: number) => boolean,
): AsyncGenerator<Buffer> {
  const raw = byteWindow();
  let key: string | undefined;
  let row = 0;
  /** Bytes of the tar that `raw` gave out. */
  let given = 0;
  const take = (end: number): Buffer => {
    const taken = raw.take(end - given);
    given = end;
    return taken;
  };
  /** What fills the last block of a body comes out with the headers behind it. */
  let padding = 0;
  for await (const { header, body } of members(bytes, (chunk) => raw.append(chunk))) {
    const name = nameOf(header);
    if (name !== undefined && name.key !== key) {
      key = name.key;
      row += 1;
    }
    const chosen = name !== undefined && isChosen(row);
    const headers = take(bodyStart(header)).subarray(padding);
    if (chosen) yield withoutEnds(headers);
    for await (const chunk of body) {
      take(given + chunk.length);
      if (chosen) yield chunk;
    }
    padding = (blockBytes - (given % blockBytes)) % blockBytes;
    if (chosen) yield Buffer.alloc(padding);
  }
  yield Buffer.alloc(2 * blockBytes);
}

/** Where the body of a member starts in its tar: the library says so, its types do not. */
function bodyStart(header: Header): number {
  return (header as Header & { byteOffset: number }).byteOffset;
}

/** The headers of a member, all its kinds of them, without the empty blocks that end one tar before another. */
function withoutEnds(headers: Buffer): Buffer {
  let start = 0;
  const isEmpty = (at: number) => headers.subarray(at, at + blockBytes).every((byte) => byte === 0);
  while (start < headers.length && isEmpty(start)) start += blockBytes;
  return headers.subarray(start);
}
