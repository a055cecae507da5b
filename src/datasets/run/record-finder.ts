import {
  type RecordTable,
  rowBytes,
  rowPlaces,
  rowWords,
  sameKeyBit,
  tableOver,
} from '../../opt-outs/table/layout.ts';
import { primaryRow, recordAt, rowsOfKey, type TableRecord } from '../../opt-outs/table/table.ts';
import { createUrlMatcher, notClean, type UrlMatcher } from '../../opt-outs/table/url-matcher.ts';
import { createUrlSieve, sieved, type UrlSieve } from '../../opt-outs/table/url-sieve.ts';
import type { SharedRecords } from '../../snapshots/shared-records.ts';

/**
 * Finds the records of a snapshot, with what changed since, by the bytes of URLs and hashes. A record is told by a
 * number: its row in the snapshot's table, or the number of rows there plus its row in the newer one. For one thread;
 * an answer lasts until the next question.
 */
export interface RecordFinder {
  /** Says of up to `sieveRowsMax` URLs which could be covered, as `UrlSieve.sieve` does. */
  sieve: UrlSieve['sieve'];
  /** Of the URLs sieved last, where the host of each ends; 0 for those that are not clean. */
  hostEnds: Uint32Array;
  /** How many records a clean URL is covered by; `notClean` where only `text` can tell. */
  clean(bytes: Uint8Array, from: number, to: number): number;
  /** The same for any URL; -1 when the text is none. */
  text(url: string): number;
  /** How many works have this key (`hashKeyOf`). */
  hash(key: Uint8Array): number;
  /** The records of the last answer, up to its count. */
  found(): Uint32Array;
  recordAt(number: number): TableRecord;
  /** Where its id is, as 16 bytes. */
  ridAt(number: number): { bytes: Uint8Array; at: number };
  /** Since when it is reserved, Unix ms; NaN when it is not said. */
  sinceMs(number: number): number;
  /** Tells apart what records say, the same for all that say the same. */
  termsAt(number: number): number;
  /** All record numbers are below this. */
  end: number;
}

export function createRecordFinder({ base, newer, hidden }: SharedRecords): RecordFinder {
  const table = tableOver(base);
  const recent = newer === null ? null : tableOver(newer);
  const matcher = createUrlMatcher(table);
  const recentMatcher = recent === null ? null : createUrlMatcher(recent);
  const sieve = createUrlSieve(table);
  const recentSieve = recent === null ? null : createUrlSieve(recent);
  const { rows, terms } = table.head;
  let found: Uint32Array = new Uint32Array(64);
  let own: Uint32Array = new Uint32Array(64);
  const isHidden = (row: number) =>
    hidden !== null && ((hidden[row >>> 3] as number) & (1 << (row & 7))) !== 0;

  function keep(at: number, number: number): void {
    if (at === own.length) {
      const larger = new Uint32Array(2 * own.length);
      larger.set(own);
      own = larger;
    }
    own[at] = number;
  }

  /** Puts what two matchers found together, without what changed since. */
  function joined(count: number, ask: (matcher: UrlMatcher) => number): number {
    if (recentMatcher === null) {
      found = matcher.rows();
      return count;
    }
    if (count < 0) return count;
    const old = matcher.rows();
    let next = 0;
    for (let at = 0; at < count; at += 1) {
      const row = old[at] as number;
      if (!isHidden(row)) keep(next++, row);
    }
    const more = ask(recentMatcher);
    for (let at = 0; at < more; at += 1) keep(next++, rows + (recentMatcher.rows()[at] as number));
    found = own;
    return next;
  }

  return {
    hostEnds: sieve.hostEnds,
    sieve(...given) {
      const verdicts = sieve.sieve(...given);
      if (recentSieve === null) return verdicts;
      const more = recentSieve.sieve(...given);
      for (let row = 0; row < verdicts.length; row += 1) {
        if (verdicts[row] === sieved.none) verdicts[row] = more[row] as number;
      }
      return verdicts;
    },
    clean(bytes, from, to) {
      const count = matcher.matchClean(bytes, from, to);
      if (recentMatcher === null || count === notClean) {
        found = matcher.rows();
        return count;
      }
      return joined(count, (one) => one.matchClean(bytes, from, to));
    },
    text: (url) => joined(matcher.matchText(url), (one) => one.matchText(url)),
    hash(key) {
      let next = 0;
      for (const row of rowsOfKey(table, key)) if (!isHidden(row)) keep(next++, primaryRow(table, row));
      if (recent !== null) {
        for (const row of rowsOfKey(recent, key)) keep(next++, rows + primaryRow(recent, row));
      }
      found = own;
      return next;
    },
    found: () => found,
    recordAt: (number) =>
      number < rows ? recordAt(table, number) : recordAt(recent as RecordTable, number - rows),
    ridAt: (number) =>
      number < rows
        ? { bytes: table.rowBytes, at: number * rowBytes }
        : { bytes: (recent as RecordTable).rowBytes, at: (number - rows) * rowBytes },
    sinceMs: (number) =>
      number < rows ? sinceOf(table, number) : sinceOf(recent as RecordTable, number - rows),
    termsAt: (number) =>
      number < rows ? termsOf(table, number) : terms + termsOf(recent as RecordTable, number - rows),
    end: rows + (recent?.head.rows ?? 0),
  };
}

function termsOf({ rowWords: words }: RecordTable, row: number): number {
  return (words[row * rowWords + rowPlaces.terms] as number) % sameKeyBit;
}

function sinceOf({ rowNumbers }: RecordTable, row: number): number {
  return rowNumbers[(row * rowWords) / 2 + rowPlaces.since] as number;
}
