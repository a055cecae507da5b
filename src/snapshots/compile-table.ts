import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Write } from '../opt-outs/table/section-writer.ts';
import type { Terms } from '../opt-outs/table/table.ts';
import { createTableWriter } from '../opt-outs/table/writer.ts';
import { readLines } from './table-lines.ts';

/** Written at once; one call takes no more than 2 GiB. */
const bytesPerCall = 64 * 1024 * 1024;

export interface CompileOptions {
  /** The file to be made, which is there whole or not at all. */
  path: string;
  /** How many lines will come. */
  rows: number;
  /** What the lines name by number, from 0 on. */
  terms: AsyncIterable<Terms> | Iterable<Terms>;
  /** 64 random bits in two words: `crypto.getRandomValues(new Uint32Array(2))`. */
  seed: readonly [number, number];
}

/**
 * Writes the compiled table of a snapshot (src/opt-outs/table) from sorted lines, in the form that `readLines` tells.
 *
 * @param lines pieces of the text, cut anywhere: keys bytewise, rows of one key by kind and rid, bytewise too.
 * @throws RangeError for lines that are of another form, out of order, there twice, or not as many as was said; the
 *   file that was there before stays.
 */
export async function compileTable(lines: AsyncIterable<Uint8Array>, options: CompileOptions): Promise<void> {
  const { path, rows, seed, terms } = options;
  const aside = `${path}.new`;
  try {
    const file = openSync(aside, 'w', 0o600);
    try {
      const writer = createTableWriter({ rows, seed }, writeTo(file));
      for await (const each of terms) writer.addTerms(each);
      await readLines(lines, writer.addRow);
      writer.finish();
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

function writeTo(file: number): Write {
  return (bytes, at) => {
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file, bytes, done, Math.min(bytesPerCall, bytes.length - done), at + done);
    }
  };
}
