import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { seeded } from '../../src/demo/seeded.ts';
import { databaseFile, random } from '../../src/open.ts';
import { openConsentLog } from '../../src/open-log.ts';
import { newSecret } from '../../src/secrets.ts';
import { audit } from './audit.ts';
import { startChild } from './child.ts';
import { allLogged, openBeside, requireKept, requireRepeatable } from './kept.ts';
import { newLedger, watchCheckpoint, write } from './load.ts';

const writers = 8;
/** How long the load lasts before a kill, and how long a start may last before one. */
const loadMs = { from: 5, to: 700 };
const startMs = { from: 20, to: 700 };
/** Of so many kills one falls into the start itself, where what was begun before is finished. */
const killsPerStartKill = 8;

export interface KillFigures {
  kills: number;
  killsInStart: number;
  acknowledged: number;
  requests: number;
  checkpoints: number;
  audits: number;
  entries: number;
  cut: number;
}

/**
 * Kills the service again and again while clients write, and after each kill holds the published log and the restarted
 * service to everything that was acknowledged and to every checkpoint that was ever seen.
 * @throws with the round in which something did not hold.
 */
export async function killAgainAndAgain(kills: number, seed: number): Promise<KillFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'withhold-crash-'));
  const chance = seeded(seed);
  const env = {
    WITHHOLD_ORIGIN: 'https://registry.example',
    WITHHOLD_SECRETS: newSecret('crash', random),
    WITHHOLD_DATA: folder,
    WITHHOLD_HOST: '127.0.0.1',
    WITHHOLD_PORT: '0',
    WITHHOLD_DNS: '127.0.0.1:9',
    WITHHOLD_LOG_LEVEL: 'error',
  };
  const config = readConfig(env);
  const ledger = newLedger();
  const figures = { kills: 0, killsInStart: 0, audits: 0, cut: 0, entries: 0 };
  try {
    for (let round = 0; figures.kills < kills; round += 1) {
      const { child, ready } = startChild(env);
      if (round > 0 && chance.below(killsPerStartKill) === 0) {
        ready.catch(() => {});
        await setTimeout(chance.between(startMs.from, startMs.to));
        await new Promise((ended) => child.once('exit', ended).kill('SIGKILL'));
        figures.killsInStart += 1;
      } else {
        const service = await ready;
        try {
          await holdTo(service.url);
          await loadUntil(service, round, chance.between(loadMs.from, loadMs.to));
        } finally {
          await service.kill();
        }
      }
      figures.kills += 1;
      // What a reader has in front of him before anything has had a chance to mend it.
      await audited();
    }
    const { ready } = startChild(env);
    const service = await ready;
    try {
      await holdTo(service.url);
    } finally {
      await service.kill();
    }
    const { acknowledged, checkpoints, requests } = ledger;
    return { ...figures, requests, acknowledged: acknowledged.length, checkpoints: checkpoints.size };
  } catch (error) {
    throw new Error(`after ${figures.kills} kills with seed ${seed}: ${error}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  async function audited() {
    const { consentLog, closeLock } = await openConsentLog(config);
    try {
      const found = await audit(consentLog, ledger.checkpoints);
      figures.audits += 1;
      figures.entries = found.size;
      return found;
    } finally {
      closeLock();
    }
  }

  async function holdTo(url: string): Promise<void> {
    const database = openBeside(databaseFile(config));
    try {
      for (const token of ledger.cut.splice(0)) {
        await requireRepeatable(database, url, token, ledger);
        figures.cut += 1;
      }
      await allLogged(database);
      requireKept(database, await audited(), ledger);
    } finally {
      database.close();
    }
  }

  async function loadUntil(
    { url, tokens, kill }: Awaited<ReturnType<typeof startChild>['ready']>,
    round: number,
    ms: number,
  ): Promise<void> {
    const stop = new AbortController();
    const running = [
      watchCheckpoint(url, ledger, stop.signal),
      ...Array.from({ length: writers }, (_none, n) =>
        write(url, `w${round}-${n}`, tokens, ledger, stop.signal),
      ),
    ];
    await Promise.race([setTimeout(ms), Promise.all(running)]);
    // Killed while requests are under way; what they were answered until then counts.
    await kill();
    stop.abort();
    await Promise.all(running);
  }
}
