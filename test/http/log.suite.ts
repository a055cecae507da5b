import { beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { eventsOfRecord } from '../../db/log-events.ts';
import { recordsInState } from '../../db/records.ts';
import { readLeaves, readTileOf, sequence } from '../../src/actions/sequence.ts';
import { openCheckpoint } from '../../src/log/checkpoint.ts';
import { leafHash } from '../../src/log/hash.ts';
import { leafBytes } from '../../src/log/leaf.ts';
import { parseLogPolicy } from '../../src/log/log-policy.ts';
import { treeRoot } from '../../src/log/merkle.ts';
import { readConsistencyProof, readRoot } from '../../src/log/tile-proofs.ts';
import type { LogFiles } from '../../src/log-store/ports.ts';
import { optOut as optOutNames } from './opt-out.ts';
import { createWorld, type World } from './world.ts';

/** The consent log as the service keeps it, on both databases. */
export function logSuite(open: () => Promise<Database>): void {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(await open());
  });

  const optOut = (names: string[]) => optOutNames(world, names);

  const published = async () => {
    const { files, keys, origin } = world.deps.consentLog;
    const bytes = await files.read('checkpoint');
    return bytes === null ? null : openCheckpoint(bytes, keys, origin);
  };

  test('the first turn logs the key, later ones what takes effect, each with its place', async () => {
    expect(await sequence(world.deps)).toBe(1);
    await optOut(['Ada Example', 'Ada E.']);
    expect(await sequence(world.deps)).toBe(2);
    expect(await sequence(world.deps)).toBe(0);
    const leaves = await readLeaves(world.deps.consentLog, 0, 3);
    expect(leaves.map(({ leaf }) => leaf.type)).toEqual(['key', 'reserved', 'reserved']);
    const records = await recordsInState(world.deps.database, 'active', 10);
    for (const { rid } of records) {
      const [event] = await eventsOfRecord(world.deps.database, rid);
      const { leaf } = leaves[event?.seq ?? 0] ?? {};
      expect(leaf).toMatchObject({ rid, ver: event?.version, commit: event?.commitment });
    }
    const checkpoint = await published();
    expect(checkpoint?.size).toBe(3n);
    expect(checkpoint?.root).toEqual(treeRoot(leaves.map(({ leaf }) => leafHash(leafBytes(leaf)))));
  });

  test('the routes serve the checkpoint, the tiles for ever, and the policy to verify them', async () => {
    expect((await world.request('/log/checkpoint')).status).toBe(404);
    await optOut(Array.from({ length: 300 }, (_, n) => `Ada ${n}`));
    await sequence(world.deps);
    const policy = parseLogPolicy(await (await world.request('/log/policy')).text());
    const note = await (await world.request('/log/checkpoint')).text();
    const keys = policy.logs.map(({ key }) => key);
    const checkpoint = await openCheckpoint(note, keys, 'localhost:8787/log');
    expect(checkpoint.size).toBe(301n);
    const files: Pick<LogFiles, 'read'> = {
      async read(path) {
        const response = await world.request(`/log/${path}`);
        expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
        return response.status === 200 ? new Uint8Array(await response.arrayBuffer()) : null;
      },
    };
    const root = await readRoot(301, readTileOf({ files: files as LogFiles }));
    expect(root).toEqual(checkpoint.root);
    for (const path of ['tile/0/999', 'tile/0/../checkpoint', 'tile/64/000', 'tile/entries/x', 'log-key']) {
      expect((await world.request(`/log/${path}`)).status, path).toBe(404);
    }
  });

  test('a tile that is written and not signed yet is not served', async () => {
    await sequence(world.deps);
    await optOut(['Ada Example']);
    const { lock, files } = world.deps.consentLog;
    const { replace } = lock;
    lock.replace = async () => false;
    await expect(sequence(world.deps)).rejects.toMatchObject({ code: 'conflict' });
    expect(await files.read('tile/0/000.p/2')).not.toBeNull();
    expect((await world.request('/log/tile/0/000.p/2')).status).toBe(404);
    expect((await world.request('/log/tile/entries/000.p/2')).status).toBe(404);
    expect((await world.request('/log/tile/0/000.p/1')).status).toBe(200);
    lock.replace = replace;
    await sequence(world.deps);
    expect((await world.request('/log/tile/0/000.p/2')).status).toBe(200);
    expect((await world.request('/log/tile/entries/000.p/2')).status).toBe(200);
  });

  test('a key is logged with the same bytes however often that is tried', async () => {
    const { lock, files } = world.deps.consentLog;
    const { replace } = lock;
    lock.replace = async () => false;
    await expect(sequence(world.deps)).rejects.toMatchObject({ code: 'conflict' });
    const first = await files.read('tile/entries/000.p/1');
    lock.replace = replace;
    world.clock.now += 5_000;
    await sequence(world.deps);
    expect(await files.read('tile/entries/000.p/1')).toEqual(first);
  });

  test('every checkpoint is consistent with every one before, however batches fall', async () => {
    const sizes: bigint[] = [];
    for (const count of [1, 2, 255, 1, 40]) {
      await optOut(Array.from({ length: count }, (_, n) => `Ada ${sizes.length} ${n}`));
      await sequence(world.deps);
      sizes.push((await published())?.size ?? 0n);
    }
    for (const [index, size1] of sizes.entries()) {
      for (const size2 of sizes.slice(index)) {
        await expect(
          readConsistencyProof(size1, size2, readTileOf(world.deps.consentLog)),
        ).resolves.toBeDefined();
      }
    }
  });

  describe('after a crash', () => {
    /** Makes one step fail, before or after it took effect. */
    async function failing(step: 'tile' | 'lock' | 'publish' | 'database', after: boolean): Promise<void> {
      const { deps } = world;
      const { consentLog, database } = deps;
      const { write } = consentLog.files;
      const { replace } = consentLog.lock;
      const { atomically } = database;
      const fault = new Error('power cut');
      const fail = async <T>(run: () => Promise<T>): Promise<T> => {
        if (after) await run();
        throw fault;
      };
      consentLog.files.write = (path, bytes) => {
        const hit = step === 'publish' ? path === 'checkpoint' : step === 'tile' && path !== 'checkpoint';
        return hit ? fail(() => write(path, bytes)) : write(path, bytes);
      };
      if (step === 'lock') consentLog.lock.replace = (a, b) => fail(() => replace(a, b));
      if (step === 'database') database.atomically = (statements) => fail(() => atomically(statements));
      await expect(sequence(deps)).rejects.toBe(fault);
      Object.assign(consentLog.files, { write });
      Object.assign(consentLog.lock, { replace });
      Object.assign(database, { atomically });
    }

    test.each(
      (['tile', 'lock', 'publish', 'database'] as const).flatMap((step) =>
        [false, true].map((after) => [step, after] as const),
      ),
    )('at %s, taken effect: %s, the next turn finishes and forks nothing', async (step, after) => {
      await sequence(world.deps);
      await optOut(['Ada Example']);
      await failing(step, after);
      await optOut(['Ada Later']);
      while ((await sequence(world.deps)) > 0);
      const checkpoint = await published();
      expect(checkpoint?.size).toBe(3n);
      const leaves = await readLeaves(world.deps.consentLog, 0, 3);
      expect(checkpoint?.root).toEqual(treeRoot(leaves.map(({ leaf }) => leafHash(leafBytes(leaf)))));
      const seqs = await world.deps.database.db.all(
        'SELECT seq FROM record_events WHERE seq IS NOT NULL ORDER BY seq',
      );
      expect(seqs).toEqual([{ seq: 1 }, { seq: 2 }]);
    });
  });

  describe('what does not fit together is refused, with what to do', () => {
    test('a database older than its log', async () => {
      await sequence(world.deps);
      await optOut(['Ada Example']);
      await sequence(world.deps);
      await world.deps.database.db.run('DELETE FROM record_events');
      await optOut(['Ada Other']);
      await expect(sequence(world.deps)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining('older backup'),
        fix: expect.stringContaining('Restore a newer backup'),
      });
      expect((await published())?.size).toBe(2n);
    });

    test('a lock that is gone, and a lock that is behind', async () => {
      await sequence(world.deps);
      const old = await world.deps.consentLog.lock.read();
      await optOut(['Ada Example']);
      await sequence(world.deps);
      const { lock } = world.deps.consentLog;
      const { read } = lock;
      lock.read = async () => null;
      await expect(sequence(world.deps)).rejects.toMatchObject({
        code: 'conflict',
        fix: expect.stringContaining('lock'),
      });
      lock.read = async () => old;
      await expect(sequence(world.deps)).rejects.toMatchObject({
        code: 'conflict',
        fix: expect.stringContaining('lock'),
      });
      lock.read = read;
      expect(await sequence(world.deps)).toBe(0);
    });

    test('a log folder that is older than the database', async () => {
      await sequence(world.deps);
      await optOut(['Ada Example']);
      await sequence(world.deps);
      await world.deps.database.db.run('UPDATE record_events SET seq = 7 WHERE seq = 1');
      await expect(sequence(world.deps)).rejects.toMatchObject({
        code: 'conflict',
        fix: expect.stringContaining('newest'),
      });
    });

    test('a log folder that is older than its lock: nothing is published that has no tiles', async () => {
      await sequence(world.deps);
      const { files } = world.deps.consentLog;
      const old = (await files.read('checkpoint')) ?? new Uint8Array();
      await optOut(['Ada Example']);
      await sequence(world.deps);
      await files.write('checkpoint', old);
      const { read } = files;
      files.read = async (path) => (/000\.p\/2$/.test(path) ? null : read(path));
      await expect(sequence(world.deps)).rejects.toMatchObject({
        code: 'conflict',
        fix: expect.stringContaining('newest'),
      });
      expect(await files.read('checkpoint')).toEqual(old);
      files.read = read;
      expect(await sequence(world.deps)).toBe(0);
      expect((await published())?.size).toBe(2n);
    });

    test('of two processes on one log one wins, and both see one history', async () => {
      await sequence(world.deps);
      await optOut(['Ada Example', 'Ada Other']);
      const results = await Promise.allSettled([sequence(world.deps), sequence(world.deps)]);
      expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
      while ((await sequence(world.deps)) > 0);
      expect((await published())?.size).toBe(3n);
    });
  });
}
