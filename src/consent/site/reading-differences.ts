import { crawlers } from '../crawlers.ts';
import type { ParsedRobots } from '../robots/file.ts';
import { robotsAllowsEach } from '../robots/match.ts';
import type { Work } from '../robots/pattern.ts';
import { readings } from '../robots/readings.ts';
import { type DifferenceCause, explain } from './reading-causes.ts';
import { readAsOthers } from './robots-parser-reading.ts';

/** Names compared; the first of a file, those of the crawler table before others. */
export const comparedNamesMax = 300;
/** Paths tried: the URL itself, the front page, and one address for each rule. */
export const comparedPathsMax = 60;
export const comparedPathLengthMax = 300;
/** Differences told, by cause. */
export const differencesMax = 20;
/** Comparison steps of our own. */
const ownStepsMax = 4_000_000;

/** One way in which crawlers built on robots-parser read a file differently, and what its owner can do. */
export interface ReadingDifference {
  /** Names read differently for this cause; `*` stands for every crawler the file does not name. */
  agents: string[];
  /** An address where it shows. */
  url: string;
  /** By RFC 9309. */
  ours: 'allow' | 'disallow';
  theirs: 'allow' | 'disallow';
  cause: DifferenceCause;
  /** The line to change. */
  line: number | null;
  /** One sentence: what they do, and because of which line. */
  message: string;
  fix?: string;
}

export interface ReadingDifferences {
  /** `compared`, or why not: the file is too large to compare without harm, or there is none. */
  state: 'compared' | 'too-large' | 'no-robots-txt';
  found: ReadingDifference[];
}

/**
 * Where crawlers built on robots-parser (Crawlee, Browsertrix and others) would read a robots.txt differently from
 * RFC 9309. Every name in the file and every name of the crawler table is tried on the URL, and on one address for
 * each rule.
 *
 * @param text the file as it is, which `parsed` was made of.
 * @param url the one in question, on the origin the file speaks for.
 */
export function readingDifferences(text: string, parsed: ParsedRobots, url: string): ReadingDifferences {
  const names = namesToCompare(parsed);
  const urls = urlsToCompare(parsed, url);
  // robots-parser answers only for the origin it was told, and a file may come from elsewhere after redirects.
  const place = new URL('/robots.txt', url).href;
  const theirs = readAsOthers(text, place, Math.max(...urls.map(({ length }) => length)));
  if (theirs === null || theirs.questionsMax < names.length || parsed.overflow) {
    return { state: 'too-large', found: [] };
  }
  const lines = text.split(/\r\n|\r|\n/);
  const work: Work = { steps: 0, stepsMax: ownStepsMax };
  const found = new Map<string, ReadingDifference>();
  for (const tried of urls.slice(0, Math.floor(theirs.questionsMax / names.length))) {
    const answers = robotsAllowsEach(parsed, tried, names, work);
    for (const [at, answer] of answers.entries()) {
      if (answer.reason === 'too-complex' || answer.reason === 'robots-txt') continue;
      const agent = names[at] as string;
      const other = theirs.ask(agent, tried);
      if (other.allowed === answer.allowed) continue;
      const why = explain({ parsed, lines, agent, url: tried, answer, other });
      const key = `${why.cause} ${why.message}`;
      const known = found.get(key);
      if (known !== undefined) {
        if (!known.agents.includes(agent)) known.agents.push(agent);
      } else if (found.size < differencesMax) {
        found.set(key, {
          agents: [agent],
          url: tried,
          ours: answer.allowed ? 'allow' : 'disallow',
          theirs: other.allowed ? 'allow' : 'disallow',
          ...why,
        });
      }
    }
  }
  return { state: 'compared', found: [...found.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

function namesToCompare(parsed: ParsedRobots): string[] {
  const isNamed = (token: string) =>
    readings(parsed, token).some((governing) => governing.some(({ agent }) => agent.token !== '*'));
  const known = crawlers.map(({ token }) => token).filter(isNamed);
  const seen = new Set(known.map((token) => token.toLowerCase()));
  const others: string[] = [];
  for (const { value, token } of parsed.groups.flatMap(({ agents }) => agents)) {
    // A crawler's name is one word; what stands behind it, no crawler calls itself.
    const name = value.trim().split(/[\s/(,;]/, 1)[0] ?? '';
    if (token === '*' || name === '' || name.startsWith('*') || seen.has(name.toLowerCase())) continue;
    seen.add(name.toLowerCase());
    others.push(name);
  }
  return ['*', ...known, ...others].slice(0, comparedNamesMax);
}

/** An address each rule would match if it stood alone. */
function urlsToCompare(parsed: ParsedRobots, url: string): string[] {
  const { origin } = new URL(url);
  const urls = new Set([url, `${origin}/`]);
  for (const { raw } of parsed.groups.flatMap(({ rules }) => rules)) {
    if (urls.size >= comparedPathsMax) break;
    const value = raw.slice(raw.indexOf(':') + 1).trim();
    const path = value.replace(/\$$/, '').replaceAll('*', 'x');
    if (!path.startsWith('/') || path.length > comparedPathLengthMax || path === '/robots.txt') continue;
    if (URL.canParse(origin + path)) urls.add(origin + path);
  }
  return [...urls];
}
