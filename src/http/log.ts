import type { OpenAPIHono } from '@hono/zod-openapi';
import { publishedText } from '../actions/sequence.ts';
import { AppError } from '../errors.ts';
import { formatLogPolicy } from '../log/log-policy.ts';
import { parseTilePath, tileWidth } from '../log/tile-path.ts';
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
    const place = parseTilePath(path);
    const bytes = place === null ? null : await c.get('deps').consentLog.files.read(path);
    if (place === null || bytes === null) {
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
