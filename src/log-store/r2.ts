import type { LogFiles } from './ports.ts';

/** The part of an R2 bucket that is used here. */
export interface Bucket {
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  put(key: string, value: Uint8Array): Promise<unknown>;
}

/** Log files in an R2 bucket, whose writes are durable and whole when they resolve. */
export function bucketFiles(bucket: Bucket, prefix = 'log/'): LogFiles {
  return {
    async read(path) {
      const object = await bucket.get(prefix + path);
      return object === null ? null : new Uint8Array(await object.arrayBuffer());
    },
    async write(path, bytes) {
      await bucket.put(prefix + path, bytes);
    },
  };
}
