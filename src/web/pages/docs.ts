import { codeBlock } from '../forms.ts';
import { type Html, html, link, rich } from '../html.ts';
import { curlOf, exampleOf, type Method, methods, type OpenApiDocument, type Operation } from '../openapi.ts';
import { layout, type PageContext } from '../page.ts';
import { en } from '../texts/en.ts';
import { rowsTable, schemaSection, typeOf } from './schema.ts';

interface Route {
  id: string;
  method: Method;
  path: string;
  operation: Operation;
}

/** The API, read from its OpenAPI document: what can be asked, with what, and what comes back. */
export function docsPage(ctx: PageContext, document: OpenApiDocument): Html {
  const text = en.docs;
  const groups = grouped(document);
  const schemas = Object.keys(document.components?.schemas ?? {});
  return layout(
    ctx,
    { title: text.title, wide: true },
    html`<div class="docs">
<nav class="contents" aria-label="${text.contents}"><ul>
${groups.map(
  ([tag, routes]) =>
    html`<li><span class="tag">${tag}</span><ul>${routes.map(
      (route) =>
        html`<li><a href="#${route.id}"><span class="method">${route.method.toUpperCase()}</span> ${route.path}</a></li>`,
    )}</ul></li>`,
)}
${schemas.length === 0 ? '' : html`<li><a href="#schemas" class="tag">${text.schemas}</a></li>`}
</ul></nav>
<div class="docs-body">
<h1>${text.title}</h1>
<p class="intro">${rich(text.lead, { version: document.info.version, openapi: link('/openapi.json', text.openapi) })}</p>
${document.info.description === undefined ? '' : html`<p>${rich(document.info.description)}</p>`}
${groups.map(
  ([tag, routes]) => html`<h2>${tag}</h2>${routes.map((route) => operationSection(ctx, document, route))}`,
)}
${schemas.length === 0 ? '' : html`<h2 id="schemas">${text.schemas}</h2>${schemas.map((name) => schemaSection(document, name))}`}
</div></div>`,
  );
}

function grouped(document: OpenApiDocument): [string, Route[]][] {
  const groups = new Map<string, Route[]>((document.tags ?? []).map(({ name }) => [name, []]));
  for (const [path, item] of Object.entries(document.paths ?? {}))
    for (const method of methods) {
      const operation = item[method];
      if (operation === undefined) continue;
      const tag = operation.tags?.[0] ?? en.docs.other;
      const id = `${method}${path.replaceAll(/[^a-zA-Z0-9]+/g, '-')}`.replace(/-$/, '');
      const route = { id, method, path, operation };
      groups.set(tag, [...(groups.get(tag) ?? []), route]);
    }
  return [...groups].filter(([, routes]) => routes.length > 0);
}

function operationSection(ctx: PageContext, document: OpenApiDocument, route: Route): Html {
  const text = en.docs;
  const { operation, method, path, id } = route;
  const parameters = operation.parameters ?? [];
  const needsKey = (operation.security ?? []).some((scheme) => Object.keys(scheme).length > 0);
  return html`<section class="operation" id="${id}" aria-labelledby="${id}-title">
<h3 id="${id}-title"><span class="method">${method.toUpperCase()}</span> <code>${path}</code></h3>
${operation.summary === undefined ? '' : html`<p>${rich(operation.summary)}</p>`}
${operation.description === undefined ? '' : html`<p>${rich(operation.description)}</p>`}
${needsKey ? html`<p class="hint">${rich(text.authenticated)}</p>` : ''}
${codeBlock(curlOf(document, ctx.origin, method, path, operation), `${text.request} ${method} ${path}`)}
${
  parameters.length === 0
    ? ''
    : html`<h4>${text.parameters}</h4>${rowsTable(
        `${text.parameters} ${method} ${path}`,
        parameters.map((parameter) => ({
          name: parameter.name,
          note: text.in[parameter.in],
          required: parameter.required === true,
          schema: parameter.schema ?? {},
          description:
            parameter.description === parameter.schema?.description ? undefined : parameter.description,
        })),
      )}`
}
${bodySection(operation)}
${responses(document, operation, id)}
</section>`;
}

function bodySection(operation: Operation): Html {
  const contents = Object.entries(operation.requestBody?.content ?? {});
  if (contents.length === 0) return html``;
  return html`<h4>${en.docs.body}</h4><ul class="plain">${contents.map(
    ([type, { schema }]) => html`<li><code>${type}</code> ${schema === undefined ? '' : typeOf(schema)}</li>`,
  )}</ul>`;
}

function responses(document: OpenApiDocument, operation: Operation, id: string): Html {
  const text = en.docs;
  return html`<h4>${text.responses}</h4>
<dl class="facts responses">${Object.entries(operation.responses ?? {}).map(([status, response]) => {
    const contents = Object.entries(response.content ?? {});
    return html`<div><dt><code>${status}</code></dt><dd><p>${rich(response.description ?? '')}</p>
${contents.map(([type, { schema }]) => html`<p><code>${type}</code> ${schema === undefined ? '' : typeOf(schema)}</p>`)}
${status.startsWith('2') ? answerExample(document, contents, `${text.answer} ${status}, ${id}`) : ''}</dd></div>`;
  })}</dl>`;
}

function answerExample(
  document: OpenApiDocument,
  contents: [string, { schema?: Parameters<typeof exampleOf>[1]; example?: unknown }][],
  what: string,
): Html {
  const [type, media] = contents.find(([candidate]) => candidate.includes('json')) ?? [];
  if (type === undefined || media === undefined) return html``;
  const value = media.example ?? exampleOf(document, media.schema ?? {});
  return html`<details><summary>${en.docs.example}</summary>${codeBlock(JSON.stringify(value, null, 2), what)}</details>`;
}
