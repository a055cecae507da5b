import type { ReportContent } from '../../datasets/report/content.ts';
import { count } from '../../web/format.ts';
import { type Html, html } from '../../web/html.ts';
import { words } from './page-words.ts';
import { bar, ranks, scrolling, shareOf } from './plots.ts';

/** The plots of the report: each a table whose rows carry their bars, so that it can be seen, read and printed. */

const text = words.plots;
const shownFirst = 15;
const shownMax = 1_000;

interface Line {
  name: Html | string;
  rows: number;
}

interface Plot {
  heading: string;
  column: string;
  lines: readonly Line[];
  /** What the share is of, and its heading; null without a share. */
  of: { all: number; words: string } | null;
  className?: string;
  notes?: (Html | string)[];
}

function plot({ heading, column, lines, of, className = 'bars', notes = [] }: Plot): Html {
  const most = lines[0]?.rows ?? 0;
  const line = ({ name, rows }: Line) =>
    html`<tr><th scope="row">${name}</th><td class="plot">${bar(rows / most)}</td><td class="n">${count(rows)}</td>${of === null ? '' : html`<td class="n">${shareOf(rows, of.all)}</td>`}</tr>`;
  const table = (some: readonly Line[]) =>
    scrolling(
      heading,
      html`<table class="${className}">
<thead><tr><th scope="col">${column}</th><td class="plot"></td><th scope="col" class="n">${text.rows}</th>${of === null ? '' : html`<th scope="col" class="n">${of.words}</th>`}</tr></thead>
<tbody>${some.map(line)}</tbody></table>`,
    );
  const rest = lines.slice(shownFirst, shownMax);
  const beyond = lines.length - shownMax;
  return html`<h2>${heading}</h2>
${lines.length === 0 ? html`<p>${text.none}</p>` : table(lines.slice(0, shownFirst))}
${rest.length === 0 ? '' : html`<details><summary>${text.more(count(rest.length))}</summary>${table(rest)}</details>`}
${beyond > 0 ? html`<p class="soft">${text.moreElsewhere(count(beyond))}</p>` : ''}
${notes.map((note) => html`<p class="soft">${note}</p>`)}`;
}

type List = ReportContent['tally']['reasons'];

/** Groups with rows that were dropped, most first. */
function droppedLines({ groups }: List, names: Record<string, string> = {}): Line[] {
  return groups
    .flatMap(({ name, rows }) => {
      const known = Object.hasOwn(names, name) ? names[name] : undefined;
      return rows.dropped === undefined
        ? []
        : [{ name: known ?? html`<bdi>${name}</bdi>`, rows: rows.dropped }];
    })
    .sort((a, b) => b.rows - a.rows);
}

function dropped({ tally }: ReportContent, list: List, names?: Record<string, string>) {
  const all = tally.outcomes.dropped ?? 0;
  return {
    lines: droppedLines(list, names),
    of: { all, words: text.share },
    notes: list.complete ? [] : [text.incomplete],
  };
}

export const reasons = (content: ReportContent): Html =>
  plot({ ...text.reasons, ...dropped(content, content.tally.reasons) });

export const trusts = (content: ReportContent): Html =>
  plot({ ...text.trusts, ...dropped(content, content.tally.trusts, text.trusts.words) });

export const columns = (content: ReportContent): Html =>
  plot({ ...text.columns, ...dropped(content, content.tally.columns) });

export const files = (content: ReportContent): Html =>
  plot({ ...text.files, ...dropped(content, content.tally.files) });

/** What was dropped by domain, and the largest domains of all, with the error their counts may have. */
export function domains(content: ReportContent): Html {
  const { domains: all, droppedDomains } = content.tally;
  const linesOf = ({ top }: typeof all) =>
    top.map(({ domain, rows }) => ({ name: html`<bdi>${domain}</bdi>`, rows }));
  const notesOf = ({ error, otherRows }: typeof all) => [
    ...(otherRows > 0 ? [text.others(count(otherRows))] : []),
    ...(error > 0 ? [text.error(count(error))] : []),
  ];
  const rowsOf = ({ top }: typeof all) => top.map(({ rows }) => rows);
  return html`${plot({
    ...text.dropped,
    lines: linesOf(droppedDomains),
    of: { all: content.tally.outcomes.dropped ?? 0, words: text.share },
    notes: notesOf(droppedDomains),
  })}
${plot({
  ...text.domains,
  lines: linesOf(all),
  of: { all: content.tally.rows, words: text.shareOfAll },
  className: 'bars-all',
  notes: notesOf(all),
})}
${
  all.top.length < 2
    ? ''
    : ranks(
        [
          { className: 'all', name: text.domains.all, rows: rowsOf(all) },
          { className: 'dropped', name: text.domains.dropped, rows: rowsOf(droppedDomains) },
        ],
        { title: text.domains.plot, rank: text.domains.rank },
      )
}`;
}

/** Reserved before collection, or afterwards: whether the reservation could have been seen. */
export function reserved({ tally }: ReportContent): Html {
  const words = text.reserved;
  const lines = (['before', 'after', 'unknown'] as const).flatMap((when) => {
    const rows = tally.reserved[when].dropped ?? 0;
    return rows === 0 ? [] : [{ name: words[when], rows }];
  });
  if (lines.length === 0) return html``;
  const all = lines.reduce((sum, { rows }) => sum + rows, 0);
  return plot({
    heading: words.heading,
    column: words.column,
    lines: lines.toSorted((a, b) => b.rows - a.rows),
    of: { all, words: text.share },
    notes: [words.note],
  });
}
