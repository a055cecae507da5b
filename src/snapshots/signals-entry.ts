import { z } from 'zod';
import type { DocumentEntry } from '../net/document-outcome.ts';
import type { SiteEntry } from '../net/gather-site.ts';
import { type RobotsEntry, robotsOf } from '../net/robots-outcome.ts';
import { type DocumentName, documentNames, siteDocuments } from '../net/site-documents.ts';

/** Where bodies are kept, each once, under a number. */
export interface BodyKeeper {
  keep(body: string): number;
}
export interface BodyReader {
  /** @throws AppError `invalid` for a number nothing is kept under. */
  read(body: number): string;
}

const count = z.number().int().min(0);
const address = z.string().max(20_000);
const failures = [
  ...(['refused', 'dns', 'connect', 'tls', 'timeout'] as const),
  ...(['too-many-redirects', 'protocol', 'decode'] as const),
] as const;

/**
 * One file of a site as a snapshot holds it. What is left out is what is most often so: the body was read when the
 * state was observed, the file was where it is looked for, nothing was redirected, there was one attempt.
 */
export const PackedDocument = z.strictObject({
  state: z.enum(['read', 'absent', 'unreachable', 'disallowed']),
  status: z.number().int().min(100).max(999).optional(),
  failure: z.enum(failures).optional(),
  /** Number of the body. */
  body: count.optional(),
  bodyAt: count.optional(),
  url: address.nullable().optional(),
  redirects: z
    .array(z.strictObject({ status: count, from: address, to: address }))
    .max(10)
    .optional(),
  warnings: z.array(z.enum(['truncated', 'too-large', 'html', 'not-utf-8', 'too-many-redirects'])).optional(),
  /** Unix ms; the next two are counted from it. */
  checkedAt: count,
  refreshInMs: z.number().int(),
  lifeMs: z.number().int(),
  failures: count.optional(),
});
export type PackedDocument = z.infer<typeof PackedDocument>;

export const PackedSite = z.strictObject({
  'robots.txt': PackedDocument,
  tdmrep: PackedDocument.optional(),
  'ai.txt': PackedDocument.optional(),
  'trust.txt': PackedDocument.optional(),
} satisfies Record<'robots.txt' | DocumentName, unknown>);
export type PackedSite = z.infer<typeof PackedSite>;

/** Where each file of an origin is looked for first. */
function placeOf(origin: string, name: DocumentName | 'robots.txt'): string {
  return origin + (name === 'robots.txt' ? '/robots.txt' : siteDocuments[name].paths[0]);
}

/** @param bodies is given every body; the packed site holds the numbers. */
export function packSite(origin: string, { robots, documents }: SiteEntry, bodies: BodyKeeper): PackedSite {
  const packed: PackedSite = { 'robots.txt': packDocument(robots, placeOf(origin, 'robots.txt'), bodies) };
  for (const name of documentNames) {
    const entry = documents[name];
    if (entry !== undefined) packed[name] = packDocument(entry, placeOf(origin, name), bodies);
  }
  return packed;
}

/** The inverse of `packSite`. */
export function unpackSite(origin: string, packed: PackedSite, bodies: BodyReader): SiteEntry {
  const documents: SiteEntry['documents'] = {};
  for (const name of documentNames) {
    const entry = packed[name];
    if (entry !== undefined) documents[name] = unpackDocument(entry, placeOf(origin, name), bodies);
  }
  return {
    robots: robotsOf(unpackDocument(packed['robots.txt'], placeOf(origin, 'robots.txt'), bodies)),
    documents,
  };
}

/** @param place where it was looked for. */
export function packDocument(
  entry: DocumentEntry | RobotsEntry,
  place: string,
  bodies: BodyKeeper,
): PackedDocument {
  const { state, status, failure, body, bodyAt, url, redirects, warnings, checkedAt } = entry;
  return {
    state,
    ...(status === null ? {} : { status }),
    ...(failure === null ? {} : { failure }),
    ...(body === null ? {} : { body: bodies.keep(body) }),
    ...(bodyAt === null || bodyAt === checkedAt ? {} : { bodyAt }),
    ...(url === usualUrl(status, place) ? {} : { url }),
    ...(redirects.length === 0 ? {} : { redirects }),
    ...(warnings.length === 0 ? {} : { warnings }),
    checkedAt,
    refreshInMs: entry.refreshAt - checkedAt,
    lifeMs: entry.expiresAt - checkedAt,
    ...(entry.failures === usualFailures(state) ? {} : { failures: entry.failures }),
  };
}

/** The inverse of `packDocument`. */
export function unpackDocument(packed: PackedDocument, place: string, bodies: BodyReader): DocumentEntry {
  const { state, checkedAt } = packed;
  const status = packed.status ?? null;
  return {
    state,
    body: packed.body === undefined ? null : bodies.read(packed.body),
    bodyAt: packed.body === undefined ? null : (packed.bodyAt ?? checkedAt),
    warnings: packed.warnings ?? [],
    status,
    failure: packed.failure ?? null,
    url: packed.url === undefined ? usualUrl(status, place) : packed.url,
    redirects: packed.redirects ?? [],
    checkedAt,
    refreshAt: checkedAt + packed.refreshInMs,
    expiresAt: checkedAt + packed.lifeMs,
    failures: packed.failures ?? usualFailures(state),
  };
}

const usualUrl = (status: number | null, place: string) => (status === null ? null : place);
const usualFailures = (state: DocumentEntry['state']) => (state === 'unreachable' ? 1 : 0);
