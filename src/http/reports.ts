import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { reportDataset } from '../actions/report-dataset.ts';
import type { AppEnv } from './env.ts';
import { limit, requireScope } from './guard.ts';
import { jsonBody, jsonContent, problems } from './openapi.ts';

/** Records of one request. */
export const reportedRecordsMax = 10_000;
const copiesMax = 1_000_000_000;

const copies = z.number().int().min(0).max(copiesMax);

export const ReportedRecord = z
  .object({
    rid: z.uuid().toLowerCase(),
    removed: copies.default(0).openapi({ description: 'Rows taken out because of this record.' }),
    licensed: copies.default(0).openapi({ description: 'Rows kept under a licence.' }),
    disputed: copies
      .default(0)
      .openapi({ description: 'Rows kept until a person has looked, because the record names so many.' }),
  })
  .openapi('ReportedRecord');

export const ReportRequest = z
  .object({
    dataset: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .refine((name) => name.isWellFormed(), 'is no text')
      .openapi({ description: 'What you call it; it is not shown to anybody.', example: 'photos-2026-11' }),
    report: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits')
      .openapi({ description: 'Digest of the report of your run, as `withhold verify` shows it.' }),
    records: z
      .array(ReportedRecord)
      .max(reportedRecordsMax)
      .refine((records) => new Set(records.map(({ rid }) => rid)).size === records.length, {
        message: 'names a record twice',
      }),
    complete: z.boolean().openapi({
      description: 'Whether this is the last part. Your earlier report on the dataset counts until then.',
    }),
  })
  .openapi('ReportRequest');

export const ReportAnswer = z
  .object({
    known: z
      .number()
      .int()
      .openapi({ description: 'Records of this part that are here; the others were erased, or never were.' }),
  })
  .openapi('ReportAnswer');

const route = createRoute({
  method: 'post',
  path: '/v1/reports',
  tags: ['For crawlers'],
  summary: 'Tell what became of records in a dataset',
  description:
    'Needs a key with the scope `check` (in development none is asked for). Give up to 10,000 records a request, with ' +
    '`complete` on the last one. A later report on the same dataset replaces the earlier one, and a part that comes ' +
    'twice counts once. A creator sees in how many datasets and copies, and neither yours nor the name of the dataset.',
  request: jsonBody(ReportRequest),
  responses: { 200: jsonContent(ReportAnswer, 'Taken in.'), ...problems(400, 401, 403, 409, 413, 429) },
});

/** Mounts what consumers tell back. */
export function mountReports(app: OpenAPIHono<AppEnv>): void {
  app.openapi(route, async (c) => {
    const deps = c.get('deps');
    if (!deps.config.development) requireScope(c, 'check', 'A report');
    limit(c, 'write');
    const { dataset, report, records, complete } = c.req.valid('json');
    const consumer = c.get('consumer')?.id ?? '';
    return c.json(await reportDataset(deps, { consumer, dataset, digest: report, records, complete }), 200);
  });
}
