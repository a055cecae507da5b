import type { SiteView } from '../../http/site.ts';
import { listOf, timeOnly } from '../format.ts';
import { codeBlock } from '../forms.ts';
import { type Html, html, rich } from '../html.ts';
import { en } from '../texts/en.ts';
import { usageNames } from './site-findings.ts';
import { sentence, shortPlace } from './site-place.ts';

const text = en.siteCheck;

/** The texts that say "no AI training", channel by channel, each with a button that copies it. */
export function sitePaste(report: SiteView): Html {
  const words = text.paste;
  const { robots, items } = report.paste;
  const channels = Map.groupBy(items, ({ channel }) => channel);
  const hasRobots = report.files.some(({ source, state }) => source === 'robots.txt' && state === 'read');
  return html`<section aria-labelledby="paste" class="paste">
<h2 id="paste">${words.heading}</h2>
<p>${words.lead}</p>
<h3>${words.channels['robots.txt']}</h3>
<p>${hasRobots ? words.robotsWhere : words.robotsNew}</p>
${codeBlock(robots.text, words.what(words.channels['robots.txt']))}
${robots.beyond.map(
  ({ token, usages }) =>
    html`<p class="hint">${rich(words.beyondToken, { token: html`<bdi>${token}</bdi>`, usages: usageNames(usages) })}</p>`,
)}
${robots.notRepeated > 0 ? html`<p class="hint">${words.notRepeated(robots.notRepeated)}</p>` : ''}
${[...channels].map(
  ([channel, texts]) => html`<h3>${channelName(channel)}</h3>
${texts.map(
  (item, at) => html`${texts[at - 1]?.where === item.where ? '' : html`<p>${placeWords(item.where)}</p>`}
${codeBlock(item.text, words.what(`${channelName(channel)}, ${item.source}`))}
${item.beyond.length === 0 ? '' : html`<p class="hint">${rich(words.beyond, { usages: usageNames(item.beyond) })}</p>`}`,
)}`,
)}
${rslPaste(report.paste.rsl)}${xmpPaste(report.paste.xmp)}
</section>`;
}

function rslPaste(rsl: SiteView['paste']['rsl']): Html {
  if (rsl === null) return html``;
  const words = text.paste.rsl;
  return html`<h3>${words.name}</h3>
<p>${rich(words.document, { where: html`<code>${rsl.path}</code>` })}</p>
${codeBlock(rsl.document, words.what)}
<p>${words.point}</p>
${[rsl.robotsLine, rsl.header, rsl.element].map((pointer, at) => codeBlock(pointer, words.pointers[at] ?? words.what))}`;
}

function xmpPaste(xmp: SiteView['paste']['xmp']): Html {
  if (xmp === null) return html``;
  const words = text.paste.xmp;
  const command = xmp.exiftool === null ? null : `exiftool ${xmp.exiftool} *.jpg`;
  return html`<h3>${words.name}</h3>
${command === null ? '' : html`<p>${words.exiftool}</p>${codeBlock(command, words.command)}`}
<p>${words.packet}</p>
${codeBlock(xmp.packet, words.what)}`;
}

function channelName(channel: string): string {
  const names: Record<string, string> = text.paste.channels;
  return names[channel] ?? channel;
}

function placeWords(where: string): Html {
  if (where.startsWith('/')) return rich(text.paste.file, { where: html`<code>${where}</code>` });
  return html`${where === 'response header' ? text.paste.header : text.paste.head}`;
}

/** Which files there are, and what was not looked at, so that silence is never taken for an answer. */
export function siteRead(report: SiteView): Html {
  const words = text.read;
  const late = report.notChecked.filter(({ why }) => why === 'not-fetched-yet').map(({ source }) => source);
  const complex = report.notChecked.filter(({ why }) => why === 'too-complex');
  return html`<section aria-labelledby="read">
<h2 id="read">${words.heading}</h2>
<dl class="facts">${report.files.map(
    ({ url, state, status, observedAt }) =>
      html`<div><dt><bdi class="label" dir="ltr">${shortPlace(report, url)}</bdi></dt><dd>${rich(
        words.states[state],
        {
          at: timeOnly(observedAt),
        },
      )}${status === null ? '' : html`, ${rich(words.status, { status })}`}</dd></div>`,
  )}
<div><dt>${words.page}</dt><dd>${pageWords(report)}</dd></div></dl>
${late.length === 0 ? '' : html`<p>${rich(words.missing, { sources: listOf([...new Set(late)].map(sourceName)) })}</p>`}
${complex.map(({ source }) => html`<p>${rich(words.tooComplex, { source })}</p>`)}
</section>`;
}

function sourceName(source: string): string {
  const names: Record<string, string> = text.read.sources;
  return names[source] ?? source;
}

function pageWords(report: SiteView): Html {
  const words = text.read;
  const { page } = report;
  if (page === null) return html`${words.notRead}`;
  return html`${rich(words.pageStates[page.state], { at: timeOnly(page.observedAt) })}${
    page.status === null ? '' : html`, ${rich(words.status, { status: page.status })}`
  }${page.note === null ? '' : html`<p class="kind">${sentence(report, page.note)}</p>`}${
    page.cut ? html`<p class="kind">${words.cut}</p>` : ''
  }`;
}
