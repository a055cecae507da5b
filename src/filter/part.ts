import {
  type PartRecords,
  type StoredPartRecords,
  storePartRecords,
} from '../datasets/tally/record-tally.ts';
import { type StoredTally, storeTally } from '../datasets/tally/stored.ts';
import { type CountedRow, count, type Reserved, type Tally } from '../datasets/tally/tally.ts';
import { type Deciding, decideRow, type RowDecision } from './decide-row.ts';
import type { DecisionLines, LineForm } from './decision-lines.ts';
import type { DomainCounter } from './domain-counter.ts';
import type { Findings } from './findings.ts';
import type { RunDeps } from './unit.ts';

/** What became of a part of a dataset. */
export interface PartResult {
  rows: number;
  dropped: number;
  tally: StoredTally;
  records: StoredPartRecords;
}

/** A decision that many rows share. */
export interface Shared {
  decision: RowDecision;
  form: LineForm;
  /** Rows by `reservedIndex`. */
  rows: number[];
}

/** A part of a dataset while its rows are decided. */
export interface Part {
  deps: RunDeps;
  deciding: Deciding;
  file: string;
  findings: Findings;
  domains: DomainCounter;
  droppedDomains: DomainCounter;
  lines: DecisionLines;
  write: (bytes: Uint8Array) => void;
  tally: Tally;
  records: PartRecords;
  byTerms: Map<number, Shared>;
  byWords: Map<string, Shared>;
  rows: number;
  dropped: number;
  kept: number;
  nothing: number;
  hasPlaces: boolean;
}

/** Stands for the place of any row: as long as sites are not asked, all are alike. */
export const anyPlace = { role: 'url', url: 'http://example.com/' } as const;

export const reservedWords: readonly (Reserved | null)[] = [null, 'before', 'after', 'unknown'];

/** Counts what many rows share, and stores all counts. */
export function settled(part: Part): PartResult {
  const { tally, domains, droppedDomains } = part;
  for (const shared of [...part.byTerms.values(), ...part.byWords.values()]) countShared(part, shared);
  const { kept, nothing } = part;
  const clean = { file: part.file, domain: null, because: null };
  // Nothing was found for these rows: one decision stands for all of them.
  if (kept > 0) {
    const places = part.hasPlaces ? [anyPlace] : [];
    const { verdict, act, outcome, notChecked } = decideRow(part.deciding, { places, found: [] });
    count(tally, { ...clean, rows: kept, verdict, act, outcome, notChecked });
  }
  count(tally, {
    ...clean,
    rows: nothing,
    verdict: 'unknown',
    act: 'proceed',
    outcome: 'nothing',
    notChecked: [],
  });
  for (const [name, counter] of [
    ['domains', domains],
    ['droppedDomains', droppedDomains],
  ] as const) {
    const { counts, error, total } = counter.take();
    Object.assign(tally[name], { counts: new Map(counts), error, total });
  }
  const records = storePartRecords(part.records);
  return { rows: part.rows, dropped: part.dropped, tally: storeTally(tally), records };
}

export function countShared(part: Part, { decision, rows }: Shared): void {
  const { verdict, act, outcome, kind, trust, column, notChecked, source } = decision;
  for (const [index, own] of rows.entries()) {
    const because =
      kind === '' || outcome === 'nothing' || outcome === 'bad'
        ? null
        : {
            reason: kind,
            trust: trust === '' ? null : trust,
            column: column === '' ? null : column,
            reserved: source === 'registry' ? (reservedWords[index] ?? null) : null,
          };
    const row: CountedRow = {
      rows: own,
      outcome,
      verdict,
      act,
      file: part.file,
      domain: null,
      because,
      notChecked,
    };
    count(part.tally, row);
  }
}
