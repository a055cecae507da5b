import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { AppEnv } from '../http/env.ts';
import type { Problem } from '../http/problem.ts';
import type { Assets } from './assets.ts';
import { problemPage } from './pages/problem.ts';
import { mountAdminPages } from './routes/admin.ts';
import { mountCheckPages } from './routes/check.ts';
import { page, pageContext } from './routes/context.ts';
import { mountCreatorPages } from './routes/creators.ts';
import { mountOptOutPages } from './routes/opt-out.ts';
import { mountReadingPages } from './routes/reading.ts';

/** Mounts every page. */
export function mountPages(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  mountReadingPages(app, assets);
  mountCheckPages(app, assets);
  mountOptOutPages(app, assets);
  mountCreatorPages(app, assets);
  mountAdminPages(app, assets);
}

const apiPaths = /^\/(v1|api|openapi\.json|healthz|readyz)(\/|$)/;

/** A problem as a page, for people; null where a program asked. */
export function pageOfProblem(
  c: Context<AppEnv>,
  problem: Problem,
  assets: Assets,
): Promise<Response> | null {
  if (apiPaths.test(c.req.path) || !(c.req.header('accept') ?? '').includes('text/html')) return null;
  return page(c, problemPage(pageContext(c, assets), problem), problem.status);
}
