import { runCheck } from './check.ts';
import { runFilter } from './filter.ts';
import { runFingerprint } from './fingerprint.ts';
import { runGather } from './gather.ts';
import { runIndex } from './hash-tables.ts';
import { runLog } from './log.ts';
import { runRobots } from './robots.ts';
import { runSignals } from './signals.ts';
import { runSnapshot } from './snapshot.ts';

/** One function per table of docs/benchmarks.md. */
const tables: Record<string, (args: readonly string[]) => Promise<void>> = {
  check: runCheck,
  filter: runFilter,
  fingerprint: runFingerprint,
  gather: runGather,
  index: runIndex,
  log: runLog,
  robots: runRobots,
  signals: runSignals,
  snapshot: runSnapshot,
};

const given = process.argv.slice(2);
const firstOption = given.findIndex((each) => each.startsWith('--'));
const names = firstOption < 0 ? given : given.slice(0, firstOption);
const runs = names.map((name) => tables[name]);
if (runs.length === 0 || runs.includes(undefined)) {
  process.stderr.write(
    `usage: npm run bench -- <${Object.keys(tables).join('|')}>… [--write] [--seconds N]\n` +
      '  --write      keep the tables in docs/benchmarks.md\n' +
      '  --seconds N  how long each load lasts, default 8\n' +
      '  --hashes N   index: 1m or 10m, default both\n' +
      '  --origins N  gather: how many, default 10000\n' +
      '  --sizes LIST snapshot: of 1m, 10m, works; default all\n' +
      '  --keep D     snapshot, filter: make what is measured in folder D and find it there again\n' +
      '  --rows N     filter: 5m or 20m, default 5m\n' +
      '  --rounds N   filter: how often each program runs, default 3\n' +
      '  --profile D  check: write CPU profiles of the service into folder D\n' +
      '  --reference PATH  robots: a compiled parser to compare with, run as PATH FILE AGENT URL\n',
  );
  process.exit(2);
}
for (const run of runs) await run?.(given.slice(names.length));
