import type { Migration } from './migrate.ts';
import registry from './migrations/0001_registry.sql';
import log from './migrations/0002_log.sql';
import receipts from './migrations/0003_receipts.sql';
import signals from './migrations/0004_signals.sql';

/** The migrations as the Worker's bundler embeds them. */
export const bundledMigrations: readonly Migration[] = [
  { name: '0001_registry', text: registry },
  { name: '0002_log', text: log },
  { name: '0003_receipts', text: receipts },
  { name: '0004_signals', text: signals },
];
