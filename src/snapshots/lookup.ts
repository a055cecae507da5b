import type { AnswerRow, DigestRow, RecordLookup } from '../../db/lookup.ts';
import type { RecordTable } from '../opt-outs/table/layout.ts';
import { hashKeyOf, recordAt, rowsOfKey, type TableRecord } from '../opt-outs/table/table.ts';
import type { FoundBy, Overlay } from './overlay.ts';

/** Looks records up in a snapshot's table, and in what changed since, which hides what the table says of a record. */
export function snapshotLookup(table: RecordTable, overlay: Overlay): RecordLookup {
  const inTable = (key: string | Uint8Array): AnswerRow[] =>
    rowsOfKey(table, key).flatMap((row) => {
      const record = recordAt(table, row);
      return overlay.has(record.rid) ? [] : [answerRow(record)];
    });
  const byHash = (by: Exclude<FoundBy, 'text'>, digest: string): AnswerRow[] => {
    const hex = by === 'rid' ? digest.replaceAll('-', '') : digest;
    if (!patterns[by].test(hex)) return [];
    return [...inTable(hashKeyOf(by, hex)), ...overlay.find(by, digest)];
  };
  const withDigest = async (by: 'sha256' | 'md5' | 'blockhash', digests: readonly string[]) =>
    digests.flatMap((digest): DigestRow[] => byHash(by, digest).map((row) => ({ ...row, digest })));
  return {
    byKeys: async (keys) => keys.flatMap((key) => [...inTable(key), ...overlay.find('text', key)]),
    bySha256: (digests) => withDigest('sha256', digests),
    byMd5: (digests) => withDigest('md5', digests),
    byBlockhash: (hashes) => withDigest('blockhash', hashes),
    byRids: async (rids) => rids.flatMap((rid) => byHash('rid', rid)),
  };
}

const patterns = {
  sha256: /^[0-9a-f]{64}$/,
  md5: /^[0-9a-f]{32}$/,
  blockhash: /^[0-9a-f]{64}$/,
  rid: /^[0-9a-f]{32}$/,
};

/** A record of a table as a database would give it. */
export function answerRow({ seq: _seq, usages, except, ...same }: TableRecord): AnswerRow {
  return { ...same, state: 'active', usages: JSON.stringify(usages), except: JSON.stringify(except) };
}
