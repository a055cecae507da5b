import { type Because, becauseOf } from '../../datasets/because.ts';
import { csvLines } from '../../datasets/csv.ts';
import { jsonLines } from '../../datasets/jsonl.ts';
import type { DecisionView } from '../../http/schemas.ts';
import type { Client } from '../api-client.ts';
import type { Io } from '../io.ts';
import { askBatch, batchesOf } from './batches.ts';
import { type DecisionRow, decisionColumns, decisionRow } from './decision-row.ts';
import type { Entry } from './entries.ts';
import type { Input } from './inputs.ts';
import { type Journal, writeJournal } from './journal.ts';
import type { FilterOptions } from './options.ts';
import { type Output, openPart, stdoutOutput } from './output.ts';
import { count } from './tally.ts';

export interface Outputs {
  decisions: Output;
  rows: Output | undefined;
  close(): Promise<void>;
}

/** What one run works with. `journal` is kept up to date as rows are done. */
export interface Work {
  options: FilterOptions;
  client: Pick<Client, 'check'>;
  signal: AbortSignal;
  journal: Journal;
  outputs: Outputs;
  canResume: boolean;
  entries: AsyncGenerator<Entry>;
}

type Answer = DecisionView | 'refused' | undefined;
type Asked = Promise<{ batch: Entry[]; answers: Answer[] }>;

const nothing: Because = { kind: '', reason: undefined, words: '' };
const lineFeed = Buffer.from('\n');

/** Opens the outputs at the length the journal vouches for; a new run begins them with their header lines. */
export async function openOutputs(
  options: FilterOptions,
  io: Io,
  journal: Journal,
  first: Input,
): Promise<Outputs> {
  const decisions = options.out === '-' ? stdoutOutput(io) : await openPart(options.out, journal.outBytes);
  const rows = options.rows && (await openPart(options.rows.out, journal.rowsOutBytes));
  if (journal.rows === 0) {
    if (options.outFormat === 'csv') await decisions.append(csvLines([decisionColumns]));
    await rows?.append(ended(first.header.raw));
  }
  return {
    decisions,
    rows,
    async close() {
      await decisions.close();
      await rows?.close();
    },
  };
}

/**
 * Asks about all rows that are not done yet, a few batches at a time, and writes the answers in the order of rows.
 * @param onDone called after each batch is written.
 * @throws what asking or writing threw; everything before it is written and in the journal.
 */
export async function work(run: Work, onDone: () => void): Promise<void> {
  const { options, client, entries } = run;
  const question = { agent: options.asking.agent, usage: options.asking.usage };
  const limit = { items: options.batchItems };
  const inFlight: Asked[] = [];
  const writeNext = async () => {
    const { batch, answers } = await (inFlight.shift() as Asked);
    await writeBatch(run, batch, answers);
    onDone();
  };
  for await (const batch of batchesOf(after(run.journal.rows, entries), limit)) {
    const asked = askBatch(client, question, limit, batch).then((answers) => ({ batch, answers }));
    // An answer that fails while an earlier one is awaited is looked at in its turn.
    asked.catch(() => {});
    inFlight.push(asked);
    if (inFlight.length >= options.concurrency) await writeNext();
  }
  while (inFlight.length > 0) await writeNext();
  await settle(run, true);
}

async function* after(rows: number, entries: AsyncGenerator<Entry>): AsyncGenerator<Entry> {
  for await (const entry of entries) if (entry.row > rows) yield entry;
}

async function writeBatch(run: Work, batch: Entry[], answers: Answer[]): Promise<void> {
  const { options, journal, outputs } = run;
  const lines: DecisionRow[] = [];
  const kept: Buffer[] = [];
  for (const [index, asked] of batch.entries()) {
    const answer = answers[index];
    const entry = answer === 'refused' ? { ...asked, bad: 'is too large for the registry' } : asked;
    const decision = answer === 'refused' ? undefined : answer;
    const because = decision === undefined ? nothing : becauseOf(decision);
    lines.push(decisionRow(entry, decision, because));
    count(journal.tally, entry, decision, because);
    if (entry.raw !== undefined && isWritten(options, entry, decision)) kept.push(ended(entry.raw));
  }
  await outputs.decisions.append(
    options.outFormat === 'csv'
      ? csvLines(lines.map((line) => decisionColumns.map((column) => line[column])))
      : jsonLines(lines),
  );
  if (outputs.rows !== undefined) await outputs.rows.append(Buffer.concat(kept));
  journal.tally.written += kept.length;
  journal.rows = (batch.at(-1) as Entry).row;
  await settle(run, false);
}

/** Outputs first, then the journal that vouches for them. */
async function settle({ options, journal, outputs, canResume }: Work, whole: boolean): Promise<void> {
  await outputs.decisions.sync();
  await outputs.rows?.sync();
  journal.whole = whole;
  journal.outBytes = outputs.decisions.bytes;
  journal.rowsOutBytes = outputs.rows?.bytes ?? 0;
  if (canResume) await writeJournal(options, journal);
}

function isWritten(options: FilterOptions, entry: Entry, decision: DecisionView | undefined): boolean {
  if (options.rows === undefined || entry.bad !== undefined) return false;
  const act = decision?.act ?? 'proceed';
  const drop = act === 'stop' || (act === 'review' && options.onReview === 'drop');
  return drop === (options.rows.write === 'dropped');
}

/** The last row of a file may lack its line end, and another row may follow it here. */
function ended(raw: Buffer): Buffer {
  return raw.length === 0 || raw.at(-1) === 0x0a ? raw : Buffer.concat([raw, lineFeed]);
}
