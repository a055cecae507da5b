import type { ParsedRobots } from '../consent/robots/file.ts';
import { robotsAllows } from '../consent/robots/match.ts';
import { parseRobots } from '../consent/robots/parse.ts';
import { AppError } from '../errors.ts';
import type { RobotsEntry } from './robots-outcome.ts';

/** The name by which our own crawler looks for itself in robots.txt. */
export const ownToken = 'WithholdBot';
/** RSL documents followed per robots.txt, in the order they are named. */
export const rslDocumentsMax = 3;
/** Longer addresses of RSL documents are not followed. */
export const rslUrlLengthMax = 2_048;

// Parsing is linear but not free, and one entry answers many questions while it is in memory.
const parsedEntries = new WeakMap<RobotsEntry, ParsedRobots>();

/** @returns the file of an entry as it is read, or null where there is none. */
export function parsedRobots(entry: RobotsEntry): ParsedRobots | null {
  if (entry.body === null) return null;
  const known = parsedEntries.get(entry);
  if (known !== undefined) return known;
  const parsed = parseRobots(entry.body);
  parsedEntries.set(entry, parsed);
  return parsed;
}

/** Whether a crawler, by default our own, may fetch this URL of the origin the entry speaks for. */
export function mayFetch(entry: RobotsEntry, url: string, token: string = ownToken): boolean {
  if (entry.crawl !== 'by-rules') return entry.crawl === 'allow';
  const parsed = parsedRobots(entry);
  try {
    return parsed === null || robotsAllows(parsed, { agent: token, url }).allowed;
  } catch (error) {
    // A URL too long to compare is not worth a request.
    if (error instanceof AppError) return false;
    throw error;
  }
}

/**
 * The RSL documents a robots.txt names, wherever its License lines stand, as absolute http and https URLs without
 * fragments (RSL 1.0: the value is an absolute URI). Others are for the reader of the file to warn of.
 */
export function rslUrls(entry: RobotsEntry): string[] {
  const parsed = parsedRobots(entry);
  if (parsed === null) return [];
  const named = [...parsed.extensions, ...parsed.groups.flatMap(({ extensions }) => extensions)]
    .filter(({ key }) => key === 'license')
    .flatMap(({ value }) => rslUrlOf(value) ?? []);
  return [...new Set(named)].slice(0, rslDocumentsMax);
}

/** @returns the address a License line gives, as it is fetched and stored, or null when it is none. */
export function rslUrlOf(value: string): string | null {
  const text = value.trim();
  const url = /^https?:\/\//i.test(text) && text.length <= rslUrlLengthMax ? URL.parse(text) : null;
  if (url === null) return null;
  url.hash = '';
  url.username = '';
  url.password = '';
  return url.href;
}
