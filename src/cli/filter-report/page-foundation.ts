import type { ReportContent } from '../../datasets/report/content.ts';
import { count, timeOnly } from '../../web/format.ts';
import { type Html, html, rich } from '../../web/html.ts';
import type { ReportPage } from './page.ts';
import { words } from './page-words.ts';
import { scrolling } from './plots.ts';

const text = words.fine;
const filesShownMax = 200;

const code = (value: string): Html => html`<code>${value}</code>`;
const fact = (name: string, values: readonly (Html | string)[]): Html =>
  html`<div><dt>${name}</dt><dd>${values.map((value) => html`<p>${value}</p>`)}</dd></div>`;

/** What the run rests on: registry, rules, licences, files, each with what identifies it. */
export function foundation({ content, digest }: ReportPage): Html {
  const { policies, licences, options, versions, builder, inputs, outputs } = content;
  return html`<h2>${text.heading}</h2>
<dl>
${source(content.source)}
${fact(text.policies, policies.map(code))}
${fact(text.licences, [
  licences === null
    ? text.noLicences
    : rich(text.licencesState, {
        name: html`<bdi>${licences.name}</bdi>`,
        entries: count(licences.entries),
        digest: code(licences.sha256),
      }),
])}
${fact(
  text.options,
  Object.entries(options).map(([name, value]) => code(`${name}: ${JSON.stringify(value)}`)),
)}
${fact(text.versions, [`withhold ${versions.withhold}, Node ${versions.node}`])}
${fact(text.key, [code(builder)])}
${fact(text.report, [code(digest)])}
</dl>
${fileTable(text.inputs, inputs)}
${fileTable(text.outputs, outputs)}`;
}

function source(from: ReportContent['source']): Html {
  if (from.kind === 'server') {
    return html`${fact(text.server, [code(from.url)])}${fact(
      text.registry,
      from.asOf.map(({ origin, last }) =>
        rich(text.registryState, {
          origin: html`<bdi>${origin}</bdi>`,
          size: count(last.size),
          root: code(last.root ?? ''),
        }),
      ),
    )}`;
  }
  return html`${fact(text.registry, [
    rich(text.registryState, {
      origin: html`<bdi>${from.origin}</bdi>`,
      size: count(from.size),
      root: code(from.root),
    }),
  ])}${fact(text.snapshot, [
    rich(text.snapshotState, {
      at: timeOnly(from.at),
      until: timeOnly(from.notAfter),
      digest: code(from.manifest),
    }),
  ])}`;
}

interface File {
  name: string;
  bytes: number | null;
  sha256: string | null;
  rows?: number;
}

function fileTable(caption: string, files: readonly File[]): Html {
  if (files.length === 0) return html``;
  const hasRows = files.some(({ rows }) => rows !== undefined);
  const rest = files.length - filesShownMax;
  return html`<h2>${caption}</h2>${scrolling(
    caption,
    html`<table>
<thead><tr><th scope="col">${text.name}</th><th scope="col" class="n">${text.bytes}</th>${hasRows ? html`<th scope="col" class="n">${words.plots.rows}</th>` : ''}<th scope="col">${text.digest}</th></tr></thead>
<tbody>${files
      .slice(0, filesShownMax)
      .map(
        ({ name, bytes, rows, sha256 }) =>
          html`<tr><th scope="row"><bdi>${name}</bdi></th><td class="n">${bytes === null ? '' : count(bytes)}</td>${hasRows ? html`<td class="n">${count(rows ?? 0)}</td>` : ''}<td>${sha256 === null ? text.noDigest : code(sha256)}</td></tr>`,
      )}</tbody>
</table>`,
  )}${rest > 0 ? html`<p class="soft">${words.plots.moreElsewhere(count(rest))}</p>` : ''}`;
}
