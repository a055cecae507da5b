import type { OptOutView, RecordView } from '../../http/schemas.ts';
import { moment } from '../format.ts';
import { csrfField } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';

export type EraseModel =
  | { what: 'record'; record: RecordView }
  | { what: 'opt-out'; optOut: OptOutView }
  | { what: 'everything'; email: string; records: number };

/** What erasing does and what stays, before it is done. */
export function erasePage(ctx: PageContext, model: EraseModel): Html {
  const text = en.mine.erase;
  const { title, body, field, receipt } = partsOf(model);
  return layout(
    ctx,
    { title },
    html`<h1>${title}</h1>
<p class="intro">${body}</p>
<h2>${text.gone.heading}</h2>
<p>${text.gone.body}</p>
${model.what === 'everything' ? html`<p>${text.gone.everything}</p>` : html`<p>${text.gone.last}</p>`}
<h2>${text.stays.heading}</h2>
<p>${text.stays.body}</p>
<p>${text.stays.others}</p>
${receipt === null ? '' : html`<p>${rich(text.receiptFirst, { receipt: link(receipt, text.receiptLink) })}</p>`}
<form method="post" action="/my/erase">${csrfField(ctx)}${field}
<button type="submit" class="danger">${text.button}</button>
<p><a href="/my">${text.keep}</a></p></form>`,
  );
}

function partsOf(model: EraseModel): { title: string; body: Html; field: Html; receipt: string | null } {
  const text = en.mine.erase;
  switch (model.what) {
    case 'record': {
      const { rid, label, log } = model.record;
      return {
        title: text.record.title,
        body: rich(text.record.body, { label: html`<bdi>${label}</bdi>` }),
        field: html`<input type="hidden" name="rid" value="${rid}">`,
        receipt: log === 'pending' ? null : `/my/receipt/record/${rid}`,
      };
    }
    case 'opt-out': {
      const { id, createdAt, records } = model.optOut;
      return {
        title: text.optOut.title,
        body: rich(text.optOut.body, {
          at: moment(createdAt),
          records: en.mine.erase.records(records.length),
        }),
        field: html`<input type="hidden" name="optOut" value="${id}">`,
        receipt: records.some(({ log }) => log !== 'pending') ? `/my/receipt/opt-out/${id}` : null,
      };
    }
    case 'everything':
      return {
        title: text.everything.title,
        body: rich(text.everything.body, {
          email: html`<bdi class="address">${model.email}</bdi>`,
          records: text.records(model.records),
        }),
        field: html`<input type="hidden" name="everything" value="1">`,
        receipt: null,
      };
  }
}

/** After the last of a creator is gone: there is nobody signed in any more. */
export function erasedPage(ctx: PageContext, model: { records: number }): Html {
  const text = en.mine.erase.done;
  return layout(
    ctx,
    { title: text.title },
    html`<h1>${text.title}</h1>
<p>${text.body(model.records)}</p>
<p>${en.mine.erase.stays.body}</p>
<p><a href="/">${en.problems.home}</a></p>`,
  );
}
