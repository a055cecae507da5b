import { runCheck } from './check.ts';
import { runIndex } from './hash-tables.ts';
import { runLog } from './log.ts';

/** One function per table of docs/benchmarks.md. */
const tables: Record<string, (args: readonly string[]) => Promise<void>> = {
  check: runCheck,
  index: runIndex,
  log: runLog,
};

const [name = '', ...args] = process.argv.slice(2);
const run = tables[name];
if (run === undefined) {
  process.stderr.write(
    `usage: npm run bench -- <${Object.keys(tables).join('|')}> [--write] [--seconds N]\n` +
      '  --write      keep the table in docs/benchmarks.md\n' +
      '  --seconds N  how long each load lasts, default 8\n' +
      '  --hashes N   index: 1m or 10m, default both\n' +
      '  --profile D  write CPU profiles of the service into folder D\n',
  );
  process.exit(2);
}
await run(args);
