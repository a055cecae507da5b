import type { Preference, Usage } from '../../consent/evidence.ts';
import type { SiteView } from '../../http/site.ts';
import { listOf } from '../format.ts';
import { type Html, html, rich } from '../html.ts';
import { badge } from '../marks.ts';
import { en } from '../texts/en.ts';
import { quoted, sentence, shortPlace } from './site-place.ts';

/** Shown on the page; the rest is in the JSON. */
const signalsShownMax = 60;
const mistakesShownMax = 40;

const text = en.siteCheck;

/** What was found, what does not go together, what is mistaken, and what others would read. */
export function siteFindings(report: SiteView): Html {
  return html`${signals(report)}${contradictions(report)}${mistakes(report)}${differences(report)}`;
}

function signals(report: SiteView): Html {
  const words = text.signals;
  const rest = report.signals.length - signalsShownMax;
  const columns = [words.where, words.words, words.says, words.to];
  return html`<section aria-labelledby="signals">
<h2 id="signals">${words.heading}</h2>
${
  report.signals.length === 0
    ? html`<p>${words.none}</p>`
    : html`<table class="stack signals" role="table">
<caption class="unseen">${words.caption}</caption>
<thead role="rowgroup"><tr role="row">${columns.map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}</tr></thead>
<tbody role="rowgroup">${report.signals.slice(0, signalsShownMax).map(
        (signal) => html`<tr role="row">
<th scope="row" role="rowheader">${shortPlace(report, signal.where)}</th>
<td role="cell" data-label="${words.words}"><div>${quoted(signal.quote)}</div></td>
<td role="cell" data-label="${words.says}"><div>${says(signal)}</div></td>
<td role="cell" data-label="${words.to}"><div>${signal.binds === null ? words.everybody : signal.binds.join(', ')}</div></td></tr>`,
      )}</tbody>
</table>`
}
${rest > 0 ? html`<p>${words.more(rest)}</p>` : ''}
</section>`;
}

function says({ says: said, possible }: SiteView['signals'][number]): Html {
  const words = text.signals;
  const line = (preference: Preference) => {
    const usages = said
      .filter((one) => one.preference === preference)
      .map(({ usage }) => words.usages[usage]);
    if (usages.length === 0) return '';
    const named = rich(words[preference], { usages: listOf(usages) });
    return html`<p class="${preference}">${named}</p>`;
  };
  return html`${line('disallow')}${line('allow')}${possible ? badge('contested', words.possible) : ''}`;
}

/** @returns the usages as the page names them. */
export function usageNames(usages: readonly Usage[]): string {
  return listOf(usages.map((usage) => text.signals.usages[usage]));
}

function fixLine(report: SiteView, fix: string | undefined): Html {
  return fix === undefined ? html`` : html`<p><strong>${text.mend}:</strong> ${sentence(report, fix)}</p>`;
}

function places(report: SiteView, found: readonly { where: string; quote: string }[]): Html {
  return html`${found.map(
    ({ where, quote }) =>
      html`<p class="said">${shortPlace(report, where)}${quote === '' ? '' : html`: ${quoted(quote)}`}</p>`,
  )}`;
}

function contradictions(report: SiteView): Html {
  const words = text.contradictions;
  return html`<section aria-labelledby="contradictions">
<h2 id="contradictions">${words.heading}</h2>
${
  report.contradictions.length === 0
    ? html`<p>${words.none}</p>`
    : html`<ul class="findings">${report.contradictions.map(
        (found) => html`<li><p>${sentence(report, found.message)}</p>
${places(report, found.places)}
${fixLine(report, found.fix)}</li>`,
      )}</ul>`
}
</section>`;
}

function mistakes(report: SiteView): Html {
  const words = text.mistakes;
  const rest = report.mistakes.length - mistakesShownMax;
  return html`<section aria-labelledby="mistakes">
<h2 id="mistakes">${words.heading}</h2>
${
  report.mistakes.length === 0
    ? html`<p>${words.none}</p>`
    : html`<ul class="findings">${report.mistakes.slice(0, mistakesShownMax).map(
        (found) => html`<li>${places(report, [found])}
<p>${sentence(report, found.message)}</p>
${fixLine(report, found.fix)}</li>`,
      )}</ul>`
}
${rest > 0 ? html`<p>${words.more(rest)}</p>` : ''}
</section>`;
}

function differences(report: SiteView): Html {
  const words = text.differences;
  const { state, found } = report.differences;
  const nothing =
    state === 'too-large' ? words.tooLarge : state === 'no-robots-txt' ? words.noFile : words.none;
  return html`<section aria-labelledby="differences">
<h2 id="differences">${words.heading}</h2>
<p>${words.lead}</p>
${
  found.length === 0
    ? html`<p>${nothing}</p>`
    : html`<ul class="findings">${found.map((one) => {
        const agents = one.agents.map((agent) => (agent === '*' ? words.everybody : agent));
        return html`<li><p>${sentence(report, one.message)}</p>
<p class="said">${rich(one.theirs === 'allow' ? words.opens : words.closes, {
          url: quoted(one.url),
          agents: html`<bdi>${listOf(agents)}</bdi>`,
        })}</p>
${fixLine(report, one.fix)}</li>`;
      })}</ul>`
}
</section>`;
}
