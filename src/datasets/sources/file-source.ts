import { open } from 'node:fs/promises';
import { AppError } from '../../errors.ts';
import type { ByteSource } from './byte-source.ts';

/** Opens a local file. @throws AppError in the words of a shell user. */
export async function openFileSource(path: string): Promise<ByteSource> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new AppError('not-found', `there is no file ${path}`);
    throw new AppError('invalid', `${path} cannot be opened (${error.code ?? 'unknown fault'})`, {
      cause: error,
    });
  });
  const facts = await file.stat();
  if (!facts.isFile()) {
    await file.close();
    throw new AppError('invalid', `${path} is not a file`);
  }
  const { size, mtimeMs } = facts;
  return {
    size,
    version: `${size}-${mtimeMs}`,
    async read(start, end) {
      const bytes = Buffer.allocUnsafeSlow(end - start);
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await file
          .read(bytes, done, bytes.length - done, start + done)
          .catch((error) => {
            const { code } = error as NodeJS.ErrnoException;
            throw new AppError('unavailable', `cannot be read any further (${code})`, { cause: error });
          });
        if (bytesRead === 0) throw new AppError('conflict', 'has become shorter while it was read');
        done += bytesRead;
      }
      return bytes;
    },
    close: () => file.close(),
  };
}
