import { type DocumentEntry, type DocumentForm, documentOutcome } from './document-outcome.ts';
import type { FetchResult } from './fetching.ts';

/** What is parsed of a robots.txt: the least that RFC 9309 §2.5 lets a crawler stop at. */
export const robotsBytesMax = 500 * 1024;

/** What is known about the robots.txt of one origin. RFC 9309 §2.3.1.2: where it was found, it speaks for the origin. */
export interface RobotsEntry extends DocumentEntry {
  state: 'read' | 'absent' | 'unreachable';
  /** Whether the origin may be crawled: `by-rules` of the body, or the same answer for every path. */
  crawl: 'by-rules' | 'allow' | 'disallow';
}

const form: DocumentForm = {
  isWebPage: (body, contentType) =>
    /\bx?html\b/.test(contentType) || /^\s*<(?:!doctype\s+html|html|head|body)\b/i.test(body.slice(0, 1_024)),
  // Whatever lines can be read count (RFC 9309 §2.3.1.5).
  webPage: 'read',
  lines: true,
};

const crawlOf = { read: 'by-rules', absent: 'allow', unreachable: 'disallow' } as const;

/**
 * Turns one attempt to fetch a robots.txt into what is known from now on. While it is unreachable crawling is
 * disallowed, and the last good copy stays for signals only.
 * @param previous the entry before this attempt, or null.
 * @param now Unix ms.
 */
export function robotsOutcome(result: FetchResult, previous: RobotsEntry | null, now: number): RobotsEntry {
  return robotsOf(documentOutcome(result, previous, now, form));
}

/** What is known about a file, as about a robots.txt: what it means for the whole origin. */
export function robotsOf(entry: DocumentEntry): RobotsEntry {
  const state = entry.state === 'disallowed' ? 'unreachable' : entry.state;
  return { ...entry, state, crawl: crawlOf[state] };
}
