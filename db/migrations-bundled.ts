import type { Migration } from './migrate.ts';
import registry from './migrations/0001_registry.sql';
import log from './migrations/0002_log.sql';
import receipts from './migrations/0003_receipts.sql';
import signals from './migrations/0004_signals.sql';
import descriptor from './migrations/0005_descriptor.sql';
import blockhash from './migrations/0006_blockhash.sql';
import reports from './migrations/0007_reports.sql';

/** The migrations as the Worker's bundler embeds them. */
export const bundledMigrations: readonly Migration[] = [
  { name: '0001_registry', text: registry },
  { name: '0002_log', text: log },
  { name: '0003_receipts', text: receipts },
  { name: '0004_signals', text: signals },
  { name: '0005_descriptor', text: descriptor },
  { name: '0006_blockhash', text: blockhash },
  { name: '0007_reports', text: reports },
];
