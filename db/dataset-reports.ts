import { and, eq, ne, sql } from 'drizzle-orm';
import { type Database, jsonParameters, type Statement } from './database.ts';
import { datasetReports, reportedRecords } from './schema.ts';

export type DatasetReportRow = typeof datasetReports.$inferSelect;

/** The report of a consumer about a dataset, by its digest. */
export async function datasetReport(
  { db }: Database,
  { consumer, dataset, digest }: Pick<DatasetReportRow, 'consumer' | 'dataset' | 'digest'>,
): Promise<DatasetReportRow | undefined> {
  const { consumer: by, dataset: of, digest: is } = datasetReports;
  const where = and(eq(by, consumer), eq(of, dataset), eq(is, digest));
  return (await db.select().from(datasetReports).where(where).limit(1))[0];
}

/** How many datasets a consumer has reported on, this one left out. */
export async function otherDatasets({ db }: Database, consumer: string, dataset: string): Promise<number> {
  const rows = await db
    .select({ datasets: sql<number>`count(DISTINCT ${datasetReports.dataset})`.mapWith(Number) })
    .from(datasetReports)
    .where(and(eq(datasetReports.consumer, consumer), ne(datasetReports.dataset, dataset)));
  return rows[0]?.datasets ?? 0;
}

/** Begins a report; another call that began the same one is no fault. */
export const insertDatasetReport = ({ db }: Database, row: DatasetReportRow): Statement =>
  db.insert(datasetReports).values(row).onConflictDoNothing();

/** Marks a report whole. */
export const completeReport = ({ db }: Database, id: string, at: string): Statement =>
  db.update(datasetReports).set({ completedAt: at }).where(eq(datasetReports.id, id));

/** Deletes a consumer's other reports on a dataset: all of them, or those whose parts never came to an end. */
export function deleteOtherReports(
  { db }: Database,
  { id, consumer, dataset }: Pick<DatasetReportRow, 'id' | 'consumer' | 'dataset'>,
  which: 'all' | 'unfinished',
): Statement[] {
  const others = sql`${datasetReports.consumer} = ${consumer} AND ${datasetReports.dataset} = ${dataset}
      AND ${datasetReports.id} <> ${id}${which === 'all' ? sql`` : sql` AND ${datasetReports.completedAt} IS NULL`}`;
  return [
    db
      .delete(reportedRecords)
      .where(
        sql`${reportedRecords.report} IN (SELECT ${datasetReports.id} FROM ${datasetReports} WHERE ${others})`,
      ),
    db.delete(datasetReports).where(others),
  ];
}

export interface ReportedRecord {
  rid: string;
  removed: number;
  licensed: number;
  disputed: number;
}

/** Writes the counts of those records that are here; a record that was erased, or never was, leaves nothing. */
export function saveReported({ db }: Database, report: string, rows: readonly ReportedRecord[]): Statement[] {
  return jsonParameters(rows).map((json) =>
    db
      .insert(reportedRecords)
      .select(
        sql`SELECT value->>'rid', ${report}, value->>'removed', value->>'licensed', value->>'disputed'
            FROM json_each(${json}) WHERE value->>'rid' IN (SELECT rid FROM records)
            AND EXISTS (SELECT 1 FROM dataset_reports WHERE id = ${report})`,
      )
      .onConflictDoUpdate({
        target: [reportedRecords.rid, reportedRecords.report],
        set: {
          removed: sql`excluded.removed`,
          licensed: sql`excluded.licensed`,
          disputed: sql`excluded.disputed`,
        },
      }),
  );
}

/** How many of these records are here. */
export async function knownRecords({ db }: Database, rids: readonly string[]): Promise<number> {
  const rows = await db.all<{ known: number }>(
    sql`SELECT count(*) AS known FROM records WHERE rid IN (SELECT value FROM json_each(${JSON.stringify(rids)}))`,
  );
  return Number(rows[0]?.known ?? 0);
}

/** Copies in datasets, and in how many datasets. */
export interface Copies {
  datasets: number;
  copies: number;
}
export interface Reported {
  removed: Copies;
  licensed: Copies;
  disputed: Copies;
}

const whole = sql`FROM reported_records AS c JOIN dataset_reports AS d ON d.id = c.report
    WHERE d.completed_at IS NOT NULL`;

type SumRow = Record<'removedIn' | 'removed' | 'licensedIn' | 'licensed' | 'disputedIn' | 'disputed', number>;

const copiesOf = (row: SumRow): Reported => ({
  removed: { datasets: Number(row.removedIn), copies: Number(row.removed) },
  licensed: { datasets: Number(row.licensedIn), copies: Number(row.licensed) },
  disputed: { datasets: Number(row.disputedIn), copies: Number(row.disputed) },
});

/** What consumers have reported of each record of one creator, by rid; a record nobody reported on is not in it. */
export async function reportedOfCreator({ db }: Database, creatorId: string): Promise<Map<string, Reported>> {
  const rows = await db.all<SumRow & { rid: string }>(sql`SELECT c.rid AS rid,
      sum(c.removed > 0) AS removedIn, total(c.removed) AS removed,
      sum(c.licensed > 0) AS licensedIn, total(c.licensed) AS licensed,
      sum(c.disputed > 0) AS disputedIn, total(c.disputed) AS disputed
    ${whole} AND c.rid IN (SELECT r.rid FROM records AS r JOIN opt_outs AS o ON o.id = r.opt_out_id
      WHERE o.creator_id = ${creatorId}) GROUP BY c.rid`);
  return new Map(rows.map(({ rid, ...sums }) => [rid, copiesOf(sums)]));
}

/** What consumers have reported in all: copies, and datasets in which there was any. */
export async function reportedInAll({ db }: Database): Promise<Reported> {
  const rows = await db.all<SumRow>(sql`SELECT
      count(DISTINCT CASE WHEN c.removed > 0 THEN c.report END) AS removedIn, total(c.removed) AS removed,
      count(DISTINCT CASE WHEN c.licensed > 0 THEN c.report END) AS licensedIn, total(c.licensed) AS licensed,
      count(DISTINCT CASE WHEN c.disputed > 0 THEN c.report END) AS disputedIn, total(c.disputed) AS disputed
    ${whole}`);
  return copiesOf(rows[0] as SumRow);
}
