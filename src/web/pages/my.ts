import type { OptOutView, RecordView, ReportedView } from '../../http/schemas.ts';
import { listOf, moment, timeOnly } from '../format.ts';
import { csrfField, errorSummary, type FieldError, field } from '../forms.ts';
import { type Html, html, link, rich, webAddress } from '../html.ts';
import { badge } from '../marks.ts';
import { layout, type PageContext } from '../page.ts';
import { type Heap, isWithdrawable, recordState, told } from '../record-state.ts';
import { en } from '../texts/en.ts';
import { proofsSection } from './proofs.ts';

export type MyNotice =
  | { what: 'confirmed' }
  | { what: 'withdrawn' | 'restored' | 'erased'; records: number }
  | { what: 'found' | 'missing'; host: string };

export type MyModel =
  | { signedIn: false; email: string; errors: FieldError[] }
  | { signedIn: true; email: string; optOuts: OptOutView[]; notice?: MyNotice };

/** A creator's opt-outs, or the field that asks for the link to them. */
export function myPage(ctx: PageContext, model: MyModel): Html {
  return model.signedIn ? list(ctx, model) : ask(ctx, model);
}

function ask(ctx: PageContext, model: { email: string; errors: FieldError[] }): Html {
  const text = en.mine;
  return layout(
    ctx,
    { title: text.title, failed: model.errors.length > 0 },
    html`${errorSummary(model.errors)}
<h1>${text.title}</h1>
<p class="intro">${text.ask.lead}</p>
<form action="/my/link" method="post" novalidate>
${csrfField(ctx)}
${field({
  id: 'email',
  label: text.ask.email,
  hint: text.ask.hint,
  type: 'email',
  value: model.email,
  errors: model.errors,
  autocomplete: 'email',
  required: true,
})}
<button type="submit">${text.ask.button}</button>
</form>`,
  );
}

/** After asking for a link: the same words whether the address is known or not. */
export function linkSentPage(ctx: PageContext, model: { email: string }): Html {
  const text = en.mine.asked;
  return layout(
    ctx,
    { title: text.title },
    html`<h1>${text.title}</h1>
<p>${rich(text.body, { email: html`<strong class="address"><bdi>${model.email}</bdi></strong>` })}</p>
<p>${rich(text.again, { again: link('/my', text.againLink) })}</p>
${
  ctx.development
    ? html`<p class="note">${rich(en.optOut.sent.outbox, { outbox: link('/outbox', en.optOut.sent.outboxLink) })}</p>`
    : ''
}`,
  );
}

function list(ctx: PageContext, model: { email: string; optOuts: OptOutView[]; notice?: MyNotice }): Html {
  const text = en.mine;
  return layout(
    ctx,
    { title: text.title, wide: true },
    html`${model.notice === undefined ? '' : notice(model.notice)}
<h1>${text.title}</h1>
<div class="beside">
<p>${rich(text.signedInAs, { email: html`<bdi class="address">${model.email}</bdi>` })}</p>
<form action="/my/sign-out" method="post">${csrfField(ctx)}<button type="submit" class="quiet">${text.signOut}</button></form>
</div>
${
  model.optOuts.length === 0
    ? html`<h2>${text.none.heading}</h2><p>${text.none.body}</p><p><a class="button" href="/opt-out">${text.none.button}</a></p>`
    : html`${model.optOuts.map((optOut) => section(ctx, optOut))}<p class="end"><a href="/opt-out">${text.add}</a></p>
<p><a href="/my/erase">${text.erase.linkEverything}</a></p>`
}`,
  );
}

function notice(said: MyNotice): Html {
  const text = en.mine.notices;
  const words = (): Html | string => {
    switch (said.what) {
      case 'confirmed':
        return text.confirmed;
      case 'withdrawn':
        return text.withdrawn(said.records);
      case 'restored':
        return text.restored(said.records);
      case 'erased':
        return text.erased(said.records);
      default:
        return rich(text[said.what], { host: html`<bdi>${said.host}</bdi>` });
    }
  };
  return html`<p class="${said.what === 'missing' ? 'notice missing' : 'notice'}" role="status" tabindex="-1" data-focus>${words()}</p>`;
}

function section(ctx: PageContext, optOut: OptOutView): Html {
  const text = en.mine.optOut;
  const parts = {
    name: html`<bdi>${optOut.name}</bdi>`,
    role: optOut.role === 'owner' ? text.owner : text.agent,
    at: timeOnly(optOut.confirmedAt ?? optOut.createdAt),
  };
  const common = commonlyTold(optOut);
  const shared = sharedExtras(optOut.records);
  return html`<section class="opt-out" id="${optOut.id}" aria-labelledby="${optOut.id}-title">
<h2 id="${optOut.id}-title">${text.heading(moment(optOut.createdAt))}</h2>
<p>${rich(optOut.confirmedAt === null ? text.notConfirmed : text.inTheNameOf, parts)}</p>
${common === null ? '' : html`<p>${rich(common.inForce ? en.records.told : en.records.willBeTold, { told: common.words })}</p>`}
${shared === null ? '' : html`<p class="hint">${extras(shared)}</p>`}
${tally(optOut)}
${reportedOfAll(optOut.records)}
${proofsSection(ctx, optOut)}
<h3>${text.records}</h3>
<form method="post" action="/my/withdraw">
${csrfField(ctx)}<input type="hidden" name="optOut" value="${optOut.id}">
${recordList(inOrder(optOut.records), { told: common?.words ?? '', extras: shared !== null })}
</form>
${withdrawAll(ctx, optOut)}
${keeping(optOut)}
</section>`;
}

/** What most records of an opt-out say, and whether any of them says it already. */
function commonlyTold(optOut: OptOutView): { words: string; inForce: boolean } | null {
  const counts = new Map<string, number>();
  for (const record of optOut.records) {
    const words = told(record.usages);
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  if (most === undefined) return null;
  return { words: most[0], inForce: optOut.records.some((record) => record.effect !== 'none') };
}

const heaps: Heap[] = ['decides', 'possible', 'waiting', 'held', 'gone', 'other'];

function tally(optOut: OptOutView): Html {
  const numbers = new Map<Heap, number>();
  for (const record of optOut.records) {
    const { heap } = recordState(record);
    numbers.set(heap, (numbers.get(heap) ?? 0) + 1);
  }
  return html`<ul class="tally">${heaps.flatMap((heap) => {
    const n = numbers.get(heap) ?? 0;
    return n === 0 ? [] : [html`<li class="${heap}">${en.mine.optOut.summary[heap](n)}</li>`];
  })}</ul>`;
}

const reports = ['removed', 'licensed', 'disputed'] as const;

/** What those who build datasets have reported of one record. */
function reportedOf(reported: ReportedView): Html {
  const text = en.mine.optOut.reported;
  const said = reports.flatMap((what) => {
    const { datasets, copies } = reported[what];
    return copies === 0 ? [] : [text[what](datasets, copies)];
  });
  return said.length === 0 ? html`` : html`<p>${text.lead} ${listOf(said)}.</p>`;
}

/** The same of all records of an opt-out; datasets cannot be added, since one may hold several of them. */
function reportedOfAll(records: readonly RecordView[]): Html {
  const text = en.mine.optOut.reported;
  const said = reports.flatMap((what) => {
    const copies = records.reduce((sum, { reported }) => sum + reported[what].copies, 0);
    return copies === 0 ? [] : [text.all[what](copies)];
  });
  return said.length === 0 ? html`` : html`<p>${text.lead} ${listOf(said)}.</p>`;
}

const firstToLast: Heap[] = ['waiting', 'held', 'possible', 'other', 'decides', 'gone'];
const names = new Intl.Collator('en', { numeric: true });

/** What waits for the creator first, what is over last; by name within. */
function inOrder(records: readonly RecordView[]): RecordView[] {
  return records
    .map((record) => ({ record, place: firstToLast.indexOf(recordState(record).heap) }))
    .sort((a, b) => a.place - b.place || names.compare(a.record.label, b.record.label))
    .map(({ record }) => record);
}

const shownFirst = 25;

/** What the opt-out says above its list, so that its records need not. */
interface Common {
  told: string;
  extras: boolean;
}

function recordList(records: readonly RecordView[], common: Common): Html {
  const item = (record: RecordView) => recordItem(record, common);
  const rest = records.slice(shownFirst);
  return html`<ul class="records">${records.slice(0, shownFirst).map(item)}</ul>
${
  rest.length === 0
    ? ''
    : html`<details class="rest"><summary>${en.mine.optOut.more(rest.length)}</summary><ul class="records">${rest.map(item)}</ul></details>`
}`;
}

function recordItem(record: RecordView, common: Common): Html {
  const text = en.mine.optOut;
  const words = en.records;
  const state = recordState(record);
  const said = told(record.usages);
  const address = record.kind === 'url' || record.kind === 'prefix' ? webAddress(record.label) : null;
  const label = html`<bdi class="label">${record.label}</bdi>`;
  return html`<li class="record">
<div class="what"><span class="kind">${words.kinds[record.kind]}</span>
${address === null ? label : html`<a href="${address}" rel="nofollow noreferrer">${label}</a>`}</div>
<div class="how">${badge(state.tone, state.word)}
<p>${state.sentence}${said === common.told || state.heap === 'gone' ? '' : html` ${rich(state.heap === 'decides' || state.heap === 'possible' ? words.told : words.willBeTold, { told: said })}`}</p>
${record.exactOnly === null ? '' : html`<p>${rich(words.exactOnly.lead, { why: weakness(record.exactOnly) })}</p>`}
${record.contested ? html`<p>${badge('contested', en.check.result.contested.word)} ${words.contested}</p>` : ''}
${reportedOf(record.reported)}
<p class="hint">${common.extras ? '' : extras(record)}${record.log === 'pending' ? '' : html`${words.logAt(record.log)} <a href="/my/receipt/record/${record.rid}" aria-label="${en.mine.receipt.recordWhat(record.label)}">${en.mine.receipt.record}</a>`}</p></div>
<div class="do">${action(record, text)}<a href="/my/erase?rid=${record.rid}" aria-label="${en.mine.erase.linkWhat(record.label)}">${en.mine.erase.link}</a></div>
</li>`;
}

function weakness(reason: string): string {
  const words = en.records.exactOnly;
  return Object.hasOwn(words, reason) ? words[reason as keyof typeof words] : words.other;
}

type Extras = Pick<RecordView, 'except' | 'licence' | 'contact'>;

/** What every record of an opt-out says beside its preferences, or null when they differ. */
function sharedExtras(records: readonly RecordView[]): Extras | null {
  const said = records.map(({ except, licence, contact }) => ({ except, licence, contact }));
  return new Set(said.map((each) => JSON.stringify(each))).size === 1 ? (said[0] ?? null) : null;
}

function extras({ except, licence, contact }: Extras): Html {
  const words = en.records;
  const address = licence === null ? null : webAddress(licence);
  const terms = html`<bdi>${licence}</bdi>`;
  const sentences = [
    except.length === 0 ? null : rich(words.except, { operators: html`<bdi>${except.join(', ')}</bdi>` }),
    licence === null
      ? null
      : rich(words.licence, {
          licence:
            address === null ? terms : html`<a href="${address}" rel="nofollow noreferrer">${terms}</a>`,
        }),
    contact === null ? null : rich(words.contact, { contact: html`<bdi>${contact}</bdi>` }),
  ];
  return html`${sentences.map((each) => (each === null ? '' : html`${each} `))}`;
}

function action(record: RecordView, text: typeof en.mine.optOut): Html {
  if (record.state === 'withdrawn')
    return html`<button type="submit" class="quiet" formaction="/my/restore" name="rid" value="${record.rid}" aria-label="${text.restoreWhat(record.label)}">${text.restore}</button>`;
  if (isWithdrawable(record))
    return html`<button type="submit" class="quiet" name="rid" value="${record.rid}" aria-label="${text.withdrawWhat(record.label)}">${text.withdraw}</button>`;
  return html``;
}

/** What a creator can keep of an opt-out, and how to make the registry keep nothing. */
function keeping(optOut: OptOutView): Html {
  const { receipt, erase } = en.mine;
  const isLogged = optOut.records.some(({ log }) => log !== 'pending');
  return html`${
    isLogged
      ? html`<p><a href="/my/receipt/opt-out/${optOut.id}">${receipt.optOut}</a></p><p class="hint">${receipt.hint}</p>`
      : ''
  }<p><a href="/my/erase?optOut=${optOut.id}">${erase.linkOptOut}</a></p>`;
}

function withdrawAll(ctx: PageContext, optOut: OptOutView): Html {
  const text = en.mine.optOut.withdrawAll;
  const all = optOut.records.filter(isWithdrawable).length;
  if (all < 2) return html``;
  return html`<details class="withdraw-all"><summary>${text.summary}</summary>
<form method="post" action="/my/withdraw-all">${csrfField(ctx)}
<input type="hidden" name="optOut" value="${optOut.id}">
<p>${text.body(all)}</p>
<button type="submit" class="danger">${text.button}</button></form></details>`;
}
