/** Puts bytes into the file at a place. They may be changed as soon as it returns. */
export type Write = (bytes: Uint8Array, at: number) => void;

const bufferBytes = 1 << 20;

/** Fills one section of a file from its start. @param pieceBytes the longest piece it is given at once. */
export function sectionWriter(write: Write, at: number, pieceBytes: number) {
  const room = new Uint8Array(Math.max(bufferBytes, 2 * pieceBytes));
  let used = 0;
  let written = 0;
  const flush = () => {
    write(room.subarray(0, used), at + written);
    written += used;
    used = 0;
  };
  return {
    flush,
    /** @returns where so many bytes may be put into `room`. */
    reserve(bytes: number): number {
      if (used + bytes > room.length) flush();
      return used;
    },
    room,
    took(bytes: number): void {
      used += bytes;
    },
    bytes: () => written + used,
  };
}
