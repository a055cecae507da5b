import { AppError } from '../errors.ts';

const bom = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The same bytes without a UTF-8 byte order mark.
 * @throws AppError `invalid` for UTF-16, which none of the readers takes; a clause to follow the file's name.
 */
export async function* withoutBom(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of source) {
    if (head === undefined) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < bom.length) continue;
    yield stripped(head);
    head = undefined;
  }
  if (head !== undefined && head.length > 0) yield stripped(head);
}

function stripped(head: Buffer): Buffer {
  const mark = head.length >= 2 ? head.readUInt16BE(0) : 0;
  if (mark === 0xfffe || mark === 0xfeff) {
    throw new AppError('invalid', 'is UTF-16: save it as UTF-8');
  }
  return head.subarray(0, 3).equals(bom) ? head.subarray(3) : head;
}
