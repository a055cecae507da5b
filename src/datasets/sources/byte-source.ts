/**
 * Bytes of one file that can be read in any order, the same as long as it is open: a file that changes meanwhile
 * ends the reading instead of mixing two states of it.
 */
export interface ByteSource {
  /** Size of the whole file in bytes. */
  readonly size: number;
  /** What tells this state of the file from another: an ETag, or size and time of change. Kept in run.json. */
  readonly version: string;
  /** The bytes from `start` to `end`, all of them. @throws AppError with a clause to follow the file's name. */
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export interface ByteRange {
  start: number;
  end: number;
}

/** Bytes read for nothing are cheaper than one more request, up to this many. */
const gapBytesMax = 256 * 1024;

/** Ranges in order, those lying close together made one. */
export function joinedRanges(ranges: readonly ByteRange[]): ByteRange[] {
  const joined: ByteRange[] = [];
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last !== undefined && start - last.end <= gapBytesMax) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

/**
 * The same source with these ranges read in as few requests as their places allow, each when first asked for.
 * Whatever is not in one of them is read as ever.
 * @param bytesMax ranges that together are longer are left alone, so that they stream.
 */
export function gathered(source: ByteSource, ranges: readonly ByteRange[], bytesMax: number): ByteSource {
  const joined = joinedRanges(ranges);
  const total = joined.reduce((sum, { start, end }) => sum + end - start, 0);
  if (total > bytesMax) return source;
  const held = joined.map((range) => ({ ...range, bytes: undefined as Promise<Uint8Array> | undefined }));
  return {
    size: source.size,
    version: source.version,
    async read(start, end) {
      const range = held.find((one) => one.start <= start && end <= one.end);
      if (range === undefined) return source.read(start, end);
      range.bytes ??= source.read(range.start, range.end);
      return (await range.bytes).subarray(start - range.start, end - range.start);
    },
    close: () => source.close(),
  };
}
