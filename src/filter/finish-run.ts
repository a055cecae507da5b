import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDecisions } from '../datasets/outputs/decisions.ts';
import { writeLists } from '../datasets/outputs/lists.ts';
import { outputNames } from '../datasets/outputs/output-names.ts';
import { badRowsOf, droppedRowsOf } from '../datasets/outputs/parts.ts';
import { rewriteInput } from '../datasets/outputs/rewrite.ts';
import { writeWhole } from '../datasets/outputs/whole.ts';
import type { ReportContent } from '../datasets/report/content.ts';
import { makeReport, reportName } from '../datasets/report/filter-report.ts';
import { reportedRecords } from '../datasets/tally/summary.ts';
import { digestOfFile } from '../log-store/file-digest.ts';
import type { Counted } from './counted.ts';
import type { FilterRunResult, Run } from './filter-run.ts';
import { buildDecisionIndex } from './refresh/decision-index.ts';
import { buildRowIndex, indexedDecisions, indexFolder } from './refresh/row-index.ts';
import { contentOf } from './report-content.ts';
import { partsOf } from './tasks.ts';
import { partEndings } from './work.ts';

/** Writes what a run leaves for others, and at last its report; only then the run is done. */
export async function finished(run: Run, counted: Counted): Promise<FilterRunResult> {
  const { deps, wishes, folder, finder } = run;
  const { onReview } = wishes;
  const work = join(folder.path, 'work');
  const all = [...partsOf(run)].map(({ input, path }) => ({
    input,
    csv: `${path}${partEndings.decisions}`,
    rows: `${path}${partEndings.rows}`,
  }));
  const parts = all.map(({ csv }) => csv);
  const outputs: ReportContent['outputs'] = [];
  const note = async (name: string, what: ReportContent['outputs'][number]['what']) => {
    outputs.push({ name, what, ...(await digestOfFile(join(folder.path, name))) });
  };
  const decisions = `decisions.${wishes.decisions}`;
  await writeDecisions({ parts, to: join(folder.path, decisions), format: wishes.decisions, work });
  await note(decisions, 'decisions');
  const lists =
    wishes.lists.length === 0
      ? []
      : await writeLists({ parts, onReview, wanted: wishes.lists, to: join(folder.path, 'lists'), work });
  for (const { file, name, unlisted } of lists) {
    await note(`lists/${file}`, 'list');
    if (unlisted > 0) deps.watch.say(`${unlisted} removed rows cannot be named in the list for ${name}`);
  }
  for (const name of await rewritten(run, all, work)) await note(name, 'rows');
  if (wishes.refreshable) await index(run, all, work);
  rmSync(work, { recursive: true, force: true });
  const content = await contentOf(run, counted, outputs);
  const report = await makeReport(content, deps.signer);
  await writeWhole(join(folder.path, reportName), (aside) => writeFile(aside, report));
  rmSync(folder.parts, { recursive: true, force: true });
  const ridOf = (record: number) => finder.recordAt(record).rid;
  return {
    content: { ...content, builder: deps.signer.key.vkey },
    report,
    records: () => reportedRecords({ tally: counted.records, ridOf }, onReview),
  };
}

/** Writes the rows that were kept, or dropped, file by file. @returns their names below the folder. */
async function rewritten(
  { deps, wishes, inputs, folder }: Run,
  parts: readonly { input: number; csv: string }[],
  work: string,
): Promise<string[]> {
  const { write, onReview } = wishes;
  if (write === undefined) return [];
  const names = outputNames(inputs.map(({ name }) => name));
  for (const [at, { address, name: file, format, version }] of inputs.entries()) {
    const own = parts.filter(({ input }) => input === at).map(({ csv }) => csv);
    const from = { parts: own, file, work };
    await rewriteInput(deps.sources, {
      ...{ address, format: format, name: names[at] as string, version, write, work },
      to: join(folder.path, write),
      dropped: droppedRowsOf(from, onReview),
      bad: badRowsOf(from),
    });
  }
  return names.map((name) => `${write}/${name}`);
}

/** Keeps what `withhold refresh` goes by. */
async function index(
  { folder, inputs }: Run,
  parts: readonly { csv: string; rows: string }[],
  work: string,
): Promise<void> {
  const to = join(folder.path, indexFolder);
  await buildRowIndex(
    parts.map(({ rows }) => rows),
    to,
    work,
  );
  const decisions = join(to, indexedDecisions);
  const csv = parts.map((part) => part.csv);
  await writeDecisions({ parts: csv, to: decisions, format: 'csv', work });
  await buildDecisionIndex(
    decisions,
    inputs.map(({ name }) => name),
    to,
  );
}
