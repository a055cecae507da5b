import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from './config.ts';
import { AppError } from './errors.ts';
import { openCheckpoint } from './log/checkpoint.ts';
import {
  type NoteKey,
  type NoteSigner,
  newSigningKey,
  parseSigningKey,
  parseVerifierKey,
} from './log/note-key.ts';
import { random } from './open.ts';

/** Signing keys, newest first; a key that no longer signs is kept as `# retired …` with its verifier key. */
export const keyFile = (config: Config): string => join(config.data, 'log-key');

/** The log's name: its origin without the scheme, and the path it is served under. */
export const logOrigin = (config: Pick<Config, 'origin'>): string => `${new URL(config.origin).host}/log`;

const retiredMark = '# retired ';

export interface LogKeys {
  /** Of every name, newest first. */
  signers: NoteSigner[];
  /** Keys whose signatures of before still count. */
  retired: NoteKey[];
}

/** Reads the lines of a key file. @throws AppError `invalid` for a key that is none; no message repeats any of it. */
export async function parseLogKeys(text: string): Promise<LogKeys> {
  const lines = text.split('\n').map((line) => line.trim());
  const signing = lines.filter((line) => line.startsWith('PRIVATE+KEY+'));
  return {
    signers: await Promise.all(signing.map(parseSigningKey)),
    retired: lines
      .filter((line) => line.startsWith(retiredMark))
      .map((line) => parseVerifierKey(line.slice(retiredMark.length))),
  };
}

/**
 * Adds a new key in front. From the next start both sign, and the log says so by a `key` leaf.
 * @throws AppError `conflict` while two keys sign already, `not-found` without a key file.
 */
export async function rotateLogKey(config: Config): Promise<{ added: NoteKey; former: NoteKey }> {
  const { text, own } = await readOwn(config);
  const [former, other] = own;
  if (former === undefined) throw noKey(config);
  if (other !== undefined) {
    throw new AppError('conflict', 'two keys sign already', {
      fix: 'end the older one first with: withhold key rotate --finish',
    });
  }
  const made = await newSigningKey(logOrigin(config), random(32));
  const { key: added } = await parseSigningKey(made);
  replaceFile(keyFile(config), `${made}\n${text}`);
  return { added, former: former.key };
}

/**
 * Ends the overlap: only the newest key signs from the next start, and the others are kept to be recognised.
 * @param published the published checkpoint, null for an empty log.
 * @throws AppError `conflict` when there is no overlap, or the new key has not signed yet: whoever follows the log
 * would then see one key give way to another without having seen both.
 */
export async function finishLogKey(
  config: Config,
  published: Uint8Array | null,
): Promise<{ signing: NoteKey; retired: NoteKey[] }> {
  const { text, own } = await readOwn(config);
  const [newest, ...rest] = own.map(({ key }) => key);
  if (newest === undefined) throw noKey(config);
  if (rest.length === 0) {
    throw new AppError('conflict', 'one key signs, so there is nothing to end', {
      fix: 'begin with: withhold key rotate',
    });
  }
  const isSeen =
    published === null ||
    (await openCheckpoint(published, [newest, ...rest], logOrigin(config))).signedBy.some(
      ({ vkey }) => vkey === newest.vkey,
    );
  if (!isSeen) {
    throw new AppError('conflict', 'the new key has not signed a checkpoint yet', {
      fix: 'restart the service, and let some time pass in which both sign',
    });
  }
  const ended = new Set(rest.map(({ name, id }) => `PRIVATE+KEY+${name}+${id}+`));
  const kept = text.split('\n').filter((line) => ![...ended].some((start) => line.startsWith(start)));
  while (kept.at(-1) === '') kept.pop();
  const lines = [...kept, ...rest.map(({ vkey }) => `${retiredMark}${vkey}`)];
  replaceFile(keyFile(config), `${lines.join('\n')}\n`);
  return { signing: newest, retired: rest };
}

async function readOwn(config: Config): Promise<{ text: string; own: NoteSigner[] }> {
  let text: string;
  try {
    text = readFileSync(keyFile(config), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw noKey(config);
    throw error;
  }
  const { signers } = await parseLogKeys(text);
  return { text, own: signers.filter(({ key }) => key.name === logOrigin(config)) };
}

function noKey(config: Config): AppError {
  return new AppError('not-found', `there is no key of ${logOrigin(config)} in ${keyFile(config)}`, {
    fix: 'it is made when the service starts the first time',
  });
}

/** A key that is half written would be a log that cannot be signed: aside, synced, then renamed. */
function replaceFile(path: string, text: string): void {
  const aside = join(dirname(path), `.log-key-${randomUUID()}.part`);
  try {
    const file = openSync(aside, 'wx', 0o600);
    try {
      chmodSync(aside, 0o600);
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}
