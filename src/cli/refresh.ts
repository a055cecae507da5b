import { resolve } from 'node:path';
import { AppError } from '../errors.ts';
import { type RefreshDeps, type Refreshed, refreshRun } from '../filter/refresh/refresh.ts';
import { readArguments, readSnapshotWish, snapshotOptions } from './arguments.ts';
import { readLicences } from './filter/licence-file.ts';
import { number } from './filter/summary.ts';
import { exitDone, type Io, say, write } from './io.ts';
import { openForAnswers, sayAsOf } from './snapshot-asker.ts';

/** `withhold refresh`: decides again the rows of a run that records concern which changed since. */
export async function run(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, { ...snapshotOptions, licences: 'string', json: 'boolean' });
  const [folder, extra] = given.rest;
  if (folder === undefined || extra !== undefined) {
    throw new AppError('invalid', 'refresh takes one folder', { fix: 'name the --out of withhold filter' });
  }
  const snapshot = readSnapshotWish(given);
  if (snapshot === undefined) {
    throw new AppError('invalid', 'no --snapshot was given', {
      fix: 'name the folder that withhold snapshot pull keeps',
    });
  }
  const licences = given.text('licences');
  const opened = await openForAnswers({ ...snapshot, works: false }, io);
  try {
    sayAsOf(io, opened);
    const deps: RefreshDeps = {
      snapshot: opened.snapshot,
      signals:
        opened.signals === null || snapshot.signals === undefined
          ? null
          : { ...snapshot.signals, finished: opened.signals.manifest.finished },
      licences: licences === undefined ? null : await readLicences(licences),
      now: Date.now(),
    };
    const refreshed = await refreshRun(deps, resolve(folder));
    for (const line of words(refreshed)) say(io, line);
    if (given.flag('json')) await write(io, `${JSON.stringify(refreshed, null, 2)}\n`);
    return exitDone;
  } finally {
    await opened.close();
  }
}

function words({ from, to, records, rows, goes, returns, file }: Refreshed): string[] {
  return [
    `from log size ${from.size} to ${to.size}: ${number(records.changed)} records came or changed, ${number(records.gone)} that decisions rested on are not as they were`,
    `${number(rows)} rows were decided again: ${number(goes)} must now go, ${number(returns)} may return`,
    `they are in ${file}`,
  ];
}
