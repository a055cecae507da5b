import { readFileSync, writeFileSync } from 'node:fs';
import { answersOfTheLocalWeb } from './run.ts';
import { tableOf } from './table.ts';

const path = new URL('../../docs/signals.md', import.meta.url);
const table = tableOf(await answersOfTheLocalWeb());
const between = /(?<=<!-- local-web -->\n)[\s\S]*(?=\n<!-- \/local-web -->)/;
writeFileSync(
  path,
  readFileSync(path, 'utf8').replace(between, () => table),
);
