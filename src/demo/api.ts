import type { z } from 'zod';
import { AppError } from '../errors.ts';

/** Asks the running service over HTTP, as anybody would. */
export interface Api {
  get<Schema extends z.ZodType>(path: string, schema: Schema, session?: string): Promise<z.infer<Schema>>;
  post<Schema extends z.ZodType>(
    path: string,
    body: object | Uint8Array<ArrayBuffer>,
    schema: Schema,
    session?: string,
  ): Promise<z.infer<Schema>>;
}

/** @param base where the service listens, `http://127.0.0.1:8788`. */
export function apiAt(base: string, signal: AbortSignal): Api {
  return {
    get: (path, schema, session) => ask(base + path, { signal, headers: bearer(session) }, schema),
    post(path, body, schema, session) {
      const isBytes = body instanceof Uint8Array;
      const type = isBytes ? 'application/octet-stream' : 'application/json';
      const headers = { ...bearer(session), 'Content-Type': type };
      const sent = isBytes ? body : JSON.stringify(body);
      return ask(base + path, { method: 'POST', signal, headers, body: sent }, schema);
    },
  };
}

function bearer(session: string | undefined): Record<string, string> {
  return session === undefined ? {} : { Authorization: `Bearer ${session}` };
}

async function ask<Schema extends z.ZodType>(
  url: string,
  init: RequestInit,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new AppError('unavailable', `${url} answered ${response.status}: ${text}`);
  return schema.parse(text === '' ? null : JSON.parse(text));
}
