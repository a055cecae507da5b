import canonicalize from 'canonicalize';
import { AppError } from '../errors.ts';

/** Deepest nesting of any of our JSON files; a record's fingerprints are at depth 4 of a receipt. */
const depthMax = 24;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON file that may come from anybody, and may have been through a mail program: a byte order mark, CRLF and
 * white space at the end do not count.
 *
 * @param charsMax longest text read.
 * @throws AppError `invalid` for anything that is not an object in JSON, `too-large` above `charsMax`.
 */
export function parseJsonFile(text: string, charsMax: number): JsonObject {
  if (text.length > charsMax) {
    throw new AppError('too-large', `This file has more than ${charsMax} characters.`);
  }
  const plain = plainText(text);
  // A hostile file could be nested so deep that writing it again would exhaust the stack.
  if (!plain.isWellFormed() || isDeeperThan(plain, depthMax)) throw notJson();
  let value: unknown;
  try {
    value = JSON.parse(plain);
  } catch (cause) {
    throw notJson(cause);
  }
  if (isObject(value)) return value;
  throw notJson();
}

/** The same text as one we wrote ourselves. */
export function plainText(text: string): string {
  return `${text
    .replace(/^\ufeff/, '')
    .replaceAll('\r\n', '\n')
    .trimEnd()}\n`;
}

function notJson(cause?: unknown): AppError {
  return new AppError('invalid', 'This is not a JSON file of ours.', {
    fix: 'Give the file as it was received.',
    cause,
  });
}

function isDeeperThan(text: string, max: number): boolean {
  let depth = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (isString) {
      if (char === '\\') at += 1;
      else if (char === '"') isString = false;
    } else if (char === '"') isString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth > max) return true;
  }
  return false;
}

/** Canonical JSON (RFC 8785). @throws AppError `invalid` for what JSON cannot hold, such as half a character. */
export function canonicalText(value: unknown): string {
  let text: string | undefined;
  try {
    text = canonicalize(value);
  } catch (cause) {
    throw notJson(cause);
  }
  if (text === undefined) throw notJson();
  return text;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether an object has exactly these fields. */
export function hasFields(value: JsonObject, fields: readonly string[]): boolean {
  const names = Object.keys(value);
  return names.length === fields.length && fields.every((field) => Object.hasOwn(value, field));
}

/** The lines of a text as an array of strings, joined again; null for anything else. */
export function fromLines(value: unknown): string | null {
  if (!Array.isArray(value) || !value.every((line) => typeof line === 'string' && !line.includes('\n'))) {
    return null;
  }
  return `${value.join('\n')}\n`;
}

/** A text that ends in a newline, as its lines: how it stands in a JSON file for people to read. */
export function toLines(text: string): string[] {
  const lines = text.split('\n');
  lines.pop();
  return lines;
}

/** Whether this is a time as we write it: RFC 3339, UTC, milliseconds. */
export function isTime(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return false;
  const at = Date.parse(value);
  return !Number.isNaN(at) && new Date(at).toISOString() === value;
}
