import type { Usage } from '../../consent/evidence.ts';
import type { DecisionView } from '../../http/schemas.ts';
import { shortHash, time, timeOnly } from '../format.ts';
import { copyButton } from '../forms.ts';
import { type Html, html, link, rich, webAddress } from '../html.ts';
import { badge, mark, type Tone } from '../marks.ts';
import type { PageContext } from '../page.ts';
import { check } from '../texts/en/check.ts';
import { records } from '../texts/en/records.ts';
import { type PictureAsked, pictureFacts, pictureHeading, pictureHints } from './answer-picture.ts';

const text = check.result;

/** What the answer is about: an address, or a picture. */
export type Asked = { agent: string; usage: Usage } & ({ url: string } | { picture: PictureAsked });

/** All an answer takes from its page, so that the browser's script can show one too. */
type Now = Pick<PageContext, 'now'>;

/** One decision, whole: what to do, what was said, where, in which words, and what was not looked at. */
export function answerSection(ctx: Now, asked: Asked, decision: DecisionView): Html {
  const isPicture = 'picture' in asked;
  return html`<section class="answer ${decision.verdict}" aria-labelledby="answer" tabindex="-1">
<h2 id="answer" class="unseen">${text.heading}</h2>
${isPicture ? pictureHeading(asked.picture) : html`<p class="subject"><bdi class="label" dir="ltr">${asked.url}</bdi></p>`}
<p class="verdict ${decision.verdict}">${mark(decision.verdict)}<strong>${verdictWord(decision)}</strong></p>
<p class="verdict-words">${verdictSentence(decision, isPicture)}</p>
${isPicture && decision.match !== undefined ? html`<p>${likeness(decision.match)}</p>` : ''}
${decision.contested ? html`<p>${badge('contested', text.contested.word)} ${text.contested.sentence}</p>` : ''}
<p class="act">${actSentence(decision)}</p>
<p class="hint">${rich(text.asked, {
    at: timeOnly(new Date(ctx.now).toISOString()),
    usage: html`<q>${records.usages[decision.usage].name}</q>`,
    agent: askedFor(asked.agent, decision),
  })}</p>
${isPicture ? pictureHints(asked.picture) : ''}
<dl class="facts">
${isPicture ? '' : html`<div><dt>${text.crawl.heading}</dt><dd>${crawl(decision)}</dd></div>`}
${decision.since === undefined ? '' : html`<div><dt>${text.since}</dt><dd>${time(decision.since, ctx.now)}</dd></div>`}
${decision.trust === undefined ? '' : html`<div><dt>${text.proof}</dt><dd>${records.trust[decision.trust]}</dd></div>`}
${isPicture ? pictureFacts(asked.picture) : ''}
</dl>
${reasons(ctx, decision)}
${warnings(decision)}
${notChecked(decision)}
${fine(ctx, asked, decision)}
<p>${rich(text.mine, { optOut: link('/opt-out', text.optOut) })}</p>
</section>`;
}

/** Our words for a code of the decision, or the code itself: a new one must not break the page. */
function known(words: Readonly<Record<string, string>>, code: string): string {
  return Object.hasOwn(words, code) ? (words[code] ?? code) : code;
}

function isClaimed({ verdict, reasons }: DecisionView): boolean {
  return (
    verdict === 'unknown' && reasons.some(({ effect }) => effect === 'possible' || effect === 'below-trust')
  );
}

function verdictWord(decision: DecisionView): string {
  return isClaimed(decision) ? text.verdicts.unknown.undecided : text.verdicts[decision.verdict].word;
}

function verdictSentence(decision: DecisionView, isPicture: boolean): string {
  const { verdict, usage } = decision;
  if (verdict === 'unknown') {
    const { any, possible, picture, pictureClaimed } = text.verdicts.unknown;
    if (isPicture) return isClaimed(decision) ? pictureClaimed : picture;
    return isClaimed(decision) ? possible : any;
  }
  return text.verdicts[verdict][usage];
}

/** A stop that does not come from the verdict comes from robots.txt. */
function actSentence({ act, verdict, crawl: said }: DecisionView): string {
  return act === 'stop' && verdict !== 'disallow' && said.verdict === 'disallow'
    ? text.acts.stopCrawl
    : text.acts[act];
}

function askedFor(agent: string, decision: DecisionView): Html {
  if (agent === '') return html`${text.forNobody}`;
  const name = html`<bdi class="label">${decision.agent?.token ?? agent}</bdi>`;
  const operator = decision.agent?.operator ?? null;
  return operator === null
    ? rich(text.forAgent, { agent: name })
    : rich(text.agentOf, { agent: name, operator: html`<bdi>${operator}</bdi>` });
}

const crawlTones: Record<DecisionView['crawl']['verdict'], Tone> = {
  allow: 'allow',
  disallow: 'disallow',
  unknown: 'unknown',
};

function crawl({ crawl: said }: DecisionView): Html {
  return html`${badge(crawlTones[said.verdict], text.crawl[said.verdict])}<p><bdi>${known(text.crawlReasons, said.reason)}</bdi></p>
${said.quote === undefined || said.reason === 'unreachable' ? '' : quote(said.quote)}
${said.where === undefined ? '' : html`<p class="hint">${place(said.where)}</p>`}`;
}

function quote(words: string): Html {
  return html`<blockquote class="quote"><code dir="auto">${words}</code></blockquote>`;
}

/** `https://example.com/robots.txt, line 12`: the address is a link, the rest stays words. */
function place(where: string): Html {
  const [address = '', ...rest] = where.split(', ');
  const href = webAddress(address);
  return href === null
    ? html`<bdi>${where}</bdi>`
    : html`<a href="${href}" rel="nofollow noreferrer"><bdi class="label">${address}</bdi></a>${rest.map((piece) => `, ${piece}`)}`;
}

function reasons(ctx: Now, decision: DecisionView): Html {
  if (decision.reasons.length === 0) return html`<h3>${text.reasons}</h3><p>${text.noReasons}</p>`;
  return html`<h3>${text.reasons}</h3>
<ol class="reasons">${decision.reasons.map((reason) => reasonItem(ctx, reason))}</ol>`;
}

function reasonItem(ctx: Now, reason: DecisionView['reasons'][number]): Html {
  const verb = [
    text.preferences[reason.preference],
    records.usages[reason.usage].name,
    known(text.effects, reason.effect),
  ].join(' · ');
  return html`<li>
<p><strong>${known(text.sources, reason.source)}</strong> <span class="said">${verb}</span></p>
${quote(reason.quote)}
${reason.match === undefined ? '' : html`<p>${likeness(reason.match)}</p>`}
${reason.contested === true ? html`<p>${badge('contested', text.contested.word)} ${records.contested}</p>` : ''}
<p class="hint">${said(ctx, reason)}${terms(reason)}</p>
</li>`;
}

/** How a registered picture is like the one that was asked about. */
function likeness({ kind, distance, variant, orientation }: NonNullable<DecisionView['match']>): Html {
  return rich(text.matchKinds[kind], {
    distance,
    variant: known(text.variants, variant),
    turn: known(text.turns, orientation),
  });
}

/** Who said it or where it was read, and since when. */
function said(ctx: Now, reason: DecisionView['reasons'][number]): Html {
  if (reason.record === undefined || reason.trust === undefined)
    return html`${place(reason.where)}. ${rich(text.readAt, { at: time(reason.observedAt, ctx.now) })}`;
  return html`${rich(text.saidSince, {
    said: records.said[reason.trust],
    since: timeOnly(reason.since ?? reason.observedAt),
  })} ${rich(records.reference, { id: html`<code>${reason.record}</code>` })}`;
}

function terms({ licence, contact }: DecisionView['reasons'][number]): Html {
  const href = licence === undefined ? null : webAddress(licence);
  const address = html`<bdi class="label">${licence}</bdi>`;
  return html`${
    licence === undefined
      ? ''
      : html` ${rich(records.licence, { licence: href === null ? address : html`<a href="${href}" rel="nofollow noreferrer">${address}</a>` })}`
  }${contact === undefined ? '' : html` ${rich(records.contact, { contact: html`<bdi class="label">${contact}</bdi>` })}`}`;
}

function warnings(decision: DecisionView): Html {
  if (decision.warnings.length === 0) return html``;
  return html`<h3>${text.warnings}</h3><ul>${decision.warnings.map((warning) => html`<li><bdi>${warning}</bdi></li>`)}</ul>`;
}

function notChecked(decision: DecisionView): Html {
  if (decision.notChecked.length === 0) return html``;
  return html`<h3>${text.notChecked}</h3><ul>${decision.notChecked.map(
    ({ source, why, retryAfter }) =>
      html`<li>${rich(text.notCheckedLine, { source: html`<strong>${known(text.sources, source)}</strong>`, why: html`<bdi>${known(text.whys, why)}</bdi>` })}${
        retryAfter === undefined ? '' : ` ${text.retry(retryAfter)}`
      }</li>`,
  )}</ul>`;
}

function fine(ctx: Now, asked: Asked, decision: DecisionView): Html {
  const query = new URLSearchParams(
    'picture' in asked ? { sha256: asked.picture.sha256 } : { url: asked.url },
  );
  query.set('usage', asked.usage);
  if (asked.agent !== '') query.set('agent', asked.agent);
  return html`<h3>${text.fine}</h3>
<dl class="facts">
<div><dt>${text.expires}</dt><dd>${time(decision.expiresAt, ctx.now)}</dd></div>
<div><dt>${text.policy}</dt><dd><span class="copyable"><code title="${decision.policy}">${shortHash(decision.policy)}</code>${copyButton(decision.policy, text.whatPolicy)}</span></dd></div>
${decision.asOf.length === 0 ? '' : html`<div><dt>${text.asOf}</dt><dd>${decision.asOf.map(({ origin, size }) => html`<p>${text.asOfLine(origin, size)}</p>`)}</dd></div>`}
<div><dt>${'picture' in asked ? text.picture.json : text.json}</dt><dd><a href="/v1/check?${query.toString()}"><code>/v1/check?…</code></a></dd></div>
</dl>`;
}
