import { sharedAnswers, siteUsages } from '../consent/site/matrix.ts';
import type { SiteView } from '../http/site.ts';
import { shortPlace } from '../web/pages/site-place.ts';
import { siteSummary } from '../web/pages/site-summary.ts';
import { printable } from './io.ts';

type Row = SiteView['crawlers'][number];
type Answers = Pick<Row, 'crawl' | (typeof siteUsages)[number]>;

/** Names shown for one answer unless all are asked for. */
const namesShownMax = 6;
const columns = ['fetch', ...siteUsages, 'crawlers'];
const widthMin = 9;

/** The report for a person at a terminal. @param all name every crawler. */
export function siteWords(report: SiteView, all: boolean): string {
  const parts = [
    report.url,
    ...siteSummary(report),
    '',
    columns.map((name) => name.padEnd(widthMin)).join(' '),
    ...sharedAnswers(report.crawlers, report.unnamed).flatMap(({ rows, answers }) =>
      rowLines(report, rows, answers, all),
    ),
    ...section('signals found', signalLines(report)),
    ...section('contradictions', contradictionLines(report)),
    ...section('not read as meant', mistakeLines(report)),
    ...section('read differently by crawlers built on robots-parser', differenceLines(report)),
    ...section('not checked', notCheckedLines(report)),
    '',
    'to say no AI training, add to robots.txt what `withhold site --paste` prints, and:',
    ...report.paste.items.map(({ where, text }) => `  ${where}: ${text.trimEnd()}`),
    ...(report.paste.xmp?.exiftool == null
      ? []
      : [`  picture files: exiftool ${report.paste.xmp.exiftool} *.jpg`]),
  ];
  return parts.map((line) => `${printable(line).trimEnd()}\n`).join('');
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${heading}:`, ...lines.map((line) => `  ${line}`)];
}

const crawlWords = { allow: 'yes', disallow: 'no', unknown: 'unknown' };
const usageWords = { allow: 'allowed', disallow: 'refused', unknown: 'unsaid' };

function rowLines(report: SiteView, rows: readonly Row[], answers: Answers, all: boolean): string[] {
  const cells = [
    answers.crawl === null ? '-' : crawlWords[answers.crawl.verdict],
    ...siteUsages.map((usage) => (answers[usage].possible ? 'perhaps' : usageWords[answers[usage].verdict])),
  ];
  const shown = all || rows.length <= namesShownMax + 1 ? rows : rows.slice(0, namesShownMax);
  const more = rows.length - shown.length;
  const names = shown.map(({ token }) => token).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const row = [...cells.map((cell) => cell.padEnd(widthMin)), names].join(' ');
  return [row, ...decidingLines(report, answers)];
}

/** Why, each line once: it often decides several of the answers. */
function decidingLines(report: SiteView, answers: Answers): string[] {
  const { crawl } = answers;
  const said = [
    ...(crawl?.reason === 'rule' ? [{ what: 'fetch', ...crawl }] : []),
    ...siteUsages.map((usage) => ({ what: usage as string, ...answers[usage] })),
  ].filter(({ where }) => where !== null);
  const places = Map.groupBy(
    said,
    ({ where, quote }) => `${shortPlace(report, where ?? '')}: "${quote ?? ''}"`,
  );
  return [...places].map(([place, decided]) => {
    return `${' '.repeat(widthMin + 1)}${decided.map(({ what }) => what).join(', ')}: ${place}`;
  });
}

function signalLines(report: SiteView): string[] {
  return report.signals.map(({ where, quote, says, binds, possible }) => {
    const words = says.map(({ usage, preference }) => `${preference} ${usage}`).join(', ');
    const whom = binds === null ? '' : `, to ${binds.join(', ')}`;
    return `${shortPlace(report, where)}: "${quote}": ${words}${whom}${possible ? ' (perhaps)' : ''}`;
  });
}

function contradictionLines({ contradictions }: SiteView): string[] {
  return contradictions.map(({ message, fix }) => `${message}; ${fix}`);
}

function mistakeLines(report: SiteView): string[] {
  return report.mistakes.map(({ where, quote, message, fix }) => {
    const words = quote === '' ? '' : ` "${quote}":`;
    return `${shortPlace(report, where)}:${words} ${message}${fix === undefined ? '' : `; ${fix}`}`;
  });
}

function differenceLines({ differences }: SiteView): string[] {
  if (differences.state === 'too-large') return ['the file is too large to compare'];
  return differences.found.map(({ message, fix, theirs, agents, url }) => {
    const names = agents.map((agent) => (agent === '*' ? 'any crawler that is not named' : agent)).join(', ');
    return `${message}; ${fix ?? 'nothing helps'} (${theirs === 'allow' ? 'lets' : 'keeps'} ${names} ${theirs === 'allow' ? 'in' : 'out'} at ${url})`;
  });
}

function notCheckedLines({ notChecked }: SiteView): string[] {
  return notChecked.map(({ source, why }) => `${source}: ${why}`);
}
