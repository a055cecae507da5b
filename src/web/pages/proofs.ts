import type { OptOutView, ProofView } from '../../http/schemas.ts';
import { time, timeOnly } from '../format.ts';
import { copyable, csrfField } from '../forms.ts';
import { type Html, html, rich } from '../html.ts';
import { mark } from '../marks.ts';
import type { PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

/** What still needs proof, and how to give it; then what is proven already. */
export function proofsSection(ctx: PageContext, optOut: OptOutView): Html {
  const open = optOut.proofs.filter((proof) => proof.state !== 'found');
  const found = optOut.proofs.filter((proof) => proof.state === 'found');
  return html`${open.map((proof) => openProof(ctx, optOut, proof))}${found.length === 0 ? '' : provenList(ctx, found)}`;
}

function openProof(ctx: PageContext, optOut: OptOutView, proof: ProofView): Html {
  const text = en.mine.proof;
  const waiting = optOut.records.filter((record) => record.needs === proof.host).length;
  const host = html`<bdi>${proof.host}</bdi>`;
  const fact = (term: string, value: Html) => html`<div><dt>${term}</dt><dd>${value}</dd></div>`;
  return html`<section class="proof" aria-label="${proof.host}">
<h3>${rich(text.heading, { host })}</h3>
${proof.state === 'lost' ? html`<p class="notice missing">${rich(text.lost, { host })}</p>` : ''}
${waiting === 0 ? '' : html`<p>${text.why(waiting)}</p>`}
<div class="ways">
<div><h4>${text.dns.heading}</h4>
<p>${rich(text.dns.body)}</p>
<dl class="facts">
${fact(text.dns.name, copyable(proof.dns.name, text.dns.whatName))}
${fact(text.dns.type, html`<code>${proof.dns.type}</code>`)}
${fact(text.dns.value, copyable(proof.dns.value, text.dns.whatValue))}
</dl></div>
<div><h4>${text.file.heading}</h4>
<p>${text.file.body}</p>
<dl class="facts">
${fact(text.file.url, copyable(proof.wellKnown.url, text.file.whatUrl))}
${fact(text.file.content, copyable(proof.wellKnown.body, text.file.whatBody))}
</dl></div>
</div>
<div class="look">
<form action="/my/proofs/check" method="post">${csrfField(ctx)}
<input type="hidden" name="optOut" value="${optOut.id}"><input type="hidden" name="host" value="${proof.host}">
<button type="submit" aria-label="${text.checkHost(proof.host)}">${text.check}</button></form>
<p class="hint">${lastLook(ctx, proof)}</p>
</div>
</section>`;
}

function lastLook(ctx: PageContext, proof: ProofView): Html {
  const text = en.mine.proof;
  if (proof.checkedAt === null) return html`${text.notLooked}`;
  const at = time(proof.checkedAt, ctx.now);
  return proof.detail === null
    ? rich(text.lastLookPlain, { at })
    : rich(text.lastLook, { at, detail: html`<bdi>${proof.detail}</bdi>` });
}

function provenList(ctx: PageContext, found: readonly ProofView[]): Html {
  const text = en.mine.proof;
  return html`<section class="proven"><h3>${text.proven}</h3>
<ul class="plain">${found.map((proof) => {
    const method = proof.method ?? '';
    const how =
      method === 'dns' || method === 'well-known' ? text.how[method] : rich(text.how.other, { method });
    return html`<li><span class="allow">${mark('allow')}</span> ${rich(text.provenLine, {
      host: html`<strong><bdi>${proof.host}</bdi></strong>`,
      how: html`${how}`,
      at: timeOnly(proof.foundAt ?? proof.checkedAt ?? new Date(ctx.now).toISOString()),
    })}</li>`;
  })}</ul>
<p class="hint">${text.recheck}</p></section>`;
}
