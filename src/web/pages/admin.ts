import { day, time, timeOnly } from '../format.ts';
import { choices, copyButton, csrfField, errorSummary, type FieldError, field } from '../forms.ts';
import { type Html, html, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export const keyScopes = ['check', 'feed', 'admin'] as const;
export type KeyScope = (typeof keyScopes)[number];

export interface AdminKey {
  id: string;
  hint: string;
  scopes: KeyScope[];
  createdAt: string;
  revokedAt: string | null;
}

export interface HeldRecord {
  rid: string;
  kind: 'work' | 'url' | 'prefix' | 'domain' | 'name';
  label: string;
  updated: string;
}

export interface AdminModel {
  consumers: { id: string; name: string; keys: AdminKey[] }[];
  quarantined: HeldRecord[];
  values: { name: string; scopes: KeyScope[] };
  errors: FieldError[];
  /** Just made: shown on this page and never again. */
  newKey?: { consumer: string; key: string };
  notice?: 'revoked' | 'released' | 'rejected';
}

/** The operator's page: who may ask how, and what is held for review. */
export function adminPage(ctx: PageContext, model: AdminModel): Html {
  const text = en.admin;
  return layout(
    ctx,
    { title: text.title, wide: true, failed: model.errors.length > 0 },
    html`${errorSummary(model.errors)}
${model.notice === undefined ? '' : html`<p class="notice" role="status" tabindex="-1" data-focus>${text.notices[model.notice]}</p>`}
<h1>${text.title}</h1>
${model.newKey === undefined ? '' : shownOnce(model.newKey)}
${quarantine(ctx, model)}
<h2>${text.consumers.heading}</h2>
${model.consumers.length === 0 ? html`<p>${text.consumers.none}</p>` : model.consumers.map((consumer) => keys(ctx, consumer))}
${addKey(ctx, model)}`,
  );
}

function shownOnce({ consumer, key }: { consumer: string; key: string }): Html {
  const text = en.admin.shown;
  return html`<section class="shown-once" aria-labelledby="shown" tabindex="-1" data-focus>
<h2 id="shown">${rich(text.heading, { name: html`<bdi>${consumer}</bdi>` })}</h2>
<p class="copyable"><code>${key}</code>${copyButton(key, text.what)}</p>
<p>${text.body}</p></section>`;
}

function keys(ctx: PageContext, consumer: AdminModel['consumers'][number]): Html {
  const text = en.admin.consumers;
  if (consumer.keys.length === 0) return html`<h3><bdi>${consumer.name}</bdi></h3><p>${text.noKeys}</p>`;
  return html`<h3><bdi>${consumer.name}</bdi></h3>
<form action="/admin/keys/revoke" method="post">${csrfField(ctx)}
<div class="table" tabindex="0" role="region" aria-label="${text.caption(consumer.name)}"><table>
<caption class="unseen">${text.caption(consumer.name)}</caption>
<thead><tr><th scope="col">${text.key}</th><th scope="col">${text.scopes}</th><th scope="col">${text.made}</th><th scope="col">${text.state}</th><th scope="col">${text.action}</th></tr></thead>
<tbody>${consumer.keys.map(
    (key) => html`<tr>
<th scope="row"><code>${key.hint}</code></th>
<td>${key.scopes.join(', ')}</td>
<td><time datetime="${key.createdAt}">${day(key.createdAt)}</time></td>
<td>${key.revokedAt === null ? text.inUse : rich(text.revoked, { at: timeOnly(key.revokedAt) })}</td>
<td>${key.revokedAt === null ? html`<button type="submit" class="quiet" name="key" value="${key.id}" aria-label="${text.revokeWhat(key.hint)}">${text.revoke}</button>` : ''}</td>
</tr>`,
  )}</tbody></table></div></form>`;
}

function addKey(ctx: PageContext, { values, errors }: AdminModel): Html {
  const text = en.admin.add;
  return html`<section class="add-key" aria-labelledby="add"><h2 id="add">${text.heading}</h2>
<form action="/admin/keys" method="post" novalidate>${csrfField(ctx)}
${field({ id: 'name', label: text.name, hint: text.nameHint, value: values.name, errors, required: true })}
${choices({
  name: 'scopes',
  legend: text.scopes,
  type: 'checkbox',
  chosen: values.scopes,
  errors,
  choices: keyScopes.map((scope) => ({
    value: scope,
    label: html`<code>${scope}</code> ${text.scope[scope]}`,
  })),
})}
<button type="submit">${text.button}</button></form></section>`;
}

function quarantine(ctx: PageContext, { quarantined }: AdminModel): Html {
  const text = en.admin.quarantine;
  if (quarantined.length === 0) return html`<h2>${text.heading}</h2><p>${text.none}</p>`;
  return html`<h2>${text.heading}</h2>
<p>${text.why}</p>
<form action="/admin/records/release" method="post">${csrfField(ctx)}
<div class="table" tabindex="0" role="region" aria-label="${text.caption}"><table>
<caption class="unseen">${text.caption}</caption>
<thead><tr><th scope="col">${text.record}</th><th scope="col">${text.id}</th><th scope="col">${text.since}</th><th scope="col">${text.action}</th></tr></thead>
<tbody>${quarantined.map(
    (record) => html`<tr>
<th scope="row"><span class="kind">${en.records.kinds[record.kind]}</span> <bdi class="label">${record.label}</bdi></th>
<td><code>${record.rid}</code></td><td>${time(record.updated, ctx.now)}</td>
<td class="actions"><button type="submit" class="quiet" name="rid" value="${record.rid}" aria-label="${text.releaseWhat(record.label)}">${text.release}</button>
<button type="submit" class="quiet" formaction="/admin/records/reject" name="rid" value="${record.rid}" aria-label="${text.rejectWhat(record.label)}">${text.reject}</button></td>
</tr>`,
  )}</tbody></table></div></form>`;
}
