import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toUtf8 } from '../log/encoding.ts';
import { directoryFiles } from '../log-store/directory.ts';
import type { FeedEvent } from './feed.ts';

/** Places of the log in one file: small enough to be rewritten when a record is erased. */
export const segmentWidth = 4_096;

/** Events as NDJSON, in files named by the first place they may hold. */
export interface Segments {
  /** The segment of a place. */
  of(seq: number): number;
  /** Drops what was written behind the cursor, or aside, before the process ended. */
  repair(cursor: number): Promise<void>;
  /** Writes events behind those that are there, durably. */
  append(events: readonly FeedEvent[]): Promise<void>;
  /** Rewrites a segment without the openings of some records. Doing it twice is as good as once. */
  purge(segment: number, rids: ReadonlySet<string>): Promise<void>;
}

export function openSegments(folder: string): Segments {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = directoryFiles(folder);
  const of = (seq: number) => seq - (seq % segmentWidth);
  const nameOf = (segment: number) => `${String(segment).padStart(12, '0')}.ndjson`;

  /** Keeps what `change` gives for each whole line; null drops it. The file is replaced at once, or not at all. */
  async function rewrite(segment: number, change: (event: FeedEvent) => FeedEvent | null): Promise<void> {
    const name = nameOf(segment);
    const text = await readFile(join(folder, name), 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const lines = whole.split('\n').flatMap((line) => {
      const event = line === '' ? null : change(JSON.parse(line) as FeedEvent);
      return event === null ? [] : [lineOf(event)];
    });
    const next = lines.join('');
    if (next !== text) await files.write(name, toUtf8(next));
  }

  return {
    of,
    async repair(cursor) {
      for (const name of readdirSync(folder)) {
        const segment = /^(\d{12,})\.ndjson$/.exec(name)?.[1];
        const isBehind = segment !== undefined && Number(segment) > cursor;
        if (isBehind || name.endsWith('.part')) await rm(join(folder, name));
        else if (segment !== undefined && Number(segment) === of(Math.max(0, cursor))) {
          await rewrite(Number(segment), (event) => (event.seq <= cursor ? event : null));
        }
      }
    },
    async append(events) {
      for (const [segment, some] of Map.groupBy(events, ({ seq }) => of(seq))) {
        const bytes = toUtf8(some.map(lineOf).join(''));
        const name = nameOf(segment);
        if (existsSync(join(folder, name))) await appendTo(join(folder, name), bytes);
        else await files.write(name, bytes);
      }
    },
    purge: (segment, rids) =>
      rewrite(segment, (event) => (rids.has(event.rid) ? { ...event, record: null, salt: null } : event)),
  };
}

const lineOf = (event: FeedEvent): string => `${JSON.stringify(event)}\n`;

async function appendTo(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'a');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
