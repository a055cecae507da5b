import { type ColumnUse, type Field, fields } from '../../datasets/columns.ts';
import type { RowRead } from '../../datasets/rows.ts';
import { faultOfUrl } from '../../datasets/run/url-column.ts';
import { CheckItem } from '../../http/schemas.ts';
import type { Input } from './inputs.ts';

/** One data row on its way: to be asked about, broken, or with nothing to check. */
export interface Entry {
  /** 1-based, through all inputs. */
  row: number;
  file: string;
  line: number;
  id: string;
  url: string;
  /** The row as it stands in the file; only held when rows are written. */
  raw: Buffer | undefined;
  /** What to ask. Absent when there is nothing to ask. */
  item?: CheckItem;
  /** Why the row is broken, as a clause: `has 1 cell where the header has 2`. */
  bad?: string;
}

const shownUrlMax = 200;

/**
 * The rows of all inputs in order, numbered through.
 * @param keepRaw whether the rows themselves will be written.
 * @param onBytes told how many bytes of the files were read, for progress.
 */
export async function* entriesOf(
  inputs: readonly Input[],
  keepRaw: boolean,
  onBytes: (count: number) => void,
): AsyncGenerator<Entry> {
  let row = 0;
  for (const input of inputs) {
    for await (const event of input.rows(onBytes)) {
      if (event.kind === 'header') continue;
      row += 1;
      const place = { row, file: input.name, line: event.line };
      if (event.kind === 'row') yield toEntry(place, event, input, keepRaw);
      else yield { ...place, id: '', url: '', raw: undefined, bad: event.why };
    }
  }
}

function toEntry(
  place: Pick<Entry, 'row' | 'file' | 'line'>,
  row: RowRead,
  input: Input,
  keepRaw: boolean,
): Entry {
  const raw = keepRaw ? row.raw : undefined;
  const id = plain(cell(row, input, 'id'));
  const asked: Partial<Record<Field, string>> = {};
  let bad: string | undefined;
  for (const field of fields) {
    const value = cell(row, input, field);
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') bad ??= `has no text in ${field}`;
    else if (value.trim() !== '') {
      asked[field] = value.trim();
      bad ??= faultOf(field, value.trim());
    }
  }
  const url = asked.url ?? asked.page_url ?? '';
  if (bad === undefined && Object.keys(asked).length > 0) {
    const parsed = CheckItem.safeParse(asked);
    if (parsed.success) return { ...place, id, url, raw, item: parsed.data };
    const issue = parsed.error.issues[0];
    bad = `has an unusable ${String(issue?.path[0] ?? 'value')}: ${issue?.message}`;
  }
  if (bad === undefined) return { ...place, id, url, raw };
  return { ...place, id, url: url.length > shownUrlMax ? `${url.slice(0, shownUrlMax)}…` : url, raw, bad };
}

/** @returns what a row holds in the column of a field; undefined where there is none. */
export function cell(row: RowRead, input: Input, field: ColumnUse): unknown {
  const at = input.map[field];
  if (at === undefined) return undefined;
  if (Array.isArray(row.cells)) return row.cells[at];
  const name = input.header.columns[at] as string;
  return Object.hasOwn(row.cells, name) ? (row.cells as Record<string, unknown>)[name] : undefined;
}

/** What a URL cell is refused for before it is sent; hashes are left to the schema. */
function faultOf(field: Field, value: string): string | undefined {
  return field === 'url' || field === 'page_url' ? faultOfUrl(value, field) : undefined;
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
