import type { ResolvedAgent } from '../agent.ts';
import { parseAiTxt, readAiTxt } from '../ai-txt.ts';
import { readContentUsage } from '../content-usage.ts';
import { crawlers } from '../crawlers.ts';
import type { Crawl, NotChecked } from '../decision.ts';
import type { Evidence } from '../evidence.ts';
import { type HtmlReading, readHtml } from '../html.ts';
import type { ParsedRobots } from '../robots/file.ts';
import { robotsAllowsEach } from '../robots/match.ts';
import type { Work } from '../robots/pattern.ts';
import { readRobotsMeta, readXRobotsTag } from '../robots-directives.ts';
import type { SignalContext, SignalReading, SignalWarning } from '../signal.ts';
import { readTdmrep, type TdmCarriers } from '../tdmrep/tdmrep.ts';
import { readTrustTxt } from '../trust-txt.ts';
import { type SiteFile, type SitePage, type SiteTexts, siteFile } from './files.ts';
import { siteRobots, siteStepsMax } from './robots.ts';
import { siteRsl } from './rsl.ts';

/** Characters of robots meta elements that are looked at. None of them grants. */
export const siteMetaLengthMax = 65_536;

/** What the texts of a site say to one crawler. */
export interface SiteAnswer {
  crawl: Crawl;
  evidence: Evidence[];
}

/** The texts of a site, read once, and ready to be asked for every crawler. */
export interface SiteAnswers {
  /** @param agent null for a crawler that is named nowhere. */
  ask(agent: ResolvedAgent | null): SiteAnswer;
  /** Null where there is none. */
  robots: ParsedRobots | null;
  robotsUrl: string;
  /** What the readers have to say to the owner, but for those of robots.txt itself. */
  warnings: SignalWarning[];
  notChecked: NotChecked[];
}

/** One signal, read once. */
type Reader = (agent: ResolvedAgent | null) => SignalReading;

/**
 * Reads all texts of a site once. Files that would take too long to compare for every crawler are not, and are
 * listed in `notChecked`.
 *
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function siteAnswers(texts: SiteTexts): SiteAnswers {
  const robots = siteRobots(texts);
  const html = texts.page?.html == null ? null : readHtml(texts.page.html, texts.page.url);
  const aiTxt = aiTxtReader(texts);
  const rsl = siteRsl(texts, robots, html);
  const readers: Reader[] = [
    once(tdmrep(texts, html)),
    once(trustTxt(texts)),
    once(contentUsage(texts)),
    aiTxt.read,
    ...pageReaders(texts, html),
    rsl,
  ];
  return {
    ask(agent) {
      const { crawl, evidence } = robots.ask(agent);
      return { crawl, evidence: [...evidence, ...readers.flatMap((read) => read(agent).evidence)] };
    },
    robots: robots.parsed,
    robotsUrl: robots.url,
    warnings: readers.flatMap((read) => read(null).warnings),
    notChecked: [
      ...texts.files.flatMap(notCheckedFile),
      ...(texts.page === null ? [] : notCheckedPage(texts.page, html)),
      ...robots.notChecked,
      ...aiTxt.notChecked,
    ],
  };
}

/** What is said to everybody alike is read once. */
function once(reading: SignalReading): Reader {
  return () => reading;
}

const silent: SignalReading = { evidence: [], warnings: [] };

function contextOf(texts: SiteTexts, at: { url: string; observedAt: string }): Omit<SignalContext, 'agent'> {
  return { url: texts.url, where: at.url, observedAt: at.observedAt };
}

/** In the part that was not read there may be a refusal. */
function withoutGrants(reading: SignalReading, cut: boolean): SignalReading {
  if (!cut) return reading;
  return { ...reading, evidence: reading.evidence.filter(({ preference }) => preference === 'disallow') };
}

function tdmrep(texts: SiteTexts, html: HtmlReading | null): SignalReading {
  const file = siteFile(texts, 'tdmrep');
  const { page } = texts;
  const header = page?.headers['tdm-reservation'] ?? [];
  const carriers: TdmCarriers = {
    ...(file?.text == null ? {} : { file: { text: file.text, where: file.url } }),
    ...(page === null
      ? {}
      : {
          header: {
            reservation: header,
            policy: page.headers['tdm-policy'] ?? [],
            where: `${page.url}, response header`,
          },
        }),
    ...(page === null || html === null ? {} : { meta: { ...html.tdm, where: page.url } }),
  };
  const observedAt = file?.observedAt ?? page?.observedAt ?? '';
  return readTdmrep(carriers, { url: texts.url, agent: null, observedAt });
}

function trustTxt(texts: SiteTexts): SignalReading {
  const file = siteFile(texts, 'trust.txt');
  if (file?.text == null) return silent;
  const context = { ...contextOf(texts, file), agent: null };
  const reading = readTrustTxt([{ body: file.text, where: file.url }], context);
  return withoutGrants(reading, file.faults.includes('truncated'));
}

function contentUsage({ url, page }: SiteTexts): SignalReading {
  if (page === null) return silent;
  const where = `${page.url}, response header`;
  return readContentUsage(page.headers['content-usage'] ?? [], {
    ...{ url, agent: null, where },
    observedAt: page.observedAt,
  });
}

function aiTxtReader(texts: SiteTexts): { read: Reader; notChecked: NotChecked[] } {
  const file = siteFile(texts, 'ai.txt');
  if (file?.text == null) return { read: () => silent, notChecked: [] };
  const parsed = parseAiTxt({ body: file.text }, file.url);
  const work: Work = { steps: 0 };
  const tokens = ['*', ...crawlers.map(({ token }) => token)];
  robotsAllowsEach(parsed.refusals, texts.url, tokens, work);
  if (work.steps <= siteStepsMax) {
    return {
      read: (agent) => readAiTxt(parsed, { ...contextOf(texts, file), agent }),
      notChecked: [],
    };
  }
  // It only ever refuses, so what it says to everybody stands for what it says to each.
  const general = readAiTxt(parsed, { ...contextOf(texts, file), agent: null });
  return { read: once(general), notChecked: [{ source: 'ai.txt', why: 'too-complex' }] };
}

function pageReaders(texts: SiteTexts, html: HtmlReading | null): Reader[] {
  const { page } = texts;
  if (page === null) return [];
  const context = contextOf(texts, page);
  const asked = /^image\//i.test(page.headers['content-type']?.[0] ?? '') ? 'image' : 'page';
  const tags = page.headers['x-robots-tag'] ?? [];
  const header = { ...context, where: `${page.url}, response header` };
  let length = 0;
  const metas = (html?.metas ?? []).filter(({ content }) => {
    length += content.length;
    return length <= siteMetaLengthMax;
  });
  return [
    (agent) => (tags.length === 0 ? silent : readXRobotsTag(tags, asked, { ...header, agent })),
    (agent) => (metas.length === 0 ? silent : readRobotsMeta(metas, 'page', { ...context, agent })),
  ];
}

function notCheckedFile({ source, state, faults }: SiteFile): NotChecked[] {
  if (state === 'disallowed') return [{ source, why: 'disallowed-by-robots' }];
  if (state === 'unreachable') return [{ source, why: 'unreachable' }];
  return faults.includes('too-large') ? [{ source, why: 'too-large' }] : [];
}

const pageWhy: Record<Exclude<SitePage['state'], 'read'>, string> = {
  unreachable: 'unreachable',
  disallowed: 'disallowed-by-robots',
  elsewhere: 'redirects-elsewhere',
  busy: 'asked-too-often',
};

function notCheckedPage({ state, cut }: SitePage, html: HtmlReading | null): NotChecked[] {
  if (state !== 'read') return [{ source: 'page', why: pageWhy[state] }];
  return cut || html?.truncated === true ? [{ source: 'page', why: 'too-large' }] : [];
}
