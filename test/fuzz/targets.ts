/**
 * Every parser of hostile input, in one table: `npm run fuzz` gives each a million cases, `npm test` a few thousand.
 *
 * To add one: write `test/fuzz/NAME.ts` with `export const NAME = target({ ... })`, add it to the table below, and try
 * `npm run fuzz -- --parser NAME --cases 100000`. It says
 * - `generate`: one case, from a seeded source of chance and nothing else. Mix real samples mutated (`mutated`), pieces
 *   of the grammar in wrong order (`sequence`) and noise (`noise`); see mutations.ts and robots.ts.
 * - `bytesOf`: how large the hostile part is; time is allowed in proportion above 500 KB.
 * - `run`: what the service does with such input, and nothing else: this is what is timed. Throwing is a failure.
 * - `check`: what must hold of the result whatever the input (vitest's `expect`, or throw). Not timed.
 * - `show`: the case in one line, for whoever has to find the fault; numbers of cases reproduce with the same seed.
 */
import type { Seeded } from '../../src/demo/seeded.ts';
import { documents } from './documents.ts';
import { robots } from './robots.ts';
import { signals } from './signals.ts';

export interface FuzzTarget<Input, Output> {
  generate(random: Seeded): Input;
  bytesOf(input: Input): number;
  run(input: Input): Output;
  check(input: Input, output: Output): void;
  show(input: Input): string;
}

export type AnyTarget = FuzzTarget<unknown, unknown>;

export const targets: Readonly<Record<string, AnyTarget>> = {
  robots: robots as AnyTarget,
  ...signals,
  ...documents,
};
