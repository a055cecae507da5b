import { setTimeout } from 'node:timers/promises';
import { snapshotEvents } from '../../../db/log-events.ts';
import { type Config, readConfig } from '../../config.ts';
import { type MadeSnapshot, makeSnapshot } from '../../make-snapshot.ts';
import { openDatabase } from '../../open.ts';
import { readArguments } from '../arguments.ts';
import { exitDone, type Io, say, write } from '../io.ts';

/** How long a running service is given to bring the snapshot into its log. */
const waitMs = 10_000;
const lookEveryMs = 100;

/** `withhold snapshot build`: makes a snapshot of the registry in this data folder. */
export async function build(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, { json: 'boolean' });
  const config = readConfig(io.env);
  const from = performance.now();
  const made = await makeSnapshot(config, Date.now, io.signal);
  const seconds = (performance.now() - from) / 1_000;
  const seq = await placeInLog(config, made.content.size, io.signal);
  await write(io, given.flag('json') ? jsonLine(made, seq, seconds) : plainLines(made, seconds));
  if (seq === null) {
    say(io, 'its place in the log is given when the service runs; until then it is not offered');
  }
  return exitDone;
}

/** @returns the place of its leaf, or null when no service gave it one in time. */
async function placeInLog(config: Config, size: number, signal: AbortSignal): Promise<number | null> {
  const database = await openDatabase(config);
  try {
    for (let waitedMs = 0; ; waitedMs += lookEveryMs) {
      const [event] = await snapshotEvents(database, [size]);
      if (event !== undefined && event.seq !== null) return event.seq;
      if (waitedMs >= waitMs || signal.aborted) return null;
      await setTimeout(lookEveryMs);
    }
  } finally {
    database.close();
  }
}

const totalOf = ({ content }: MadeSnapshot) => content.files.reduce((sum, { bytes }) => sum + bytes, 0);

function plainLines(made: MadeSnapshot, seconds: number): string {
  const { content, folder, isNew } = made;
  const { fingerprints = 0, ...records } = content.counts;
  const kinds = Object.entries(records).map(([kind, count]) => `${count} ${kind}`);
  const how = isNew ? `made in ${seconds.toFixed(1)} s` : 'nothing changed since it was made';
  return (
    `${folder}: log size ${content.size}, ${(totalOf(made) / 1e6).toFixed(1)} MB, ${how}\n` +
    `records: ${kinds.join(', ')}; ${fingerprints} fingerprints; not to be used after ${content.notAfter}\n`
  );
}

function jsonLine(made: MadeSnapshot, seq: number | null, seconds: number): string {
  const { content, digest, folder, isNew } = made;
  const { size, at, notAfter, counts } = content;
  const line = { folder, size, at, notAfter, digest, seq, counts, bytes: totalOf(made), isNew, seconds };
  return `${JSON.stringify(line)}\n`;
}
