import { type Usage, usages } from '../../consent/evidence.ts';
import type { OptOutView } from '../../http/schemas.ts';
import { listOf, time } from '../format.ts';
import { csrfField } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export type ConfirmModel =
  | { state: 'open'; token: string; optOut: OptOutView }
  | { state: 'invalid' | 'expired' | 'used' };

const shownMax = 20;
const kinds = ['domain', 'prefix', 'url', 'name', 'work'];
const names = new Intl.Collator('en', { numeric: true });

/** Behind the link of the letter: what will count, and the button that makes it count. A GET changes nothing. */
export function confirmPage(ctx: PageContext, model: ConfirmModel): Html {
  const text = en.optOut.confirm;
  if (model.state !== 'open') {
    const stale = text.stale[model.state];
    return layout(
      ctx,
      { title: stale.title },
      html`<h1>${stale.title}</h1>
<p>${stale.detail}</p>
<p>${rich(stale.next, { again: link('/opt-out', text.again), mine: link('/my', text.mine) })}</p>`,
    );
  }
  const { optOut, token } = model;
  return layout(
    ctx,
    { title: text.title },
    html`<h1>${text.title}</h1>
<p class="intro">${text.lead}</p>
<dl class="facts">
<div><dt>${text.name}</dt><dd><bdi>${optOut.name}</bdi>, ${optOut.role === 'owner' ? text.roleOwner : text.roleAgent}</dd></div>
<div><dt>${text.sentAt}</dt><dd>${time(optOut.createdAt, ctx.now)}</dd></div>
<div><dt>${text.says}</dt><dd>${said(optOut)}</dd></div>
<div><dt>${text.subjects}</dt><dd>${subjects(optOut)}</dd></div>
</dl>
<form action="/confirm/${encodeURIComponent(token)}" method="post">
${csrfField(ctx)}
<button type="submit">${text.button}</button>
</form>
<p class="hint">${text.after}</p>`,
  );
}

function said(optOut: OptOutView): Html {
  const text = en.optOut.confirm;
  const named = (preference: string) =>
    usages
      .filter((usage: Usage) => optOut.records.some((record) => record.usages[usage] === preference))
      .map((usage) => en.records.usages[usage].name);
  const no = named('disallow');
  const yes = named('allow');
  return html`${no.length === 0 ? '' : html`<p>${text.disallowed(listOf(no))}.</p>`}${
    yes.length === 0 ? '' : html`<p>${text.allowed(listOf(yes))}.</p>`
  }`;
}

function subjects(optOut: OptOutView): Html {
  const text = en.optOut.confirm;
  const sorted = optOut.records.toSorted(
    (a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || names.compare(a.label, b.label),
  );
  const shown = sorted.slice(0, shownMax);
  const rest = optOut.records.length - shown.length;
  return html`<ul class="plain">${shown.map(
    (record) => html`<li>${en.records.kinds[record.kind]}: <bdi class="label">${record.label}</bdi></li>`,
  )}${rest > 0 ? html`<li>${text.more(rest)}</li>` : ''}</ul>`;
}
