import type { DocumentEntry } from '../net/document-outcome.ts';

/** @param ms Unix ms. @returns RFC 3339 UTC. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

const observed = new WeakMap<DocumentEntry, string>();

/** @returns when the file was read, or where it was not, looked for; RFC 3339 UTC. */
export function observedAtOf(entry: DocumentEntry): string {
  const known = observed.get(entry) ?? isoTime(entry.bodyAt ?? entry.checkedAt);
  observed.set(entry, known);
  return known;
}
