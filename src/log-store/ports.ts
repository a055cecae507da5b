/**
 * Where the log's tiles and checkpoint lie.
 *
 * When `write` resolves, the bytes are durable under that path, whole: a reader, also after a crash, sees the old
 * content, the new, or nothing, never a part. Tiles are written again with the same bytes after a crash, so writing
 * what is there is no error.
 */
export interface LogFiles {
  /** @returns null when there is nothing at this path. */
  read(path: string): Promise<Uint8Array | null>;
  write(path: string, bytes: Uint8Array): Promise<void>;
}

/**
 * The one word on what was signed last, outside every backup. `replace` compares and swaps atomically and durably
 * among all processes: it returns false, and changes nothing, when what is held is not `before`.
 */
export interface LogLock {
  /** The signed checkpoint, null for a log that never signed. */
  read(): Promise<string | null>;
  replace(before: string | null, after: string): Promise<boolean>;
}
