import {
  completeReport,
  datasetReport,
  deleteOtherReports,
  insertDatasetReport,
  knownRecords,
  otherDatasets,
  type ReportedRecord,
  saveReported,
} from '../../db/dataset-reports.ts';
import type { Deps } from '../deps.ts';
import { AppError } from '../errors.ts';
import { newId } from './ids.ts';

/** Datasets one consumer may have reports on. */
export const datasetsPerConsumerMax = 1_000;

/** One part of what a consumer says about a dataset of theirs. */
export interface DatasetReport {
  /** Id of the consumer; empty in development without a key. */
  consumer: string;
  /** What the consumer calls the dataset. */
  dataset: string;
  /** Digest of the report of the filter run: `sha256:` and 64 hex digits. */
  digest: string;
  records: readonly ReportedRecord[];
  /** Whether this is the last part. */
  complete: boolean;
}

/**
 * Takes in what became of records in a dataset. The last part puts the report in the place of the consumer's earlier
 * one on the same dataset; until then that one counts. A part that comes twice counts once.
 * @returns how many records of this part are known here; the others were erased, or never were.
 * @throws AppError `conflict` when the consumer has reports on too many datasets, or began another on this one.
 */
export async function reportDataset(deps: Deps, part: DatasetReport): Promise<{ known: number }> {
  const { database } = deps;
  const at = new Date(deps.clock()).toISOString();
  const report = await openReport(deps, part, at);
  await database.atomically(saveReported(database, report.id, part.records));
  if (part.complete) {
    await database.atomically([
      ...deleteOtherReports(database, report, 'all'),
      completeReport(database, report.id, at),
    ]);
  }
  const rids = part.records.map(({ rid }) => rid);
  const [known, still] = await Promise.all([knownRecords(database, rids), datasetReport(database, part)]);
  if (still !== undefined) return { known };
  throw new AppError('conflict', 'Another report on this dataset was begun meanwhile.', {
    field: 'report',
    fix: 'Send all parts of one report before those of the next.',
  });
}

/** The report a part belongs to, begun with its first part. An unfinished one on the same dataset is given up. */
async function openReport(deps: Deps, part: DatasetReport, at: string) {
  const { database } = deps;
  const { consumer, dataset, digest } = part;
  const known = await datasetReport(database, part);
  if (known !== undefined) return known;
  if ((await otherDatasets(database, consumer, dataset)) >= datasetsPerConsumerMax) {
    throw new AppError('conflict', `You have reports on ${datasetsPerConsumerMax} datasets already.`, {
      field: 'dataset',
      fix: 'Report on a dataset under the name you gave it before; its earlier report is replaced.',
    });
  }
  const row = { id: newId(deps), consumer, dataset, digest, at, completedAt: null };
  await database.atomically([
    ...deleteOtherReports(database, row, 'unfinished'),
    insertDatasetReport(database, row),
  ]);
  return (await datasetReport(database, part)) ?? row;
}
