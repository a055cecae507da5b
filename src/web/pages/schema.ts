import { type Html, html, rich } from '../html.ts';
import { type OpenApiDocument, refName, type Schema } from '../openapi.ts';
import { en } from '../texts/en.ts';

const text = en.docs;

/** A schema's type in words: `array of Decision`, `string or null`, with links to named schemas. */
export function typeOf(schema: Schema): Html {
  if (schema.$ref !== undefined) {
    const name = refName(schema.$ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches !== undefined) return either(branches.map(typeOf));
  if (schema.allOf !== undefined)
    return either(schema.allOf.filter((part) => part.$ref !== undefined).map(typeOf));
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.items !== undefined) return html`${text.arrayOf} ${typeOf(schema.items)}`;
  if (typeof schema.additionalProperties === 'object')
    return html`${text.mapOf} ${typeOf(schema.additionalProperties)}`;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? 'any'];
  return either(types.map((type) => html`${type}`));
}

function either(parts: Html[]): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html` ${text.or} ${part}`))}`;
}

/** What else a schema says: its description, choices, default and bounds. */
export function meaningOf(schema: Schema): Html {
  const lines = [
    schema.description === undefined ? null : rich(schema.description),
    schema.enum === undefined ? null : html`${text.values} ${listed(schema.enum)}`,
    schema.default === undefined
      ? null
      : html`${text.default} <code>${JSON.stringify(schema.default)}</code>`,
    range(schema.minLength, schema.maxLength, text.characters),
    range(schema.minItems, schema.maxItems, text.items),
    range(schema.minimum, schema.maximum, text.numbers),
  ];
  return html`${lines.map((line) => (line === null ? '' : html`<p>${line}</p>`))}`;
}

function listed(values: unknown[]): Html {
  return html`${values.map((value, index) => html`${index === 0 ? '' : ', '}<code>${String(value)}</code>`)}`;
}

function range(
  least: number | undefined,
  most: number | undefined,
  words: {
    between: (a: number, b: number) => string;
    least: (n: number) => string;
    most: (n: number) => string;
  },
): Html | null {
  const from = least === undefined || least <= -Number.MAX_SAFE_INTEGER ? undefined : least;
  const to = most === undefined || most >= Number.MAX_SAFE_INTEGER ? undefined : most;
  if (from !== undefined && to !== undefined) return html`${words.between(from, to)}`;
  if (to !== undefined) return html`${words.most(to)}`;
  return from === undefined ? null : html`${words.least(from)}`;
}

/** The fields of an object, those of objects within it named by their path: `crawl.reason`, `notChecked[].why`. */
export function fieldsOf(schema: Schema, prefix = ''): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([property, value]) => {
    const name = `${prefix}${property}`;
    const row = { name, required: (schema.required ?? []).includes(property), schema: value };
    const inner = value.properties === undefined ? value.items : value;
    return inner?.properties === undefined
      ? [row]
      : [row, ...fieldsOf(inner, `${name}${inner === value ? '' : '[]'}.`)];
  });
}

export interface Row {
  name: string;
  note?: string;
  required: boolean;
  schema: Schema;
  description?: string | undefined;
}

/** A table of parameters or properties. */
export function rowsTable(caption: string, rows: Row[]): Html {
  return html`<div class="table" tabindex="0" role="region" aria-label="${text.scrollable(caption)}"><table>
<caption class="unseen">${caption}</caption>
<thead><tr><th scope="col">${text.name}</th><th scope="col">${text.type}</th><th scope="col">${text.meaning}</th></tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr><th scope="row"><code>${row.name}</code>${row.note === undefined ? '' : html` <span class="optional">${row.note}</span>`}${
        row.required ? html` <span class="required">${text.required}</span>` : ''
      }</th><td>${typeOf(row.schema)}</td><td>${row.description === undefined ? '' : html`<p>${rich(row.description)}</p>`}${meaningOf(row.schema)}</td></tr>`,
  )}</tbody></table></div>`;
}

/** One named schema: its fields, or its choices when it has none. */
export function schemaSection(document: OpenApiDocument, name: string): Html {
  const schema = document.components?.schemas?.[name] ?? {};
  const fields = fieldsOf(schema);
  return html`<section class="schema" id="schema-${name}" aria-labelledby="schema-${name}-title">
<h3 id="schema-${name}-title"><code>${name}</code></h3>
${fields.length === 0 ? html`<p>${typeOf(schema)}</p>` : ''}
${meaningOf(schema)}
${fields.length === 0 ? '' : rowsTable(name, fields)}
</section>`;
}
