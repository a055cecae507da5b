import type { ResolvedAgent } from '../consent/agent.ts';
import type { NotChecked } from '../consent/decision.ts';
import { robotsRslLinks } from '../consent/rsl/discovery.ts';
import { parseRsl, type RslParse } from '../consent/rsl/document.ts';
import { type RslSource, readRsl } from '../consent/rsl/rsl.ts';
import type { SignalReading } from '../consent/signal.ts';
import type { DocumentEntry } from '../net/document-outcome.ts';
import type { RobotsEntry } from '../net/robots-outcome.ts';
import { parsedRobots, rslUrlOf, rslUrls } from '../net/robots-rules.ts';
import { observedAtOf } from './document-times.ts';

/** Why a file is not known, and when asking again may give it. */
export type Missing = Omit<NotChecked, 'source'>;

/** An RSL document as far as it is known; null where it is not, or no longer. */
export interface KnownDocument {
  entry: DocumentEntry | null;
  missing: Missing;
}

export interface RslAnswer extends SignalReading {
  notChecked: NotChecked[];
}

const nothing: RslAnswer = { evidence: [], warnings: [], notChecked: [] };

// One document answers many questions while it is in memory.
const parsedDocuments = new WeakMap<DocumentEntry, RslParse>();

/**
 * What the RSL documents say that robots.txt names to one agent. While one of them is not known, the others grant
 * nothing.
 */
export function askRsl(
  robots: RobotsEntry,
  robotsUrl: string,
  documents: ReadonlyMap<string, KnownDocument>,
  question: { url: string; agent: ResolvedAgent | null },
): RslAnswer {
  const parsed = parsedRobots(robots);
  if (parsed === null || !hasLicenceLines(robots)) return nothing;
  const { links, warnings, incomplete } = robotsRslLinks(parsed, question.agent?.token ?? '*', robotsUrl);
  const sources: RslSource[] = [];
  const times: string[] = [];
  const notChecked: NotChecked[] = [];
  for (const { href, quote } of links) {
    const known = documents.get(rslUrlOf(href) ?? '');
    const missing = missingOf(known);
    if (missing !== null) notChecked.push(missing);
    if (known?.entry == null || (missing !== null && known.entry.body === null)) continue;
    sources.push(sourceOf(known.entry, href, quote));
    times.push(observedAtOf(known.entry));
  }
  // Together they are as old as the oldest of them.
  const observedAt = times.sort()[0] ?? observedAtOf(robots);
  const said = readRsl(sources, { ...question, observedAt }, incomplete || notChecked.length > 0);
  // Lines that RSL does not know at all are warned of where robots.txt is read.
  const own = warnings.filter((warning) => /^license:/i.test(warning.quote));
  return { evidence: said.evidence, warnings: [...own, ...said.warnings], notChecked };
}

const licenceLines = new WeakMap<RobotsEntry, boolean>();

/** Most files have none, and looking for those that speak to an agent is the costly part. */
function hasLicenceLines(robots: RobotsEntry): boolean {
  const known = licenceLines.get(robots);
  if (known !== undefined) return known;
  const has = rslUrls(robots).length > 0 || /^\s*license\s*:/im.test(robots.body ?? '');
  licenceLines.set(robots, has);
  return has;
}

function missingOf(known: KnownDocument | undefined): NotChecked | null {
  const source = 'rsl';
  if (known === undefined) return { source, why: 'more documents are named than are followed' };
  const { entry, missing } = known;
  if (entry === null) return { source, ...missing };
  return missingDocument(source, entry);
}

/** @returns why a file that is known about was not read, or null where it was, or is not there. */
export function missingDocument(source: string, entry: DocumentEntry): NotChecked | null {
  if (entry.state === 'disallowed') return { source, why: 'disallowed-by-robots' };
  if (entry.state === 'unreachable') {
    const seconds = Math.max(1, Math.ceil((entry.expiresAt - entry.checkedAt) / 1000));
    return { source, why: 'unreachable', retryAfterS: seconds };
  }
  return entry.warnings.includes('too-large') ? { source, why: 'too-large' } : null;
}

function sourceOf(entry: DocumentEntry, href: string, quote: string): RslSource {
  const source = { where: entry.url ?? href, licence: href, quote };
  if (entry.body === null) return { ...source, parsed: null };
  const parsed = parsedDocuments.get(entry) ?? parseRsl(entry.body);
  parsedDocuments.set(entry, parsed);
  return { ...source, parsed };
}
