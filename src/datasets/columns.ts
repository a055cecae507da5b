import { AppError } from '../errors.ts';

/** The fields of a check that a dataset can have, with the column names that mean them in any case. */
export const fieldNames = {
  url: ['url', 'image_url'],
  page_url: ['page_url'],
  sha256: ['sha256'],
  md5: ['md5'],
  pdq: ['pdq'],
} as const;
export type Field = keyof typeof fieldNames;
export const fields = Object.keys(fieldNames) as Field[];

/** What a column can be taken for: something to check, the row's id, or the time it was collected; these only when named. */
export type ColumnUse = Field | 'id' | 'crawled_at';

export const hashTypes = ['sha256', 'md5', 'pdq'] as const;
export type HashType = (typeof hashTypes)[number];

export interface ColumnWishes {
  /** Columns named by the caller; they win over anything found. */
  named: Partial<Record<ColumnUse, string>>;
  /** What a column called `hash` holds. Never guessed: it is MD5 in one dataset and no digest at all in another. */
  hashType?: HashType | undefined;
}

/** Position of each column in the header. */
export type ColumnMap = Partial<Record<ColumnUse, number>>;

const shownMax = 40;

/** Why a column of this position can hold nothing that is checked, as a clause after its name; else undefined. */
export type Unfit = (at: number) => string | undefined;

/**
 * Finds the columns to check in a header.
 * @param unfit where the format knows more of its columns than their names.
 * @returns the map, and sentences worth telling before the run.
 * @throws AppError `invalid` naming what was found and what would help; a clause to follow the file's name.
 */
export function findColumns(
  header: readonly string[],
  wishes: ColumnWishes,
  unfit: Unfit = () => undefined,
): { map: ColumnMap; notes: string[] } {
  const map: ColumnMap = {};
  const notes: string[] = [];
  for (const [field, name] of Object.entries(wishes.named) as [ColumnUse, string][]) {
    const at = positionOf(header, name);
    if (at === undefined) {
      throw new AppError('invalid', `has no column ${name}: ${found(header)}`, { field: name });
    }
    if (field !== 'id' && field !== 'crawled_at') refuseUnfit(name, unfit(at));
    map[field] = at;
  }
  for (const field of fields) {
    if (map[field] !== undefined) continue;
    const there = fieldNames[field].filter((name) => positionOf(header, name) !== undefined);
    const candidates = there.filter((name) => unfit(positionOf(header, name) as number) === undefined);
    for (const name of there.filter((name) => !candidates.includes(name))) {
      notes.push(`column ${name} is not checked: it ${unfit(positionOf(header, name) as number)}`);
    }
    if (candidates[0] !== undefined) map[field] = positionOf(header, candidates[0]) as number;
    if (candidates.length > 1) notes.push(`column ${candidates.slice(1).join(', ')} is not checked`);
  }
  const hash = positionOf(header, 'hash');
  if (hash !== undefined && !Object.values(map).includes(hash)) {
    const why = unfit(hash);
    if (wishes.hashType !== undefined) refuseUnfit('hash', why);
    if (why !== undefined) notes.push(`column hash is not checked: it ${why}`);
    else if (wishes.hashType !== undefined) map[wishes.hashType] ??= hash;
    else if (fields.every((field) => map[field] === undefined)) {
      throw new AppError(
        'invalid',
        `has only a column hash: what is in it? say --hash-type ${hashTypes.join(', ')}`,
      );
    } else notes.push('column hash is not checked: say what is in it with --hash-type sha256, md5 or pdq');
  }
  if (fields.every((field) => map[field] === undefined)) {
    const but = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
    throw new AppError('invalid', `has no column to check: ${found(header)}${but}${advice(header)}`);
  }
  return { map, notes };
}

function refuseUnfit(name: string, why: string | undefined): void {
  if (why === undefined) return;
  throw new AppError('invalid', `has a column ${name} that cannot be checked: it ${why}`, { field: name });
}

/** Exact name first, then the name in any case and without blanks around it. @throws AppError when two fit. */
function positionOf(header: readonly string[], name: string): number | undefined {
  const exact = positions(header, (column) => column === name);
  const hits = exact.length > 0 ? exact : positions(header, (column) => plain(column) === plain(name));
  if (hits.length > 1) {
    const names = hits.map((at) => `${header[at]} (number ${at + 1})`).join(', ');
    throw new AppError('invalid', `has more than one column ${name}: ${names}; rename all but one`);
  }
  return hits[0];
}

function positions(header: readonly string[], fits: (column: string) => boolean): number[] {
  return header.flatMap((column, at) => (fits(column) ? [at] : []));
}

function plain(name: string): string {
  return name.trim().toLowerCase();
}

function found(header: readonly string[]): string {
  const shown = header.slice(0, shownMax).map((name) => (name.length > 60 ? `${name.slice(0, 60)}…` : name));
  const more = header.length > shownMax ? ` and ${header.length - shownMax} more` : '';
  return `it has ${shown.join(', ')}${more}`;
}

function advice(header: readonly string[]): string {
  if (header.some((name) => /^https?:\/\//i.test(name.trim()))) {
    return '; the first line looks like data, and a header line is needed';
  }
  return '; name one with --url-column, --page-url-column, --sha256-column, --md5-column or --pdq-column';
}
