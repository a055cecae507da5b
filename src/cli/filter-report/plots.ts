import { type Html, html, raw } from '../../web/html.ts';

/** Drawings of the report: numbers in, SVG out. No text of others ever reaches this file. */

const shares = new Intl.NumberFormat('en-GB', { style: 'percent', maximumSignificantDigits: 3 });
const shareMin = 0.0001;

/** A share in percent, in as many digits as anybody reads. */
export function shareOf(rows: number, all: number): string {
  if (rows === 0 || all === 0) return shares.format(0);
  return rows / all < shareMin ? `< ${shares.format(shareMin)}` : shares.format(rows / all);
}

/** A table that scrolls within itself where it is too wide, also by keyboard. */
export function scrolling(name: string, table: Html): Html {
  return html`<div class="scroll" role="group" aria-label="${name}" tabindex="0">${table}</div>`;
}

/** A bar of a share from 0 to 1, as wide as its cell. */
export function bar(share: number): Html {
  const width = Math.max(0, Math.min(1, share)) * 100;
  const shown = width > 0 ? Math.max(width, 0.5) : 0;
  return raw(
    `<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false"><path d="M0 0H${shown.toFixed(2)}V10H0z"/></svg>`,
  ) as Html;
}

/** One bar made of parts, each with a class of its own; parts without rows are left out. */
export function stack(parts: readonly { className: string; rows: number }[]): Html {
  const all = parts.reduce((sum, { rows }) => sum + rows, 0);
  let from = 0;
  const drawn = parts.flatMap(({ className, rows }) => {
    if (rows === 0) return [];
    const width = Math.max((rows / all) * 1000, 2);
    const path = `<path class="${className}" d="M${from.toFixed(1)} 0h${width.toFixed(1)}v24h-${width.toFixed(1)}z"/>`;
    from += width;
    return [path];
  });
  return raw(
    `<svg class="stack" viewBox="0 0 ${Math.max(from, 1).toFixed(1)} 24" preserveAspectRatio="none" aria-hidden="true" focusable="false">${drawn.join('')}</svg>`,
  ) as Html;
}

const [left, top, width, height] = [84, 10, 560, 240];

/** Rows over rank, both logarithmic, of several rankings; the numbers of each most first. */
export function ranks(
  drawn: readonly { className: 'all' | 'dropped'; name: string; rows: readonly number[] }[],
  words: { title: string; rank: string },
): Html {
  const most = Math.max(10, ...drawn.map(({ rows }) => rows[0] ?? 0));
  const last = Math.max(10, ...drawn.map(({ rows }) => rows.length));
  const atX = (rank: number) => left + (width * Math.log10(rank)) / Math.log10(last);
  const atY = (rows: number) => top + height - (height * Math.log10(Math.max(rows, 1))) / Math.log10(most);
  const powers = (max: number) => Array.from({ length: Math.floor(Math.log10(max)) + 1 }, (_, n) => 10 ** n);
  const gridX = powers(last).map(
    (tick) =>
      `<path class="g" d="M${atX(tick).toFixed(1)} ${top}v${height}"/>${text(atX(tick), top + height + 18, tick, 'middle')}`,
  );
  const gridY = powers(most).map(
    (tick) =>
      `<path class="g" d="M${left} ${atY(tick).toFixed(1)}h${width}"/>${text(left - 8, atY(tick) + 4, tick, 'end')}`,
  );
  const curves = drawn.map(({ className, rows }) => {
    const points = rows.map((each, at) => `${atX(at + 1).toFixed(1)} ${atY(each).toFixed(1)}`);
    if (points.length === 1) points.push(points[0] as string);
    return points.length === 0 ? '' : `<path class="line ${className}" d="M${points.join('L')}"/>`;
  });
  return html`<figure class="ranks"><svg viewBox="0 0 ${left + width + 16} ${top + height + 28}" role="img" aria-label="${words.title}">${raw([...gridX, ...gridY, ...curves].join(''))}</svg>
<figcaption>${words.title}. ${drawn.map(({ className, name }) => html`<span class="key ${className}">${name}</span> `)}<br>${words.rank}</figcaption></figure>`;
}

function text(x: number, y: number, value: number, anchor: 'middle' | 'end'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${value.toLocaleString('en-GB')}</text>`;
}
