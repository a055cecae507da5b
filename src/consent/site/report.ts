import type { NotChecked } from '../decision.ts';
import type { Evidence, Preference, Source, Usage } from '../evidence.ts';
import { type RslPaste, rslToPaste, type XmpPaste, xmpToPaste } from '../paste/documents.ts';
import { type Paste, whatToPaste } from '../paste/paste.ts';
import { robotsSignalWarnings } from '../robots/signal-warnings.ts';
import type { SignalWarning } from '../signal.ts';
import { cutQuote } from '../statement.ts';
import { type SiteAnswers, siteAnswers } from './answers.ts';
import { type Contradiction, contradictionsIn } from './contradictions.ts';
import { fileFaults, type SiteFile, type SitePage, type SiteTexts, siteFile } from './files.ts';
import { type SiteMatrix, type SiteRow, siteMatrix } from './matrix.ts';
import { type ReadingDifferences, readingDifferences } from './reading-differences.ts';

/** Statements listed; a robots.txt can name thousands of crawlers. */
export const siteStatementsMax = 500;
export const siteMistakesMax = 100;

/** Something a site says, with all that it says there. */
export interface SiteStatement {
  source: Source;
  where: string;
  quote: string;
  says: { usage: Usage; preference: Preference }[];
  /** Whom it binds; null for everybody. */
  binds: string[] | null;
  /** True when it does not decide alone. */
  possible: boolean;
}

/** How many crawlers are told what. Control tokens fetch nothing and count for training alone. */
export interface SiteSummary {
  mayFetch: number;
  mayNotFetch: number;
  trainingRefused: number;
  trainingAllowed: number;
  trainingUnsaid: number;
}

/** Texts for every channel; a channel that cannot say it has none. */
export interface SitePaste extends Paste {
  rsl: RslPaste | null;
  /** For picture files. */
  xmp: XmpPaste | null;
}

/** What a site says to AI crawlers about one of its pages. */
export interface SiteReport {
  url: string;
  summary: SiteSummary;
  crawlers: SiteRow[];
  /** The answers for a crawler that is named nowhere. */
  unnamed: Omit<SiteRow, 'token'>;
  files: Omit<SiteFile, 'text'>[];
  page: Omit<SitePage, 'headers' | 'html'> | null;
  signals: SiteStatement[];
  contradictions: Contradiction[];
  mistakes: SignalWarning[];
  differences: ReadingDifferences;
  /** What to paste to refuse AI training in each channel. */
  paste: SitePaste;
  notChecked: NotChecked[];
}

/**
 * The report of the site check: every known crawler against every signal, what contradicts itself, what is mistaken,
 * what other crawlers would read differently, and what to paste to refuse training.
 *
 * @throws AppError `invalid` when the URL is longer than `robotsUrlLengthMax`.
 */
export function siteReport(texts: SiteTexts): SiteReport {
  const answers = siteAnswers(texts);
  const matrix = siteMatrix(answers);
  const robots = siteFile(texts, 'robots.txt');
  const parsed = answers.robots;
  const text = robots?.text ?? '';
  const lines = text.split(/\r\n|\r|\n/);
  return {
    url: texts.url,
    summary: summaryOf(matrix.rows),
    crawlers: matrix.rows,
    unnamed: matrix.unnamed,
    files: texts.files.map(({ text: _text, ...file }) => file),
    page: texts.page === null ? null : withoutTexts(texts.page),
    signals: statementsOf(matrix),
    contradictions: contradictionsIn(matrix.rows, matrix.unnamed, { parsed, url: answers.robotsUrl, lines }),
    mistakes: mistakesIn(texts, answers, lines),
    differences:
      parsed === null ? { state: 'no-robots-txt', found: [] } : readingDifferences(text, parsed, texts.url),
    paste: pasteFor(texts.url, text),
    notChecked: answers.notChecked,
  };
}

function pasteFor(url: string, robotsTxt: string): SitePaste {
  const asked = ['train-ai'] as const;
  return {
    ...whatToPaste(asked, robotsTxt),
    rsl: rslToPaste(asked, new URL(url).origin),
    xmp: xmpToPaste(asked),
  };
}

function withoutTexts({ headers: _headers, html: _html, ...page }: SitePage): SiteReport['page'] {
  return page;
}

function summaryOf(rows: readonly SiteRow[]): SiteSummary {
  const fetching = rows.filter(({ crawl }) => crawl !== null);
  const training = (verdict: string) => rows.filter((row) => row['train-ai'].verdict === verdict).length;
  return {
    mayFetch: fetching.filter(({ crawl }) => crawl?.verdict === 'allow').length,
    mayNotFetch: fetching.filter(({ crawl }) => crawl?.verdict === 'disallow').length,
    trainingRefused: training('disallow'),
    trainingAllowed: training('allow'),
    trainingUnsaid: training('unknown'),
  };
}

function statementsOf({ evidence }: SiteMatrix): SiteStatement[] {
  const statements = new Map<string, SiteStatement>();
  for (const said of evidence) {
    const key = JSON.stringify([said.source, said.where, said.quote, said.weight]);
    const known = statements.get(key);
    if (known === undefined) {
      if (statements.size < siteStatementsMax) statements.set(key, statementOf(said));
      continue;
    }
    const { usage, preference } = said;
    if (!known.says.some((one) => one.usage === usage && one.preference === preference)) {
      known.says.push({ usage, preference });
    }
    known.binds =
      known.binds === null || said.operators === undefined
        ? null
        : [...new Set([...known.binds, ...said.operators])];
  }
  return [...statements.values()].sort(byPlace);
}

/** By file, then by line: as one would read them. */
function byPlace(a: SiteStatement, b: SiteStatement): number {
  const [fileA = '', lineA = '0'] = a.where.split(', line ');
  const [fileB = '', lineB = '0'] = b.where.split(', line ');
  if (fileA !== fileB) return fileA < fileB ? -1 : 1;
  return Number(lineA) - Number(lineB);
}

function statementOf({
  source,
  where,
  quote,
  usage,
  preference,
  operators,
  weight,
}: Evidence): SiteStatement {
  const binds = operators === undefined ? null : [...operators];
  return { source, where, quote, says: [{ usage, preference }], binds, possible: weight === 'possible' };
}

function mistakesIn(texts: SiteTexts, answers: SiteAnswers, lines: readonly string[]): SignalWarning[] {
  const { robots, robotsUrl } = answers;
  const inRobots = (robots?.diagnostics ?? []).map(({ line, message, fix }) => ({
    where: `${robotsUrl}, line ${line}`,
    quote: cutQuote((lines[line - 1] ?? '').trim()),
    message,
    ...(fix === undefined ? {} : { fix }),
  }));
  const signals =
    robots === null ? [] : robotsSignalWarnings(robots, robotsUrl).map(({ warning }) => warning);
  const all = [...fileFaults(texts.files), ...inRobots, ...signals, ...answers.warnings];
  const seen = new Set<string>();
  return all
    .filter(({ where, quote, message }) => {
      const key = JSON.stringify([where, quote, message]);
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, siteMistakesMax);
}
