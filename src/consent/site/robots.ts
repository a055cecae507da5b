import type { ResolvedAgent } from '../agent.ts';
import { crawlers } from '../crawlers.ts';
import type { Crawl, NotChecked } from '../decision.ts';
import { robotsEvidence } from '../robots/evidence.ts';
import type { ParsedRobots } from '../robots/file.ts';
import { robotsAllowsEach } from '../robots/match.ts';
import { parseRobots } from '../robots/parse.ts';
import type { Work } from '../robots/pattern.ts';
import type { SiteAnswer } from './answers.ts';
import { type SiteFile, type SiteTexts, siteFile } from './files.ts';

/**
 * What comparing one file once for the whole crawler table may cost, in comparison steps. Asking for every crawler
 * under all its names costs some hundred times this; 500 KiB of plain rules stay below.
 */
export const siteStepsMax = 150_000;
export const siteGroupsMax = 2_000;
/** Characters of Content-Usage and Content-Signal values; and of the former, times the length of the URL. */
export const siteSignalLengthMax = 65_536;
export const siteSignalStepsMax = 500_000;

/** robots.txt, read once, and ready to be asked for every crawler. */
export interface SiteRobots {
  ask(agent: ResolvedAgent | null): SiteAnswer;
  parsed: ParsedRobots | null;
  url: string;
  notChecked: NotChecked[];
}

/**
 * Reads the robots.txt of a site. One that would take too long to compare for every crawler answers crawl alone, as
 * far as the budget of one question goes, and refuses beyond.
 *
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function siteRobots(texts: SiteTexts): SiteRobots {
  const file = siteFile(texts, 'robots.txt');
  const url = file?.url ?? `${new URL(texts.url).origin}/robots.txt`;
  const parsed = file === null || file.text === null ? null : parseRobots(file.text);
  const whole = file === null ? notFetched : wholeSite(file, url);
  if (file === null || parsed === null) {
    return { ask: () => ({ crawl: whole, evidence: [] }), parsed, url, notChecked: [] };
  }
  const crawlOf = (crawl: Crawl) => (file.state === 'read' ? crawl : whole);
  const heavy = answersIfHeavy(parsed, texts.url, url);
  if (heavy !== null) {
    const ask = (agent: ResolvedAgent | null) => ({ crawl: crawlOf(heavy(agent)), evidence: [] });
    return { ask, parsed, url, notChecked: [{ source: 'robots.txt', why: 'too-complex' }] };
  }
  const cut = file.faults.includes('truncated');
  return {
    ask(agent) {
      const context = { url: texts.url, agent, robotsUrl: url, observedAt: file.observedAt };
      const { crawl, evidence } = robotsEvidence(parsed, context);
      // What was cut off may hold the refusal.
      const kept = cut ? evidence.filter(({ preference }) => preference === 'disallow') : evidence;
      return { crawl: crawlOf(crawl), evidence: kept };
    },
    parsed,
    url,
    notChecked: [],
  };
}

const notFetched: Crawl = { verdict: 'unknown', reason: 'not-fetched-yet' };

/** The same answer for every path: nothing is said, or nobody knows (RFC 9309 §2.3.1.3 and §2.3.1.4). */
function wholeSite(file: SiteFile, where: string): Crawl {
  const quote = file.status === null ? {} : { quote: `HTTP ${file.status}` };
  return file.state === 'absent'
    ? { verdict: 'allow', reason: 'no-robots-txt', where, ...quote }
    : { verdict: 'disallow', reason: 'unreachable', where, ...quote };
}

/** @returns null for a file that is cheap enough to be asked in full, else what answers crawl alone. */
function answersIfHeavy(
  parsed: ParsedRobots,
  url: string,
  robotsUrl: string,
): ((agent: ResolvedAgent | null) => Crawl) | null {
  const tokens = ['*', ...crawlers.map(({ token }) => token)];
  const work: Work = { steps: 0 };
  const answers = robotsAllowsEach(parsed, url, tokens, work);
  const light =
    work.steps <= siteStepsMax && parsed.groups.length <= siteGroupsMax && signalsAreLight(parsed, url);
  if (light) return null;
  const byToken = new Map(tokens.map((token, at) => [token, answers[at]]));
  return (agent) => {
    const answer = byToken.get(agent?.token ?? '*') ?? byToken.get('*');
    const rule = answer?.rule ?? null;
    return {
      verdict: answer?.allowed === true ? 'allow' : 'disallow',
      reason: answer?.reason ?? 'too-complex',
      where: rule === null ? robotsUrl : `${robotsUrl}, line ${rule.line}`,
      ...(rule === null ? {} : { quote: rule.raw }),
    };
  };
}

function signalsAreLight({ groups, extensions }: ParsedRobots, url: string): boolean {
  let length = 0;
  let steps = 0;
  for (const { key, value } of [extensions, ...groups.map((group) => group.extensions)].flat()) {
    if (key !== 'content-usage' && key !== 'content-signal') continue;
    length += value.length;
    if (key === 'content-usage') steps += value.length * url.length;
  }
  return length <= siteSignalLengthMax && steps <= siteSignalStepsMax;
}
