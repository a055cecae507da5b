import { rowsCovering } from '../src/opt-outs/table/url-matcher.ts';
import { loadTable } from '../src/snapshots/load-table.ts';
import { columnTexts } from './filter-column.ts';

/** Rows from the beginning of a dataset that are held to the slow path, so that what is fast and wrong does not pass. */
export const provenRows = 20_000;

/** What every program of the comparison says at its end, as JSON. */
export interface Found {
  rows: number;
  dropped: number;
  /** The dropped ones among the first `provenRows`, from 0, in order. */
  first: number[];
}

/** The rows from the beginning of a dataset that a snapshot's table covers, key by key, read by another reader. */
export async function slowlyFound(path: string, tablePath: string): Promise<number[]> {
  const table = loadTable(tablePath);
  const found: number[] = [];
  for await (const { firstRow, texts } of columnTexts(path, 'url', provenRows)) {
    for (const [at, url] of texts.entries()) {
      if ((rowsCovering(table, url) ?? []).length > 0) found.push(firstRow + at);
    }
  }
  return found;
}
