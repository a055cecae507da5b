import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { summaryReporter } from './test/summary.reporter.ts';

/** What wrangler's Text rule does to the migrations, for the Worker's tests. */
const sqlText = {
  name: 'sql-text',
  transform: (text: string, id: string) =>
    id.endsWith('.sql') ? `export default ${JSON.stringify(text)}` : undefined,
};

export default defineConfig({
  test: {
    reporters: ['default', summaryReporter],
    // One worker for each core: left to itself one core stays idle, which on two is half the machine.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.workerd.test.ts', 'test/**/*.browser.test.ts'],
          // Real processes, DuckDB and SQLite on a busy machine: none of these tests is about time.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [
          sqlText,
          cloudflareTest({
            main: './src/worker.ts',
            miniflare: {
              compatibilityDate: '2026-10-01',
              compatibilityFlags: ['nodejs_compat'],
              d1Databases: ['DB'],
              r2Buckets: ['LOG'],
              durableObjects: { LOCK: { className: 'LogLockObject', useSQLite: true } },
            },
          }),
        ],
        test: { name: 'workerd', include: ['test/**/*.workerd.test.ts'] },
      },
      {
        test: {
          name: 'browser',
          environment: 'node',
          include: ['test/**/*.browser.test.ts'],
          fileParallelism: false,
          hookTimeout: 60_000,
          testTimeout: 60_000,
        },
      },
    ],
  },
});
