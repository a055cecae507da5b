/**
 * The columns of the decisions of a run, in order, with their DuckDB types. Names, order and meaning are a contract:
 * whatever engine filters a dataset writes these.
 *
 * - `file`, `row`: the file as it was named, and the row in it, from 1 on.
 * - `id`: what the column named by the caller holds, or the key of a WebDataset sample.
 * - `verdict`, `act`: as `POST /v1/check` answers; besides `licensed` and `bad`.
 * - `outcome`: what became of the row (`outcomes` of the tally).
 * - `reserved_since`: RFC 3339, of the record that decided; `reserved`: whether that was before the row was collected.
 * - `column`: the column of the dataset by which the row was found: `url`, `page_url`, `sha256`, `md5`, `pdq`, `pixels`.
 * - `not_checked`: what could have spoken and was not asked; empty where sites were not asked at all.
 */
export const decisionFields = [
  ['file', 'VARCHAR'],
  ['row', 'BIGINT'],
  ['id', 'VARCHAR'],
  ['url', 'VARCHAR'],
  ['verdict', 'VARCHAR'],
  ['act', 'VARCHAR'],
  ['outcome', 'VARCHAR'],
  ['reason', 'VARCHAR'],
  ['source', 'VARCHAR'],
  ['record', 'VARCHAR'],
  ['trust', 'VARCHAR'],
  ['reserved_since', 'VARCHAR'],
  ['reserved', 'VARCHAR'],
  ['column', 'VARCHAR'],
  ['not_checked', 'VARCHAR'],
] as const;
export type DecisionField = (typeof decisionFields)[number][0];
