import type { OpenAPIHono } from '@hono/zod-openapi';
import { check } from '../actions/check.ts';
import { AppError } from '../errors.ts';
import type { AppEnv } from './env.ts';
import { limit, requireScope } from './guard.ts';
import { itemsMax, urlLengthMax } from './schemas.ts';

/**
 * The protocol of Spawning's Do-Not-Train API, so that its clients work by changing a base URL: URLs as lines of
 * text in, `{urls: [{url, optOut, optIn}]}` out. Every line is answered, in order, none twice removed: the clients
 * match answers to questions by position. `optOut` is true where the verdict for train-ai is `disallow`.
 */
export function mountSpawning(app: OpenAPIHono<AppEnv>): void {
  const path = '/api/v2/query/urls';
  for (const route of [path, `${path}/`]) {
    app.post(route, async (c) => {
      if (!c.get('deps').config.development) requireScope(c, 'check', 'This protocol');
      const lines = splitLines(await c.req.text());
      if (lines.length > itemsMax) {
        throw new AppError('too-many-items', `${lines.length} URLs are more than ${itemsMax}.`, {
          fix: `Send at most ${itemsMax} lines at a time.`,
        });
      }
      limit(c, 'check', lines.length);
      const items = lines.map((url) => ({ url: url.slice(0, urlLengthMax) }));
      const decisions = await check(c.get('deps'), {
        items,
        usage: 'train-ai',
        agent: null,
        signals: 'cached',
        consumer: c.get('consumer')?.id ?? '',
      });
      const urls = lines.map((url, index) => ({
        url,
        optOut: decisions[index]?.verdict === 'disallow',
        optIn: decisions[index]?.verdict === 'allow',
      }));
      return c.json({ urls }, 200, { 'Cache-Control': 'private, no-store' });
    });
  }
}

/** A line end closes the last line, it does not begin an empty one. */
function splitLines(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
