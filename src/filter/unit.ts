import type { ResolvedAgent } from '../consent/agent.ts';
import type { Match } from '../consent/evidence.ts';
import { type ColumnBatch, nullStart, type TextColumn } from '../datasets/column-batch.ts';
import { hostNumber } from '../datasets/tally/host-samples.ts';
import { countRecord, emptyPartRecords } from '../datasets/tally/record-tally.ts';
import { emptyTally, noteBad, type Reserved, reservedAt } from '../datasets/tally/tally.ts';
import type { PixelQuery } from '../images/pixel-query.ts';
import { type Deciding, decideRow, type RowDecision } from './decide-row.ts';
import { createDecisionLines, type DecisionLines, lineForm } from './decision-lines.ts';
import { createDomainCounter } from './domain-counter.ts';
import { createFindings, type RowFindings, recordOfSingle, roleOfSingle } from './findings.ts';
import { readPdqs, scanHashes } from './hash-column.ts';
import type { HostBytes } from './host-bytes.ts';
import type { Licences } from './licences.ts';
import {
  anyPlace,
  countShared,
  type Part,
  type PartResult,
  reservedWords,
  type Shared,
  settled,
} from './part.ts';
import type { RecordFinder } from './record-finder.ts';
import { collectedOf, hashesOf, hostOf, isBlank, placesOf } from './row-cells.ts';
import { scanUrls } from './url-column.ts';

/** Rows of a dataset as they come, whatever the format. */
export interface RowBatch extends ColumnBatch {
  /** 1-based lines at which the rows begin; undefined where a row's number is all there is to tell. */
  lines?: Uint32Array;
  /** Rows that could not be read, by their place in the batch. */
  broken?: readonly { row: number; why: string }[];
  /** Pictures of the rows, as what they are looked up by. */
  pictures?: readonly (PixelQuery | null)[];
}

/** What was found like a picture or a hash of one. */
export interface Like {
  record: number;
  match: Match;
}

/** Everything a run needs to answer for rows; for one thread. */
export interface RunDeps extends Omit<Deciding, 'recordAt' | 'held'> {
  agent: ResolvedAgent | null;
  finder: RecordFinder;
  /** Works like each of these PDQ hashes, and each of these pictures. */
  likes(hashes: readonly Uint8Array[]): Promise<Like[][]>;
  likePictures(pictures: readonly PixelQuery[]): Promise<Like[][]>;
  licences: Licences | null;
  held: ReadonlySet<string>;
  /** Whether rows without anything found are listed too. */
  listsAll: boolean;
  /** Whether lines for an index of the rows are kept (`refresh/row-lines.ts`). */
  keepsRows: boolean;
}

/** Decisions of rows that are no record's alone are shared by what they say, up to so many. */
const sharedMax = 20_000;

const writtenAtOnce = 4 * 1024 * 1024;

/**
 * Decides the rows of a part of a dataset.
 * @param file name of the input, as it stands in decisions.
 * @param onBatch told of every batch once its rows are decided.
 * @param write takes lines of decisions (`decisionFields`, CSV without a header), of rows with something to tell.
 */
export async function filterPart(
  deps: RunDeps,
  file: string,
  batches: AsyncIterable<RowBatch>,
  write: (bytes: Uint8Array) => void,
  onBatch: (batch: RowBatch) => void = () => {},
): Promise<PartResult> {
  const part: Part = {
    deps,
    deciding: { ...deps, recordAt: deps.finder.recordAt },
    file,
    findings: createFindings(),
    domains: createDomainCounter(),
    droppedDomains: createDomainCounter(),
    lines: createDecisionLines(file),
    write,
    tally: emptyTally(),
    records: emptyPartRecords(),
    byTerms: new Map(),
    byWords: new Map(),
    ...{ rows: 0, dropped: 0, kept: 0, nothing: 0, hasPlaces: false },
  };
  for await (const batch of batches) {
    await filterBatch(part, batch);
    onBatch(batch);
    if (part.lines.size() > writtenAtOnce) write(part.lines.take());
  }
  write(part.lines.take());
  return settled(part);
}

async function filterBatch(part: Part, batch: RowBatch): Promise<void> {
  const { deps, findings, domains } = part;
  const { rows, columns } = batch;
  const asked = new Uint8Array(rows);
  const sinks = { finder: deps.finder, findings, asked };
  findings.clear();
  for (const { row, why } of batch.broken ?? []) findings.addBad(row, why);
  const { url, page_url: page, sha256, md5, pdq } = columns;
  if (url !== undefined) scanUrls(url, rows, 'url', { ...sinks, domains });
  if (page !== undefined) {
    scanUrls(page, rows, 'page_url', { ...sinks, domains: url === undefined ? domains : null });
  }
  if (sha256 !== undefined) scanHashes(sha256, rows, 'sha256', sinks);
  if (md5 !== undefined) scanHashes(md5, rows, 'md5', sinks);
  if (batch.pictures !== undefined) await findPictures(part, batch.pictures, asked);
  if (pdq !== undefined) await findPdqs(part, pdq, rows, asked);
  part.rows += rows;
  part.hasPlaces ||= url !== undefined || page !== undefined;
  if (deps.viewOf === null && !deps.listsAll) decideFound(part, batch, asked);
  else decideAll(part, batch, asked);
}

async function findPdqs(part: Part, column: TextColumn, rows: number, asked: Uint8Array): Promise<void> {
  const read = readPdqs(column, rows, { findings: part.findings, asked });
  const likes = await part.deps.likes(read.hashes);
  for (const [at, row] of read.rows.entries()) {
    for (const { record, match } of likes[at] ?? []) part.findings.addMatch(row, 'pdq', record, match);
  }
}

async function findPictures(
  part: Part,
  pictures: readonly (PixelQuery | null)[],
  asked: Uint8Array,
): Promise<void> {
  const given = pictures.flatMap((picture, row) => (picture === null ? [] : [{ picture, row }]));
  const likes = await part.deps.likePictures(given.map(({ picture }) => picture));
  for (const [at, { row }] of given.entries()) {
    asked[row] = 1;
    for (const { record, match } of likes[at] ?? []) part.findings.addMatch(row, 'pixels', record, match);
  }
}

/** Decides rows of which something was found; all others are counted, and no more. */
function decideFound(part: Part, batch: RowBatch, asked: Uint8Array): void {
  const found = part.findings.rows();
  let kept = 0;
  for (let row = 0; row < batch.rows; row += 1) kept += asked[row] as number;
  part.kept += kept;
  part.nothing += batch.rows - kept;
  for (const row of found) {
    if (asked[row] === 1) part.kept -= 1;
    else part.nothing -= 1;
    decide(part, batch, row);
  }
}

/** Decides every row, because sites may speak of any. */
function decideAll(part: Part, batch: RowBatch, asked: Uint8Array): void {
  for (let row = 0; row < batch.rows; row += 1) {
    const isKnown = part.findings.single(row) >= 0 || part.findings.of(row) !== undefined;
    if (asked[row] === 1 || isKnown) decide(part, batch, row);
    else {
      part.nothing += 1;
      if (part.deps.listsAll) addLine(part, batch, row, sharedOf(part, nothingToCheck), nothingToCheck);
    }
  }
}

const nothingToCheck: RowDecision = {
  ...{ verdict: 'unknown', act: 'proceed', outcome: 'nothing', kind: '', reason: 'nothing to check' },
  ...{ source: '', record: '', trust: '', since: '', column: '', notChecked: [] },
};

function decide(part: Part, batch: RowBatch, row: number): void {
  const { findings, deps } = part;
  const single = findings.single(row);
  if (single >= 0 && deps.viewOf === null && deps.licences === null && deps.held.size === 0) {
    decideSingle(part, batch, row, single);
    return;
  }
  const found = findings.of(row);
  if (found?.bad !== undefined) decideBad(part, batch, row, found.bad);
  else decideFull(part, batch, row, found);
}

/** A row that one record speaks of: what becomes of it is the same for all records that say the same. */
function decideSingle(part: Part, batch: RowBatch, row: number, single: number): void {
  const { finder } = part.deps;
  const record = recordOfSingle(single);
  const role = roleOfSingle(single);
  const hasPlace = role === 'url' || role === 'page_url' || placesOf(batch, row).length > 0;
  const key = 2 * (single - record * 8 + 8 * finder.termsAt(record)) + Number(hasPlace);
  let shared = part.byTerms.get(key);
  if (shared === undefined) {
    const places = hasPlace ? [anyPlace] : [];
    const decision = decideRow(part.deciding, { places, found: [{ record, role }] });
    // Sites are not asked, so nothing of it is this row's own but the record and its time.
    shared = { decision, form: lineForm(decision), rows: [0, 0, 0, 0] };
    part.byTerms.set(key, shared);
  }
  const { decision, form } = shared;
  if (decision.record === '') {
    // The record is silent about this usage, or proves too little to be heard.
    shared.rows[0] = (shared.rows[0] as number) + 1;
    if (decision.outcome !== 'kept' || part.deps.listsAll) addLine(part, batch, row, shared, decision);
    return;
  }
  const sinceMs = finder.sinceMs(record);
  const since = Number.isNaN(sinceMs) ? null : new Date(sinceMs).toISOString();
  const reserved = reservedAt(since, collectedOf(batch, row));
  const index = reservedWords.indexOf(reserved);
  shared.rows[index] = (shared.rows[index] as number) + 1;
  countFound(part, batch, row, record, decision);
  const { lines } = part;
  beginLine(part, batch, row);
  lines.bytes(form.head);
  const rid = finder.ridAt(record);
  lines.uuid(rid.bytes, rid.at);
  lines.bytes(form.trust);
  lines.text(`${since ?? ''},${reserved}`);
  lines.bytes(form.tail);
}

function decideFull(part: Part, batch: RowBatch, row: number, found: RowFindings | undefined): void {
  const places = placesOf(batch, row);
  const asked = { places, found: found?.found ?? [] };
  let decision = decideRow(part.deciding, asked);
  if (
    decision.outcome !== 'kept' &&
    part.deps.licences?.covers({ ...asked, ...hashesOf(batch, row) }, decision.record)
  ) {
    decision = { ...decision, verdict: 'licensed', act: 'proceed', outcome: 'licensed' };
  }
  const shared = sharedOf(part, decision);
  const isTold = decision.record !== '';
  const reserved = isTold ? reservedAt(decision.since || null, collectedOf(batch, row)) : null;
  const index = reservedWords.indexOf(reserved);
  shared.rows[index] = (shared.rows[index] as number) + 1;
  if (isTold) {
    const own = asked.found.find(({ record }) => part.deciding.recordAt(record).rid === decision.record);
    if (own !== undefined) countFound(part, batch, row, own.record, decision);
  } else if (decision.outcome === 'dropped') countDropped(part, hostOf(batch, row));
  const isSilent = decision.outcome === 'kept' && decision.verdict === 'unknown';
  if (!isSilent || part.deps.listsAll) addLine(part, batch, row, shared, decision, reserved);
}

function decideBad(part: Part, batch: RowBatch, row: number, why: string): void {
  const line = batch.lines?.[row] ?? batch.firstRow + row + 1;
  noteBad(part.tally, { row: batch.firstRow + row + 1, file: part.file, line, why });
  const decision: RowDecision = {
    ...{ verdict: 'bad', act: 'none', outcome: 'bad', kind: '', reason: why },
    ...{ source: '', record: '', trust: '', since: '', column: '', notChecked: [] },
  };
  const shared = sharedOf(part, decision);
  shared.rows[0] = (shared.rows[0] as number) + 1;
  addLine(part, batch, row, shared, decision);
}

/** Decisions that differ in nothing but the record and its time. */
function sharedOf(part: Part, decision: RowDecision): Shared {
  const key = JSON.stringify({ ...decision, record: decision.record === '', since: '' });
  const known = part.byWords.get(key);
  if (known !== undefined) return known;
  if (part.byWords.size >= sharedMax) {
    for (const shared of part.byWords.values()) countShared(part, shared);
    part.byWords.clear();
  }
  const shared = { decision, form: lineForm(decision), rows: [0, 0, 0, 0] };
  part.byWords.set(key, shared);
  return shared;
}

function countFound(part: Part, batch: RowBatch, row: number, record: number, decision: RowDecision): void {
  const host = hostOf(batch, row);
  countRecord(
    part.records,
    record,
    decision.outcome,
    host === null ? null : hostNumber(host.bytes, host.from, host.to),
  );
  if (decision.outcome === 'dropped') countDropped(part, host);
}

function countDropped(part: Part, host: HostBytes | null): void {
  part.dropped += 1;
  if (host !== null) part.droppedDomains.count(host.bytes, host.from, host.to);
}

function beginLine({ lines }: Part, { firstRow, columns }: RowBatch, row: number): void {
  lines.begin(firstRow + row + 1);
  addCell(lines, columns.id, row);
  addCell(lines, isBlank(columns.url, row) ? columns.page_url : columns.url, row);
}

function addCell(lines: DecisionLines, column: TextColumn | undefined, row: number): void {
  const from = column?.starts[row];
  if (column === undefined || from === undefined || from === nullStart) lines.cell(null);
  else lines.cell(column.bytes, from, column.ends[row] as number);
}

function addLine(
  part: Part,
  batch: RowBatch,
  row: number,
  { form }: Shared,
  decision: RowDecision,
  reserved: Reserved | null = null,
): void {
  const { lines } = part;
  beginLine(part, batch, row);
  lines.bytes(form.head);
  lines.text(decision.record);
  lines.bytes(form.trust);
  lines.text(`${decision.since},${reserved ?? ''}`);
  lines.bytes(form.tail);
}
