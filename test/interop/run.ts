import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from './cases.ts';
import { datadiligence } from './datadiligence.ts';
import { goLog } from './go-log.ts';
import { runOutputs } from './outputs.ts';
import { parquetWriters } from './parquet.ts';
import { datatroveRules, heritrixRules, nutchRules, stormcrawlerRules } from './rules.ts';
import { s3Servers } from './s3.ts';

/** Tools that others made, each against a running service. What is not on this machine is skipped, and says so. */
const checks: readonly Check[] = [
  ...[datadiligence, goLog, datatroveRules, heritrixRules, nutchRules, stormcrawlerRules],
  ...[parquetWriters, s3Servers, runOutputs],
];

let passed = 0;
let failed = 0;
let skipped = 0;
for (const { tool, run } of checks) {
  process.stdout.write(`${tool}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'withhold-interop-'));
  try {
    const outcome = await run(folder);
    if ('missing' in outcome) {
      skipped += 1;
      process.stdout.write(`SKIPPED ${tool} is not tested here: ${outcome.missing}\n`);
    } else {
      passed += outcome.passed;
      failed += outcome.failed;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const tail = skipped === 0 ? '' : ` (${skipped} of ${checks.length} tools skipped)`;
process.stdout.write(`${passed} passed, ${failed} failed${tail}\n`);
process.exitCode = failed === 0 ? 0 : 1;
