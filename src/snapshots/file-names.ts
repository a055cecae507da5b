import type { SubjectKind } from '../opt-outs/record.ts';

/** The Parquet file of each kind of subject. */
export const parquetNames: Readonly<Record<SubjectKind | 'fingerprints', string>> = {
  domain: 'domains.parquet',
  prefix: 'prefixes.parquet',
  url: 'urls.parquet',
  name: 'names.parquet',
  work: 'works.parquet',
  fingerprints: 'fingerprints.parquet',
};

/** The compiled record table. */
export const tableName = 'records.table';
/** The compiled fingerprint index, and the second descriptor of each work by its number there. */
export const worksIndexName = 'works.index';
export const worksDescriptorsName = 'works.descriptors';
