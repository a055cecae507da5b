import type { OpenAPIHono } from '@hono/zod-openapi';
import { check } from '../actions/check.ts';
import { AppError } from '../errors.ts';
import type { AskEnv } from './env.ts';
import { limit, requireScope } from './guard.ts';
import { itemsMax, urlLengthMax } from './schemas.ts';

/**
 * The protocol of Spawning's Do-Not-Train API, so that its clients work by changing a base URL: URLs as lines of
 * text in, `{urls: [{url, optOut, optIn}]}` out. `optOut` is true where the verdict for train-ai is `disallow`.
 *
 * The clients join their URLs with line feeds and match answers by position, over many requests: one row more or less
 * shifts every answer behind it. So each line is answered as it stands, empty ones too, and the last even where it is
 * empty, which costs a file that ends in a line feed one row that says nothing.
 */
export function mountSpawning(app: OpenAPIHono<AskEnv>): void {
  const path = '/api/v2/query/urls';
  for (const route of [path, `${path}/`]) {
    app.post(route, async (c) => {
      if (!c.get('deps').config.development) requireScope(c, 'check', 'This protocol');
      const lines = (await c.req.text()).split('\n');
      const asked = lines.at(-1) === '' ? lines.length - 1 : lines.length;
      if (asked > itemsMax) {
        throw new AppError('too-many-items', `${asked} URLs are more than ${itemsMax}.`, {
          fix: `Send at most ${itemsMax} lines at a time.`,
        });
      }
      limit(c, 'check', asked);
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
