import { createReadStream } from 'node:fs';
import { robotsBytesMax } from '../../consent/robots/file.ts';
import { AppError } from '../../errors.ts';
import { createFetcher } from '../../net/fetcher-node.ts';
import type { Fetcher } from '../../net/fetching.ts';
import { redirectsFollowedMax, robotsTimeoutMs } from '../../net/gather-site.ts';
import { readVersion } from '../../paths.ts';
import type { Io } from '../io.ts';

/** A robots.txt, or what holds without one. */
export interface RobotsText {
  name: string;
  /** The origin it speaks for; null for a file, which does not say. */
  origin: string | null;
  /** Null when the site answered that there is none, or could not answer. */
  body: Uint8Array | null;
  reason: 'no-robots-txt' | 'unreachable';
}

/** Asks under the same guard as the service: public addresses only. */
export function openFetcher(): Fetcher {
  return createFetcher({ userAgent: `withhold/${readVersion()} (robots)` });
}

/**
 * Reads a robots.txt from a file, stdin (`-`) or an http or https URL, at most a byte more than is parsed of it.
 *
 * @param open gives the fetcher; it is closed afterwards.
 * @throws AppError `invalid` when it cannot be read, `unavailable` when the site does not answer.
 */
export async function readRobots(file: string, io: Io, open: () => Fetcher): Promise<RobotsText> {
  if (/^https?:\/\//i.test(file)) return fetchRobots(file, open());
  const stream = file === '-' ? io.stdin : createReadStream(file, { end: robotsBytesMax });
  const body = await readHead(stream).catch((error: NodeJS.ErrnoException) => {
    throw new AppError('invalid', `${file} cannot be read (${error.code ?? error.message})`);
  });
  return { name: file === '-' ? 'stdin' : file, origin: null, body, reason: 'no-robots-txt' };
}

async function readHead(stream: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > robotsBytesMax) break;
  }
  return Buffer.concat(chunks);
}

/** RFC 9309 §2.3.1: 2xx is the file, 4xx but 429 says nothing, other statuses forbid until there is an answer. */
async function fetchRobots(url: string, fetcher: Fetcher): Promise<RobotsText> {
  try {
    const result = await fetcher.fetch(url, {
      // One byte more, so that the parser sees that there is more.
      maxBytes: robotsBytesMax + 1,
      maxRedirects: redirectsFollowedMax,
      timeoutMs: robotsTimeoutMs,
      accept: 'text/plain, */*;q=0.5',
    });
    if (!result.ok && result.kind !== 'too-many-redirects') {
      throw new AppError(result.kind === 'refused' ? 'invalid' : 'unavailable', `${url}: ${result.message}`);
    }
    const source = { name: url, origin: new URL(url).origin };
    if (!result.ok) return { ...source, body: null, reason: 'no-robots-txt' };
    if (result.status >= 200 && result.status < 300) {
      return { ...source, body: result.body, reason: 'no-robots-txt' };
    }
    const isSilent = result.status >= 300 && result.status < 500 && result.status !== 429;
    return { ...source, body: null, reason: isSilent ? 'no-robots-txt' : 'unreachable' };
  } finally {
    await fetcher.close();
  }
}
