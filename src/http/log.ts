import type { OpenAPIHono } from '@hono/zod-openapi';
import { publishedText, readPublished } from '../actions/sequence.ts';
import type { ConsentLog } from '../deps.ts';
import { AppError } from '../errors.ts';
import { formatLogPolicy } from '../log/log-policy.ts';
import { hashesAtLevel, parseTilePath, type TilePlace, tileWidth } from '../log/tile-path.ts';
import type { AppEnv } from './env.ts';

const immutable = 'public, max-age=31536000, immutable';

/** Serves the log as C2SP tlog-tiles, and what an offline verifier has to know of it. */
export function mountLog(app: OpenAPIHono<AppEnv>): void {
  app.get('/log/checkpoint', async (c) => {
    const text = await publishedText(c.get('deps').consentLog);
    if (text === null) throw new AppError('not-found', 'The log is empty: nothing was signed yet.');
    return c.text(text, 200, { 'Cache-Control': 'public, max-age=1' });
  });

  app.get('/log/tile/*', async (c) => {
    const path = c.req.path.slice('/log/'.length);
    const log = c.get('deps').consentLog;
    const place = parseTilePath(path);
    const bytes = place !== null && (await isPublished(log, place)) ? await log.files.read(path) : null;
    if (bytes === null) {
      throw new AppError('not-found', 'There is no such tile in this log.', {
        fix: `Ask for tiles of ${tileWidth} hashes below the size that /log/checkpoint gives.`,
      });
    }
    return c.body(new Uint8Array(bytes), 200, {
      'Content-Type': 'application/octet-stream',
      'Cache-Control': immutable,
    });
  });

  app.get('/log/policy', (c) => {
    const { config, consentLog } = c.get('deps');
    const logs = consentLog.keys.map((key) => ({ key, url: `${config.origin}/log` }));
    return c.text(formatLogPolicy({ logs, checkKeys: [consentLog.checkSigner.key] }), 200, {
      'Cache-Control': 'public, max-age=300',
    });
  });
}

/**
 * Whether a tile lies within the published tree. One that was written and not yet signed may still change, and must
 * not be kept by anybody for ever.
 */
async function isPublished(log: ConsentLog, { level, index, width }: TilePlace): Promise<boolean> {
  const end = index * BigInt(tileWidth) + BigInt(width);
  const fits = (size: bigint) => end <= hashesAtLevel(size, level === 'entries' ? 0 : level);
  // Another process may have published more than this one knows of.
  return fits(BigInt(log.published?.size ?? 0)) || fits((await readPublished(log))?.size ?? 0n);
}
