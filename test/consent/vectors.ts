import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Vector<Input, Expect> {
  id: string;
  section?: string;
  input: Input;
  expect: Expect;
  note?: string;
}

/** @returns the vectors of one of our own committed files under `test/vectors`. */
export function ownVectors<Input, Expect>(file: string): Vector<Input, Expect>[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8')).vectors;
}

/** The folder of the public suites; they are read where they are and never committed. */
const publicFolder =
  process.env.WITHHOLD_VECTORS ?? resolve(import.meta.dirname, '../../../shared/vectors/public');

/** @returns the parsed JSON file, or null when the public vectors are not on this machine. */
export function publicVectors(file: string): { vectors: Record<string, unknown>[] } | null {
  const path = resolve(publicFolder, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
}
