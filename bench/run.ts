import { runCheck } from './check.ts';
import { runFingerprint } from './fingerprint.ts';
import { runLog } from './log.ts';
import { runRobots } from './robots.ts';

/** One function per table of docs/benchmarks.md. */
const tables: Record<string, (args: readonly string[]) => Promise<void>> = {
  check: runCheck,
  fingerprint: runFingerprint,
  log: runLog,
  robots: runRobots,
};

const [name = '', ...args] = process.argv.slice(2);
const run = tables[name];
if (run === undefined) {
  process.stderr.write(
    `usage: npm run bench -- <${Object.keys(tables).join('|')}> [--write] [--seconds N]\n` +
      '  --write      keep the table in docs/benchmarks.md\n' +
      '  --seconds N  how long each load lasts, default 8\n' +
      '  --profile D  write CPU profiles of the service into folder D\n' +
      '  --reference PATH  robots: a compiled parser to compare with, run as PATH FILE AGENT URL\n',
  );
  process.exit(2);
}
await run(args);
