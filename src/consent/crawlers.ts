import { crawlerRows, everydayWords } from './crawler-rows.ts';
import type { Usage } from './evidence.ts';

/**
 * What a crawler's operator says it collects for. A `control-token` is only ever written in robots.txt: it governs
 * the use of what the operator's other crawlers fetch.
 */
export const purposes = ['training', 'search', 'user-triggered', 'control-token', 'unknown'] as const;
export type Purpose = (typeof purposes)[number];

export interface Crawler {
  /** Product token as its operator writes it; compared without case. */
  token: string;
  /** Null when nobody is known to answer for it. */
  operator: string | null;
  purpose: Purpose;
  /** False for control tokens: no request ever carries this name. */
  sendsRequests: boolean;
  /** Whether the name counts inside a longer User-Agent, or, being an everyday word, only where it stands alone. */
  matchInUserAgent: boolean;
  /** The control token that governs how this crawler's operator may use what it fetches. */
  controlToken: string | null;
  /** For a control token: the usages a Disallow refuses. Empty for every other. */
  controls: readonly Usage[];
  /** The operator's own page about its crawlers, or null where none is known. */
  documentation: string | null;
  /** Where the row comes from. */
  source: string;
  /** The day of that source, YYYY-MM-DD. */
  date: string;
}

/**
 * What each control token governs, and for whose fetches. Google's covers training and grounding of Gemini;
 * Apple's the training of its foundation models.
 */
const control: Record<string, { controls: readonly Usage[]; crawlers: readonly string[] }> = {
  'Google-Extended': {
    controls: ['train-ai', 'ai-use'],
    crawlers: ['Googlebot', 'Googlebot-Image', 'Googlebot-Video', 'Googlebot-News'],
  },
  'Applebot-Extended': { controls: ['train-ai'], crawlers: ['Applebot'] },
};

/** Every crawler known here, in the order of the table. */
export const crawlers: readonly Crawler[] = crawlerRows.flatMap(
  ({ operator, documentation, purpose, tokens, from }) =>
    tokens.map((token) => ({
      token,
      operator,
      purpose,
      sendsRequests: purpose !== 'control-token',
      matchInUserAgent: purpose !== 'control-token' && !everydayWords.includes(token),
      controlToken: Object.keys(control).find((name) => control[name]?.crawlers.includes(token)) ?? null,
      controls: control[token]?.controls ?? [],
      documentation,
      source: from.source,
      date: from.date,
    })),
);

const byToken = new Map(crawlers.map((crawler) => [crawler.token.toLowerCase(), crawler]));
const byOperator = Map.groupBy(crawlers, ({ operator }) => operator);

/** @returns the row of a product token, whatever its case, or null. */
export function crawlerOf(token: string): Crawler | null {
  return byToken.get(token.toLowerCase()) ?? null;
}

/** @returns the crawlers an operator runs or controls, by its name in this table. */
export function crawlersOf(operator: string): readonly Crawler[] {
  return byOperator.get(operator) ?? [];
}
