import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type InspectInput, inspect } from '../actions/inspect.ts';
import { AppError } from '../errors.ts';
import type { AskEnv } from './env.ts';
import { limit } from './guard.ts';
import { jsonBody, jsonContent, problems } from './openapi.ts';
import { Agent, DecisionView, ReasonView, Url, Usage } from './schemas.ts';

/** Longest text of one file, in characters: as much as is read of any of them. */
export const inspectTextLengthMax = 512 * 1024;
export const inspectHeadersMax = 500;
export const inspectHeaderNameLengthMax = 200;
export const inspectHeaderLengthMax = 65_536;
export const inspectDocumentsMax = 10;
/** Largest picture whose metadata is read, in bytes. */
export const inspectImageBytesMax = 8 * 1024 * 1024;
/** Reading a whole page and a picture is worth this many checks. */
export const inspectCost = 5;

const text = (description: string) =>
  z.string().max(inspectTextLengthMax).optional().openapi({ description });
const HeaderName = z.string().max(inspectHeaderNameLengthMax);
const HeaderValue = z.string().max(inspectHeaderLengthMax);
const headersMany = `holds more than ${inspectHeadersMax} lines`;

const Headers = z
  .union([
    z.array(z.tuple([HeaderName, HeaderValue])).max(inspectHeadersMax),
    z
      .record(HeaderName, z.union([HeaderValue, z.array(HeaderValue).max(inspectHeadersMax)]))
      .refine((headers) => linesOf(headers).length <= inspectHeadersMax, headersMany),
  ])
  .optional()
  .openapi({
    description:
      'Response headers: an array of [name, value] in order, or an object of name and value or values.',
    example: { 'X-Robots-Tag': 'noai', 'Content-Usage': 'train-ai=n' },
  });

export const InspectRequest = z
  .object({
    url: Url.optional().openapi({ description: 'The URL in question; `/` of no site unless told.' }),
    agent: Agent.optional(),
    usage: z
      .union([Usage, z.array(Usage).min(1).max(10)])
      .default('train-ai')
      .openapi({ description: 'One usage or several.' }),
    robotsTxt: text('Body of /robots.txt.'),
    headers: Headers,
    html: text('Body of the page; its meta, link and script elements are read.'),
    tdmrep: text('Body of /.well-known/tdmrep.json.'),
    aiTxt: text('Body of /ai.txt.'),
    trustTxt: text('Body of /trust.txt.'),
    rsl: z
      .union([
        z.string().max(inspectTextLengthMax),
        z.array(z.string().max(inspectTextLengthMax)).max(inspectDocumentsMax),
      ])
      .optional()
      .openapi({ description: 'The RSL document that the site points to, or several.' }),
    image: z
      .string()
      .max(Math.ceil(inspectImageBytesMax / 3) * 4)
      .optional()
      .openapi({ description: 'A picture, base64, of at most 8 MB. Only its metadata is read.' }),
  })
  .openapi('InspectRequest');

export const SignalWarningView = z.object({
  where: z.string(),
  quote: z.string().openapi({ description: 'The words as they stand there.' }),
  message: z.string().openapi({ description: 'What is wrong, and what that means.' }),
  fix: z.string().optional().openapi({ description: 'What to write instead.' }),
});

export const InspectionView = z
  .object({
    url: z.string().nullable(),
    agent: DecisionView.shape.agent,
    crawl: DecisionView.shape.crawl,
    decisions: z
      .array(
        z.object({
          usage: Usage,
          verdict: DecisionView.shape.verdict,
          act: DecisionView.shape.act,
          reasons: z.array(ReasonView),
        }),
      )
      .openapi({ description: 'One per usage, by what was sent alone.' }),
    signals: z.array(
      z.object({
        signal: z.string(),
        evidence: z.array(ReasonView.omit({ effect: true })),
        warnings: z.array(SignalWarningView),
      }),
    ),
    warnings: z.array(z.string()),
    notChecked: z.array(z.object({ source: z.string(), why: z.string() })),
    policy: z.string(),
  })
  .openapi('Inspection');

const inspectRoute = createRoute({
  method: 'post',
  path: '/v1/signals/inspect',
  tags: ['For crawlers'],
  summary: 'What do these signals say? Send files, headers, a page or a picture',
  description: 'Fetches nothing and stores nothing: the answer rests on what you send and on nothing else.',
  request: jsonBody(InspectRequest),
  responses: { 200: jsonContent(InspectionView, 'What was read.'), ...problems(400, 413, 429) },
});

/** Mounts the reading of signals that are sent. */
export function mountSignals(app: OpenAPIHono<AskEnv>): void {
  app.openapi(inspectRoute, async (c) => {
    limit(c, 'check', inspectCost);
    const { usage, headers, rsl, image, ...rest } = c.req.valid('json');
    const input: InspectInput = {
      ...rest,
      usages: typeof usage === 'string' ? [usage] : usage,
      headers: headers && linesOf(headers),
      rsl: typeof rsl === 'string' ? [rsl] : rsl,
      image: image === undefined ? undefined : bytesOf(image),
    };
    const now = new Date(c.get('deps').clock()).toISOString();
    const { agent, ...found } = await inspect(input, now);
    const asking = agent && { token: agent.token, operator: agent.operator, purpose: agent.purpose };
    return c.json({ ...found, agent: asking }, 200, { 'Cache-Control': 'private, no-store' });
  });
}

type GivenHeaders = [string, string][] | Record<string, string | string[]>;

function linesOf(headers: GivenHeaders): [string, string][] {
  if (Array.isArray(headers)) return headers;
  return Object.entries(headers).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value): [string, string] => [name, value]),
  );
}

function bytesOf(image: string): Uint8Array {
  try {
    const binary = atob(image);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at += 1) bytes[at] = binary.charCodeAt(at);
    return bytes;
  } catch {
    throw new AppError('invalid', 'The image is not base64.', {
      field: 'image',
      fix: 'Send the bytes of the file as standard base64, without a data: prefix.',
    });
  }
}
