import { describe, expect, test } from 'vitest';
import { CheckRequest, OptOutRequest } from '../../src/http/schemas.ts';
import { curlOf, exampleOf, type Operation, type Schema } from '../../src/web/openapi.ts';
import { docsPage } from '../../src/web/pages/docs.ts';
import { apiDocument } from './sample-api.ts';
import { context } from './samples.ts';

const schema = (name: string) => apiDocument.components?.schemas?.[name] as Schema;
const operation = (path: string, method: 'get' | 'post' | 'delete') =>
  apiDocument.paths?.[path]?.[method] as Operation;

describe('exampleOf', () => {
  test('shows the shape of a real request', () => {
    const example = exampleOf(apiDocument, schema('CheckRequest'));
    expect(CheckRequest.safeParse(example).success).toBe(true);
    expect(Object.keys(exampleOf(apiDocument, schema('OptOutRequest')) as object)).toEqual(
      expect.arrayContaining(['name', 'email', 'role', 'statement', 'affirmed', 'subjects']),
    );
    expect(OptOutRequest.shape.subjects.element.options.length).toBe(2);
  });

  test('ends on a schema that holds itself', () => {
    const loop = {
      components: {
        schemas: {
          Loop: { properties: { next: { $ref: '#/components/schemas/Loop' } }, required: ['next'] },
        },
      },
    };
    const document = { info: { title: '', version: '' }, ...loop };
    expect(JSON.stringify(exampleOf(document, { $ref: '#/components/schemas/Loop' }))).toContain('null');
    expect(exampleOf(document, { $ref: '#/components/schemas/Missing' })).toBe('…');
  });
});

describe('curlOf', () => {
  test('fills what is required and what has an example', () => {
    expect(curlOf(apiDocument, 'https://x.example', 'get', '/v1/check', operation('/v1/check', 'get'))).toBe(
      "curl 'https://x.example/v1/check?url=https%3A%2F%2Fexample.com%2Fart%2F1.jpg&agent=GPTBot'",
    );
  });

  test('sends the key and a body where they are wanted', () => {
    const curl = curlOf(
      apiDocument,
      'https://x.example',
      'post',
      '/v1/check',
      operation('/v1/check', 'post'),
    );
    expect(curl).toContain("-H 'Authorization: Bearer YOUR_KEY'");
    const body = /-d '([\s\S]*)'$/.exec(curl)?.[1] ?? '';
    expect(CheckRequest.safeParse(JSON.parse(body)).success).toBe(true);
  });

  test('keeps a quote within a body inside the quotes of the shell', () => {
    const quoting: Operation = { requestBody: { content: { 'application/json': { example: "it's" } } } };
    expect(curlOf(apiDocument, 'https://x.example', 'post', '/x', quoting)).toContain(`-d 'it'\\''s'`);
  });

  test('names other methods', () => {
    expect(
      curlOf(
        apiDocument,
        'https://x.example',
        'delete',
        '/v1/records/{id}',
        operation('/v1/records/{id}', 'delete'),
      ),
    ).toMatch(/records\/[^/{}']+' \\\n {2}-X DELETE$/);
  });
});

test('the page shows every operation and every schema, and its links lead somewhere', () => {
  const page = String(docsPage(context('/docs'), apiDocument));
  for (const name of Object.keys(apiDocument.components?.schemas ?? {}))
    expect(page).toContain(`id="schema-${name}"`);
  const ids = new Set([...page.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]));
  const targets = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
  expect(targets.length).toBeGreaterThan(10);
  expect(targets.filter((target) => !ids.has(target))).toEqual([]);
});
