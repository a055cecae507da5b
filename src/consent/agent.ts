import { AppError } from '../errors.ts';
import { type Crawler, crawlerOf, crawlers, type Purpose } from './crawlers.ts';

/** Longest name or User-Agent taken; longer ones are refused, since a cut one could name somebody else. */
export const agentLengthMax = 1024;
/** Longest name that is taken for a product token when it is not in the table. */
export const tokenLengthMax = 64;

export interface ResolvedAgent {
  /** What the caller sent, trimmed. */
  given: string;
  /** Product token to look for in robots.txt; null when none is named. */
  token: string | null;
  operator: string | null;
  purpose: Purpose;
  /** RFC 9309 §2.2.1: letters, "_" and "-" only. Others are looked for as written and as a strict parser cuts them. */
  legalProductToken: boolean;
  /** False for a control token, which appears in robots.txt only. */
  sendsRequests: boolean;
  /** The control token that governs the use of what this crawler fetches. */
  controlToken: string | null;
}

/**
 * Who is asking? Takes a product token (`GPTBot`) or a whole User-Agent field value. A name that is not in the
 * table is itself, with purpose `unknown`; a browser's User-Agent names nobody.
 *
 * @throws AppError `invalid` when longer than `agentLengthMax`.
 */
export function resolveAgent(input: string): ResolvedAgent {
  if (input.length > agentLengthMax) {
    throw new AppError('invalid', `The agent is longer than ${agentLengthMax} characters.`, {
      field: 'agent',
      fix: 'Send the product token alone, such as GPTBot.',
    });
  }
  const given = input
    .toWellFormed()
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
  const crawler = knownCrawler(given);
  if (crawler) return { given, ...described(crawler) };
  const token = unknownToken(given);
  return {
    given,
    token,
    operator: null,
    purpose: 'unknown',
    legalProductToken: isLegal(token),
    sendsRequests: true,
    controlToken: null,
  };
}

function described(crawler: Crawler): Omit<ResolvedAgent, 'given'> {
  const { token, operator, purpose, sendsRequests, controlToken } = crawler;
  return { token, operator, purpose, legalProductToken: isLegal(token), sendsRequests, controlToken };
}

function isLegal(token: string | null): boolean {
  return token !== null && /^[A-Za-z_-]+$/.test(token);
}

function knownCrawler(given: string): Crawler | null {
  const whole = crawlerOf(given);
  if (whole) return whole;
  const beforeVersion = crawlerOf(given.replace(/\/[^/\s]*$/, ''));
  return beforeVersion?.sendsRequests === false || beforeVersion?.matchInUserAgent
    ? beforeVersion
    : crawlerWithin(given);
}

/**
 * Names of crawlers that send requests, as whole words; where two begin at one place the longer counts. Not after
 * "like", which browsers and crawlers use to name what they resemble.
 */
const namesWithin = new RegExp(
  `(?<![A-Za-z0-9_-])(?<!\\blike )(?:${crawlers
    .filter((crawler) => crawler.matchInUserAgent)
    .map((crawler) => crawler.token)
    .sort((a, b) => b.length - a.length)
    .map((token) => token.replaceAll(/[^A-Za-z0-9_ -]/g, '\\$&'))
    .join('|')})(?![A-Za-z0-9_-]|\\.[A-Za-z])`,
  'i',
);

function crawlerWithin(given: string): Crawler | null {
  const name = namesWithin.exec(withoutAddresses(given))?.[0];
  return name === undefined ? null : crawlerOf(name);
}

/** Pages and mail addresses inside a User-Agent often hold the names of others: `+https://example.com/gptbot`. */
function withoutAddresses(given: string): string {
  return given
    .split(/(?<=[\s;,()])/)
    .filter((word) => !/:\/\/|@|^\+|^www\./i.test(word))
    .join('');
}

const browserProducts = /^(?:mozilla|opera|msie|konqueror|trident)$/i;
const soundsLikeACrawler = /bot|crawl|spider|scrap|fetch|archiv/i;

function unknownToken(given: string): string | null {
  const text = withoutAddresses(given);
  const first = productIn(text);
  if (first === null || !browserProducts.test(first)) return first;
  const compatible = /\bcompatible\s*[;,]\s*([^\s;,()/+]+)/i.exec(text)?.[1];
  if (compatible !== undefined && !browserProducts.test(compatible)) return productIn(compatible);
  const product = (text.match(/[A-Za-z][A-Za-z0-9_.-]*(?=\/)/g) ?? []).find((name) =>
    soundsLikeACrawler.test(name),
  );
  return product === undefined ? null : productIn(product);
}

/** The name before a version, comment or list: `Foo Bot/1.0 (…)` gives `Foo Bot`. */
function productIn(text: string): string | null {
  const name = (/^[^/;,()+]*/.exec(text)?.[0] ?? '').trim();
  const short = name.length > tokenLengthMax ? (name.split(/\s/, 1)[0] ?? '') : name;
  return /[\p{L}\p{N}]/u.test(short) && short.length <= tokenLengthMax ? short : null;
}
