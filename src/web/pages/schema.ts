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

const bounds = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;

/** What else a schema says: its description, choices, default and bounds. */
export function meaningOf(schema: Schema): Html {
  const limits = bounds.flatMap((bound) => {
    const value = schema[bound];
    return value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER
      ? []
      : [`${text.limits[bound]} ${value}`];
  });
  return html`${schema.description === undefined ? '' : html`<p>${rich(schema.description)}</p>`}${
    schema.enum === undefined
      ? ''
      : html`<p>${text.values} ${schema.enum.map((value, index) => html`${index === 0 ? '' : ', '}<code>${String(value)}</code>`)}</p>`
  }${
    schema.default === undefined
      ? ''
      : html`<p>${text.default} <code>${JSON.stringify(schema.default)}</code></p>`
  }${limits.length === 0 ? '' : html`<p>${limits.join(', ')}</p>`}`;
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
  const properties = Object.entries(schema.properties ?? {});
  return html`<section class="schema" id="schema-${name}" aria-labelledby="schema-${name}-title">
<h3 id="schema-${name}-title"><code>${name}</code></h3>
${properties.length === 0 ? html`<p>${typeOf(schema)}</p>` : ''}
${meaningOf(schema)}
${
  properties.length === 0
    ? ''
    : rowsTable(
        name,
        properties.map(([property, value]) => ({
          name: property,
          required: (schema.required ?? []).includes(property),
          schema: value,
        })),
      )
}
</section>`;
}
