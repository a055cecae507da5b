import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { siteCheck, siteUrlLengthMax } from '../actions/site.ts';
import { purposes } from '../consent/crawlers.ts';
import { contradictionKinds } from '../consent/site/contradictions.ts';
import { differenceCauses } from '../consent/site/reading-causes.ts';
import type { AskEnv } from './env.ts';
import { limit } from './guard.ts';
import { jsonContent, problems } from './openapi.ts';
import { Preference, Usage } from './schemas.ts';
import { SignalWarningView } from './signals.ts';

/** One site check may fetch this many small files, and the page. */
export const siteCost = 5;

const Verdict = z.enum(['disallow', 'allow', 'unknown']);
const Said = z.object({ where: z.string(), quote: z.string() });
const Time = z.string().openapi({ description: 'RFC 3339 UTC.' });

const CellView = z
  .object({
    verdict: Verdict,
    possible: z.boolean().openapi({ description: 'Something speaks against it that does not decide alone.' }),
    source: z.string().nullable(),
    where: z.string().nullable().openapi({ description: 'Where the deciding words stand, with the line.' }),
    quote: z.string().nullable(),
    overruled: Said.nullable().openapi({ description: 'A permission that the refusal overrules.' }),
  })
  .openapi('SiteAnswer');

const RowView = z.object({
  operator: z.string().nullable(),
  purpose: z.enum(purposes),
  controls: z.array(Usage),
  crawl: z
    .object({
      verdict: Verdict,
      reason: z.string(),
      where: z.string().nullable(),
      quote: z.string().nullable(),
    })
    .nullable()
    .openapi({ description: 'Null for control tokens, which fetch nothing.' }),
  'train-ai': CellView,
  'ai-use': CellView,
  search: CellView,
});

const FileView = z.object({
  source: z.string(),
  url: z.string(),
  state: z.enum(['read', 'absent', 'unreachable', 'disallowed']),
  status: z.number().int().nullable(),
  observedAt: Time,
  faults: z.array(z.string()),
});

const PasteView = z.object({
  robots: z.object({
    text: z.string().openapi({ description: 'To add at the end of the robots.txt as it is now.' }),
    beyond: z.array(z.object({ token: z.string(), operator: z.string().nullable(), usages: z.array(Usage) })),
    notRepeated: z.number().int(),
  }),
  items: z.array(
    z.object({
      channel: z.string(),
      source: z.string(),
      where: z.string(),
      text: z.string(),
      refuses: z.array(Usage),
      beyond: z.array(Usage).openapi({ description: 'What it refuses beyond training.' }),
    }),
  ),
  rsl: z
    .object({
      path: z.string(),
      document: z.string(),
      robotsLine: z.string(),
      header: z.string(),
      element: z.string(),
      refuses: z.array(Usage),
    })
    .nullable()
    .openapi({ description: 'A licence document, and three ways to point to it.' }),
  xmp: z
    .object({
      packet: z.string(),
      exiftool: z.string().nullable(),
      refuses: z.array(Usage),
      beyond: z.array(Usage),
    })
    .nullable()
    .openapi({ description: 'For picture files.' }),
});

export const SiteView = z
  .object({
    url: z.string(),
    checkedAt: Time,
    summary: z.object({
      mayFetch: z.number().int(),
      mayNotFetch: z.number().int(),
      trainingRefused: z.number().int(),
      trainingAllowed: z.number().int(),
      trainingUnsaid: z.number().int(),
    }),
    crawlers: z
      .array(RowView.extend({ token: z.string() }))
      .openapi({ description: 'Every crawler this registry knows, in the order of its table.' }),
    unnamed: RowView.openapi({ description: 'The answers for a crawler that is named nowhere.' }),
    files: z.array(FileView),
    page: z
      .object({
        state: z.enum(['read', 'unreachable', 'disallowed', 'elsewhere', 'busy']),
        url: z.string(),
        status: z.number().int().nullable(),
        cut: z.boolean(),
        observedAt: Time,
        note: z.string().nullable(),
      })
      .nullable(),
    signals: z.array(
      z.object({
        source: z.string(),
        where: z.string(),
        quote: z.string(),
        says: z.array(z.object({ usage: Usage, preference: Preference })),
        binds: z.array(z.string()).nullable().openapi({ description: 'Whom it binds; null for everybody.' }),
        possible: z.boolean(),
      }),
    ),
    contradictions: z.array(
      z.object({
        kind: z.enum(contradictionKinds),
        message: z.string(),
        fix: z.string(),
        places: z.array(Said),
      }),
    ),
    mistakes: z.array(SignalWarningView),
    differences: z
      .object({
        state: z.enum(['compared', 'too-large', 'no-robots-txt']),
        found: z.array(
          z.object({
            agents: z.array(z.string()),
            url: z.string(),
            ours: z.enum(['allow', 'disallow']),
            theirs: z.enum(['allow', 'disallow']),
            cause: z.enum(differenceCauses),
            line: z.number().int().nullable(),
            message: z.string(),
            fix: z.string().optional(),
          }),
        ),
      })
      .openapi({ description: 'Where crawlers built on robots-parser read robots.txt differently.' }),
    paste: PasteView.openapi({ description: 'What to paste to refuse AI training, by channel.' }),
    notChecked: z.array(z.object({ source: z.string(), why: z.string() })),
  })
  .openapi('SiteCheck');

export type SiteView = z.infer<typeof SiteView>;

const siteRoute = createRoute({
  method: 'get',
  path: '/v1/site',
  tags: ['For creators'],
  summary: 'What does a site say to AI crawlers? Every known crawler, every signal, and what to mend',
  description:
    'Reads robots.txt, tdmrep.json, ai.txt, trust.txt and RSL documents from the cache or fetches them, and asks for ' +
    'the page once where robots.txt lets WithholdBot. The registry itself is not asked: this is about the site alone.',
  request: {
    query: z.object({
      url: z.string().min(1).max(siteUrlLengthMax).openapi({
        description: 'The address of a page, or a host alone.',
        example: 'https://example.org/',
      }),
    }),
  },
  responses: { 200: jsonContent(SiteView, 'The report.'), ...problems(400, 429, 503) },
});

/** Mounts the site check. */
export function mountSite(app: OpenAPIHono<AskEnv>): void {
  app.openapi(siteRoute, async (c) => {
    limit(c, 'fetch', siteCost);
    const report: SiteView = await siteCheck(c.get('deps'), c.req.valid('query').url);
    return c.json(report, 200, { 'Cache-Control': 'private, no-store' });
  });
}
