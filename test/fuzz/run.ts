import { parseArgs } from 'node:util';
import { FuzzFailure, runCases } from './cases.ts';
import { targets } from './targets.ts';

/** `npm run fuzz`: a million cases for every parser, or what is asked for. */
const { values } = parseArgs({
  options: {
    parser: { type: 'string' },
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
});
const [cases, seed, first] = [values.cases, values.seed, values.first].map(Number) as [
  number,
  number,
  number,
];
const names = values.parser === undefined ? Object.keys(targets) : [values.parser];
const unknown = names.find((name) => !Object.hasOwn(targets, name));
if (
  unknown !== undefined ||
  [cases, seed, first].some((count) => !Number.isSafeInteger(count) || count < 0)
) {
  process.stderr.write(
    'usage: npm run fuzz -- [--parser NAME] [--cases N] [--seed S] [--first N]\n' +
      `  --parser NAME  one of ${Object.keys(targets).join(', ')} (default: all)\n` +
      '  --cases N      cases for each parser (default 1000000)\n' +
      '  --seed S       gives the same cases every time (default 1)\n' +
      '  --first N      number of the first case: with --cases 1 a single one\n',
  );
  process.exit(2);
}
/** Processor time of this thread: what others do on the machine is no fault of a parser. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

for (const name of names) {
  const from = performance.now();
  try {
    const target = targets[name] as (typeof targets)[string];
    const { bytes, slowest } = runCases(target, { cases, seed, first, now: threadMs });
    const seconds = (performance.now() - from) / 1000;
    process.stdout.write(
      `${name}: ${cases} cases, ${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s ` +
        `(${Math.round(cases / seconds)} cases/s with all checks); slowest: case ${slowest.number}, ` +
        `${slowest.bytes} bytes, ${slowest.ms.toFixed(2)} ms\n`,
    );
  } catch (error) {
    if (!(error instanceof FuzzFailure)) throw error;
    process.stdout.write(`${name}: FAILED, ${error.message}\n`);
    process.exitCode = 1;
  }
}
