/**
 * The part of an OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.0) the documentation page reads. The
 * document is ours, so what is not read here may be anything.
 */
export interface OpenApiDocument {
  info: { title: string; version: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths?: Record<string, Partial<Record<Method, Operation>>>;
  components?: { schemas?: Record<string, Schema> };
}

export const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof methods)[number];

export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, MediaType> };
  responses?: Record<string, { description?: string; content?: Record<string, MediaType> }>;
}

export interface Parameter {
  name: string;
  in: 'query' | 'path' | 'header' | 'cookie';
  required?: boolean;
  description?: string;
  schema?: Schema;
  example?: unknown;
}

export interface MediaType {
  schema?: Schema;
  example?: unknown;
}

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  description?: string;
  default?: unknown;
  example?: unknown;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: boolean | Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  minimum?: number;
  maximum?: number;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** The name a `$ref` to a component schema ends in. */
export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

/** Follows a `$ref`; an unknown one is an empty schema. */
export function resolve(document: OpenApiDocument, schema: Schema): Schema {
  return schema.$ref === undefined ? schema : (document.components?.schemas?.[refName(schema.$ref)] ?? {});
}

const depthMax = 6;

/**
 * A value that shows the shape of a schema: its own examples where it has them, else the first choice or the type's
 * simplest value. Recursion ends at six levels with null.
 */
export function exampleOf(document: OpenApiDocument, given: Schema, depth = 0): unknown {
  if (depth > depthMax) return null;
  const schema = resolve(document, given);
  const own = schema.example ?? schema.examples?.[0] ?? schema.const ?? schema.default ?? schema.enum?.[0];
  if (own !== undefined) return own;
  const branch = schema.oneOf?.[0] ?? schema.anyOf?.[0];
  if (branch !== undefined) return exampleOf(document, branch, depth + 1);
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map((part) => exampleOf(document, part, depth + 1)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'array')
    return schema.items === undefined ? [] : [exampleOf(document, schema.items, depth + 1)];
  if (type === 'object' || schema.properties !== undefined) return exampleObject(document, schema, depth);
  return simple(type, schema);
}

function exampleObject(document: OpenApiDocument, schema: Schema, depth: number): unknown {
  const { required = [] } = schema;
  return Object.fromEntries(
    Object.entries(schema.properties ?? {})
      .filter(
        ([name, property]) =>
          required.length === 0 || required.includes(name) || hasExample(document, property),
      )
      .map(([name, property]) => [name, exampleOf(document, property, depth + 1)]),
  );
}

function hasExample(document: OpenApiDocument, given: Schema): boolean {
  const schema = resolve(document, given);
  return schema.example !== undefined || schema.examples !== undefined;
}

const dateExample = '2026-11-23T14:02:00.000Z';

function simple(type: string | undefined, schema: Schema): unknown {
  if (type === 'integer' || type === 'number') return schema.minimum ?? 0;
  if (type === 'boolean') return false;
  if (type === 'null') return null;
  const digits = /^\^\[0-9a-fA-F\]\{(\d+)\}\$$/.exec(schema.pattern ?? '')?.[1];
  if (digits !== undefined) return 'f05c3a96e0b17d28'.repeat(8).slice(0, Number(digits));
  return schema.format === 'date-time' ? dateExample : schema.format === 'email' ? 'name@example.com' : '…';
}

/** The command that sends an example of this operation. */
export function curlOf(
  document: OpenApiDocument,
  origin: string,
  method: Method,
  path: string,
  operation: Operation,
): string {
  const query = new URLSearchParams();
  let filled = path;
  for (const parameter of operation.parameters ?? []) {
    const value = String(parameter.example ?? exampleOf(document, parameter.schema ?? {}));
    if (parameter.in === 'path') filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(value));
    if (
      parameter.in === 'query' &&
      (parameter.required === true ||
        parameter.example !== undefined ||
        parameter.schema?.example !== undefined)
    )
      query.set(parameter.name, value);
  }
  const lines = [`curl '${origin}${filled}${query.size === 0 ? '' : `?${query.toString()}`}'`];
  if (method !== 'get' && !(method === 'post' && operation.requestBody !== undefined))
    lines.push(`-X ${method.toUpperCase()}`);
  if ((operation.security ?? []).some((scheme) => Object.keys(scheme).length > 0))
    lines.push("-H 'Authorization: Bearer YOUR_KEY'");
  const [type, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  if (type !== undefined && body !== undefined) {
    const value = body.example ?? exampleOf(document, body.schema ?? {});
    const sent = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
    lines.push(`-H 'Content-Type: ${type}'`, `-d '${sent.replaceAll("'", "'\\''")}'`);
  }
  return lines.join(' \\\n  ');
}
