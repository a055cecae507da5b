import { z } from '@hono/zod-openapi';
import { trustLevels, usages } from '../consent/evidence.ts';
import { decodeDescriptor, descriptorBytes, descriptorName } from '../images/descriptor.ts';
import { bytesFromHex } from '../images/hash256.ts';
import { hasher, orientations } from '../images/pdq.ts';
import { coloursBytes, queryVariantNames } from '../images/pixel-query.ts';
import { variantNames } from '../images/variants.ts';

/** What the API takes and gives. These schemas check every request and are the OpenAPI document. */

export const itemsMax = 10_000;
export const subjectsMax = 5_000;
export const urlLengthMax = 8_192;
/** Largest picture that can be uploaded, in bytes. */
export const uploadBytesMax = 20 * 1024 * 1024;

const hex = (digits: number, what: string) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), `must be ${digits} hex digits (${what})`)
    .transform((value) => value.toLowerCase())
    .openapi({ description: `${what}, ${digits} hex digits.` });

export const Usage = z.enum(usages);
export const Preference = z.enum(['allow', 'disallow']);
export const Trust = z.enum(trustLevels);
export const Url = z.string().min(1).max(urlLengthMax);

/** What an item can be found by; at least one is needed. */
export const checkItemKeys = {
  url: Url.optional(),
  page_url: Url.optional().openapi({ description: 'The page on which the file at `url` was found.' }),
  sha256: hex(64, 'SHA-256 of the file').optional(),
  md5: hex(32, 'MD5 of the file').optional(),
  pdq: hex(64, 'PDQ-256 hash').optional(),
  blockhash: hex(64, 'blockhash, 16 bits a side').optional(),
  name: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: 'An artist name, for style-imitation.' }),
};

const pdqHash = hex(64, 'PDQ-256 hash');

/** A picture by its hashes: whoever has the pixels can show all their forms, and is answered as for the picture. */
export const Pixels = z
  .object({
    variants: z
      .array(
        z.object({
          variant: z.enum(queryVariantNames).openapi({
            description: '`full` is the whole picture, `trim` what is left without its uniform border.',
          }),
          pdq: z.object(
            Object.fromEntries(orientations.map((name) => [name, pdqHash])) as Record<
              (typeof orientations)[number],
              typeof pdqHash
            >,
          ),
          colours: hex(coloursBytes * 2, 'mean red, green and blue of 16 × 16 cells').optional(),
        }),
      )
      .min(1)
      .max(queryVariantNames.length),
  })
  .openapi('Pixels', {
    description:
      'The picture itself, by its PDQ hashes turned and mirrored in all eight ways. It decides at a larger distance ' +
      'than `pdq`, which may be any hash.',
  });

/** Refuses an item that names nothing to check. */
const namesOneOf = (keys: readonly string[]) =>
  [
    (item: object) => keys.some((key) => (item as Record<string, unknown>)[key] !== undefined),
    { message: `names nothing to check; give at least one of ${keys.join(', ')}` },
  ] as const;
export const namesSomething = namesOneOf(Object.keys(checkItemKeys));

export const CheckItem = z
  .object({
    id: z.string().max(200).optional().openapi({ description: 'Yours; comes back with the decision.' }),
    ...checkItemKeys,
    pixels: Pixels.optional(),
  })
  .refine(...namesOneOf([...Object.keys(checkItemKeys), 'pixels']))
  .openapi('CheckItem', { example: { id: '1', url: 'https://example.com/art/1.jpg' } });

export const Agent = z.string().min(1).max(1_000).openapi({
  description: 'A product token (`GPTBot`) or a full User-Agent string.',
  example: 'GPTBot',
});

export const CheckRequest = z
  .object({
    agent: Agent.optional(),
    usage: Usage.default('train-ai'),
    items: z.array(CheckItem).min(1).max(itemsMax),
    receipt: z
      .boolean()
      .optional()
      .openapi({ description: 'Give a signed receipt for the whole request, of at most 1,000 items.' }),
  })
  .openapi('CheckRequest');

export const MatchView = z
  .object({
    kind: z.enum(['exact', 'match', 'possible']),
    distance: z.number().int().openapi({ description: 'Hamming distance in bits; 0 for exact.' }),
    variant: z.string(),
    orientation: z.string(),
  })
  .openapi('Match');

export const ReasonView = z
  .object({
    source: z.string(),
    usage: Usage,
    preference: Preference,
    effect: z.string().openapi({ description: 'What this evidence did: `decides`, `possible`, `excepted`…' }),
    where: z.string(),
    quote: z.string(),
    observedAt: z.string(),
    weight: z.enum(['decides', 'possible']).optional(),
    operators: z.array(z.string()).optional().openapi({ description: 'The only operators this speaks to.' }),
    except: z.array(z.string()).optional().openapi({ description: 'Operators who may all the same.' }),
    on: z
      .enum(['url', 'page_url', 'sha256', 'md5', 'pixels', 'pdq', 'blockhash', 'name'])
      .optional()
      .openapi({ description: 'Which part of the item this is about.' }),
    record: z.string().optional(),
    trust: Trust.optional(),
    contested: z.boolean().optional(),
    since: z.string().optional(),
    licence: z.string().optional(),
    contact: z.string().optional(),
    match: MatchView.optional(),
  })
  .openapi('Reason');

export const DecisionView = z
  .object({
    id: z.string().optional(),
    verdict: z.enum(['disallow', 'allow', 'unknown']),
    crawl: z.object({
      verdict: z.enum(['allow', 'disallow', 'unknown']),
      reason: z.string(),
      where: z.string().optional(),
      quote: z.string().optional(),
      line: z.number().int().nullable().optional(),
    }),
    act: z.enum(['proceed', 'stop', 'review']),
    usage: Usage,
    agent: z
      .object({ token: z.string().nullable(), operator: z.string().nullable(), purpose: z.string() })
      .nullable(),
    reasons: z.array(ReasonView),
    warnings: z.array(z.string()),
    notChecked: z.array(
      z.object({ source: z.string(), why: z.string(), retryAfter: z.number().int().optional() }),
    ),
    match: MatchView.optional(),
    trust: Trust.optional(),
    contested: z.boolean(),
    since: z.string().optional(),
    asOf: z.array(z.object({ origin: z.string(), size: z.number().int(), root: z.string().nullable() })),
    expiresAt: z.string(),
    policy: z.string().openapi({ description: 'SHA-256 of the policy in force, hex.' }),
  })
  .openapi('Decision');

const receiptText = z.string().optional().openapi({
  description:
    'Where asked for: a check receipt, signed. Write this text to a file as it is; `withhold verify` checks it offline.',
});

export const DecisionWithReceipt = DecisionView.extend({ receipt: receiptText }).openapi(
  'DecisionWithReceipt',
);

export const CheckResponse = z
  .object({
    decisions: z.array(DecisionView).openapi({ description: 'One per item, in order.' }),
    receipt: receiptText,
  })
  .openapi('CheckResponse');

export const WorkSubject = z
  .object({
    kind: z.literal('work'),
    label: z.string().max(300).optional(),
    sha256: hex(64, 'SHA-256 of the file'),
    md5: hex(32, 'MD5 of the file').optional(),
    width: z.number().int().positive(),
    height: z.number().int().positive(),
    blockhash: hex(64, 'blockhash, 16 bits a side').optional(),
    descriptor: hex(descriptorBytes * 2, `${descriptorName}, the second descriptor`)
      .refine((value) => decodeDescriptor(bytesFromHex(value)) !== null, `must be a ${descriptorName}`)
      .optional(),
    hasher: z.literal(hasher),
    fingerprints: z
      .array(
        z.object({
          variant: z.enum(variantNames),
          pdq: hex(64, 'PDQ-256 hash'),
          quality: z.number().int().min(0).max(100),
          unsureBits: z.number().int().min(0).max(256).optional().openapi({
            description: 'Bits that the slightest change could turn. Over 64, exact copies only.',
          }),
        }),
      )
      .min(1)
      .max(variantNames.length)
      .refine((prints) => new Set(prints.map(({ variant }) => variant)).size === prints.length, {
        message: 'names a variant twice',
      }),
  })
  .openapi('WorkSubject');

export const AddressSubject = z
  .object({ kind: z.enum(['url', 'prefix', 'domain', 'name']), value: z.string().min(1).max(urlLengthMax) })
  .openapi('AddressSubject');

export const Subject = z.discriminatedUnion('kind', [WorkSubject, AddressSubject]);

export const Preferences = z.object({
  usages: z.partialRecord(Usage, Preference),
  except: z.array(z.string().min(1).max(100)).max(50).default([]),
  licence: z.string().max(2_000).optional(),
  contact: z.string().max(300).optional(),
});

export const OptOutRequest = Preferences.extend({
  name: z.string().trim().min(1).max(200),
  email: z.email().max(254),
  role: z.enum(['owner', 'agent']),
  statement: z
    .string()
    .openapi({ description: 'Version of the statement you affirm; see GET /v1/statement.' }),
  affirmed: z.literal(true),
  subjects: z.array(Subject).min(1).max(subjectsMax),
}).openapi('OptOutRequest');

export const ProofView = z
  .object({
    host: z.string(),
    state: z.enum(['waiting', 'found', 'missing', 'lost']),
    dns: z.object({ name: z.string(), type: z.literal('TXT'), value: z.string() }),
    wellKnown: z.object({ url: z.string(), body: z.string() }),
    checkedAt: z.string().nullable(),
    foundAt: z.string().nullable(),
    method: z.string().nullable(),
    detail: z.string().nullable().openapi({ description: 'What was seen at the last look.' }),
  })
  .openapi('Proof');

const Copies = z.object({ datasets: z.number().int(), copies: z.number().int() }).openapi('Copies');

export const ReportedView = z
  .object({ removed: Copies, licensed: Copies, disputed: Copies })
  .openapi('Reported', { description: 'What those who build datasets have reported of a record.' });

export const RecordView = z
  .object({
    rid: z.string(),
    kind: z.enum(['work', 'url', 'prefix', 'domain', 'name']),
    label: z.string(),
    key: z.string(),
    state: z.string(),
    effect: z.enum(['decides', 'possible', 'none']),
    trust: Trust,
    contested: z.boolean(),
    usages: z.partialRecord(Usage, Preference),
    except: z.array(z.string()),
    licence: z.string().nullable(),
    contact: z.string().nullable(),
    since: z.string().nullable(),
    updated: z.string(),
    version: z.number().int(),
    log: z.literal('pending').or(z.number().int()).openapi({ description: 'Index in the consent log.' }),
    exactOnly: z
      .string()
      .nullable()
      .openapi({ description: 'Why this picture is covered by exact copies only.' }),
    needs: z
      .string()
      .nullable()
      .openapi({ description: 'The host to prove for this record to gain effect.' }),
    reported: ReportedView,
  })
  .openapi('Record');

export const OptOutView = z
  .object({
    id: z.string(),
    role: z.enum(['owner', 'agent']),
    name: z.string(),
    createdAt: z.string(),
    confirmedAt: z.string().nullable(),
    records: z.array(RecordView),
    proofs: z.array(ProofView),
  })
  .openapi('OptOut');

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    field: z.string().optional(),
    fix: z.string().optional(),
    requestId: z.string(),
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
  })
  .openapi('Problem');

export type CheckItem = z.infer<typeof CheckItem>;
export type DecisionView = z.infer<typeof DecisionView>;
export type OptOutRequest = z.infer<typeof OptOutRequest>;
export type OptOutView = z.infer<typeof OptOutView>;
export type RecordView = z.infer<typeof RecordView>;
export type ReportedView = z.infer<typeof ReportedView>;
export type ProofView = z.infer<typeof ProofView>;
