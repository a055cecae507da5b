import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { sequence } from '../../src/actions/sequence.ts';
import { directoryFiles } from '../../src/log-store/directory.ts';
import { sqliteLock } from '../../src/log-store/sqlite-lock.ts';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { migrationsFolder } from '../../src/paths.ts';
import { createWorld, type World } from '../http/world.ts';
import { audit } from './audit.ts';
import { requireKept } from './kept.ts';
import { type Ledger, newLedger } from './load.ts';

const fault = new Error('the power went');

/** Fails the n-th write anywhere: to a tile, the lock, the checkpoint or the database. */
interface Switch {
  writes: number;
  failAt: number;
}

/** Lets a write through, or fails it, before or after it took effect. */
async function through<T>(state: Switch, after: boolean, run: () => Promise<T>): Promise<T> {
  state.writes += 1;
  if (state.writes !== state.failAt) return run();
  if (after) await run();
  throw fault;
}

async function openWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-ports-'));
  const database = openSqlite(join(folder, 'withhold.sqlite'));
  await migrate(database, readMigrations(migrationsFolder));
  const world = await createWorld(database);
  const lock = sqliteLock(join(folder, 'log-lock.sqlite'));
  Object.assign(world.deps.consentLog, { files: directoryFiles(join(folder, 'log')), lock });
  onTestFinished(() => {
    lock.close();
    database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { world, client: database.client };
}

/** Puts the switch in front of every write of this world. */
function wire({ deps }: World, state: Switch, after: boolean): void {
  const { files, lock } = deps.consentLog;
  const { database } = deps;
  const [write, replace, atomically] = [files.write, lock.replace, database.atomically];
  files.write = (path, bytes) => through(state, after, () => write(path, bytes));
  lock.replace = (before, next) => through(state, after, () => replace(before, next));
  database.atomically = (statements) => through(state, after, () => atomically(statements));
}

async function optOut(world: World, names: string[], ledger: Ledger): Promise<void> {
  const response = await world.request('/v1/opt-outs', {
    json: {
      ...{ name: 'Ada Example', email: 'ada@example.com', role: 'owner', affirmed: true },
      ...{ statement: currentStatement.version, usages: { 'style-imitation': 'disallow' } },
      subjects: names.map((value) => ({ kind: 'name', value })),
    },
  });
  const { id } = (await response.json()) as { id: string };
  const token = await world.lastToken('confirm');
  expect((await world.request('/v1/confirmations', { json: { token } })).status).toBe(200);
  ledger.acknowledged.push({ id, names, confirmed: true, withdrawn: false });
}

const names = (word: string, count: number) => Array.from({ length: count }, (_none, n) => `${word} ${n}`);

test.each([
  ['failed', false],
  ['failed and yet took effect', true],
] as const)(
  'each write of a turn that %s: the log stays sound and the next turn finishes',
  async (_name, after) => {
    const { world, client } = await openWorld();
    const state: Switch = { writes: 0, failAt: 0 };
    const ledger = newLedger();
    let faults = 0;
    const { consentLog } = world.deps;
    await optOut(world, names('first', 240), ledger);
    wire(world, state, after);
    // Every turn adds a few records and fails one write later than the turn before, across the end of the first tile.
    for (let at = 1; ; at += 1) {
      await optOut(world, names(`round ${at}`, 3), ledger);
      Object.assign(state, { writes: 0, failAt: at });
      const failed = await sequence(world.deps).then(
        () => false,
        (error: unknown) => error === fault,
      );
      await audit(consentLog, ledger.checkpoints);
      state.failAt = 0;
      await sequence(world.deps);
      const audited = await audit(consentLog, ledger.checkpoints);
      requireKept(client, audited, ledger);
      const note = await consentLog.lock.read();
      if (note !== null) ledger.checkpoints.add(note);
      if (!failed) break;
      faults += 1;
    }
    // Two tiles, their entries, the tile above, the lock, the checkpoint and the places, at the least.
    expect(faults).toBeGreaterThanOrEqual(5);
  },
);
