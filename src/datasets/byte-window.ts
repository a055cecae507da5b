/** Bytes that were read and not yet given out, without copying them together on every chunk. */
export interface ByteWindow {
  readonly length: number;
  append(chunk: Buffer): void;
  /** The first byte held. */
  first(): number | undefined;
  /** Everything held, as one piece, without removing it. */
  bytes(): Buffer;
  /** Removes and returns the first bytes. @throws RangeError when fewer are held. */
  take(bytes: number): Buffer;
  /** Offset of the first line feed at or after `from`, or -1. */
  lineFeed(from: number): number;
}

export function byteWindow(): ByteWindow {
  let chunks: Buffer[] = [];
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(chunk) {
      if (chunk.length === 0) return;
      chunks.push(chunk);
      length += chunk.length;
    },
    first: () => chunks[0]?.[0],
    bytes() {
      if (chunks.length !== 1) chunks = [Buffer.concat(chunks)];
      return chunks[0] as Buffer;
    },
    take(bytes) {
      if (bytes > length) throw new RangeError('more bytes taken than held');
      const parts: Buffer[] = [];
      let missing = bytes;
      let used = 0;
      for (const chunk of chunks) {
        if (missing < chunk.length) {
          if (missing > 0) parts.push(chunk.subarray(0, missing));
          chunks[used] = chunk.subarray(missing);
          break;
        }
        parts.push(chunk);
        missing -= chunk.length;
        used += 1;
      }
      if (used > 0) chunks = chunks.slice(used);
      length -= bytes;
      return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    },
    lineFeed(from) {
      let start = 0;
      for (const chunk of chunks) {
        const at = chunk.indexOf(0x0a, Math.max(0, from - start));
        if (at >= 0) return start + at;
        start += chunk.length;
      }
      return -1;
    },
  };
}
