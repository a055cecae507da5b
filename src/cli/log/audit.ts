import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import { LogFault } from '../../follow/fault.ts';
import { grow } from '../../follow/grow.ts';
import { pinnedKeys } from '../../follow/pin.ts';
import { httpSource, type LogSource } from '../../follow/source.ts';
import { emptyState, formatState, type LogState, openNext, parseState } from '../../follow/state.ts';
import { registryAddress } from '../../follow/transport.ts';
import type { OpenedCheckpoint } from '../../log/checkpoint.ts';
import { fromUtf8, toBase64, toUtf8 } from '../../log/encoding.ts';
import { directoryFiles } from '../../log-store/directory.ts';
import { readArguments } from '../arguments.ts';
import { exitDone, exitSomething, type Io, say, write } from '../io.ts';
import { sayEvery } from './progress.ts';

const statePath = 'state.json';
/** A checkpoint that was refused is evidence against whoever signed it. */
const refusedPath = 'refused-checkpoint';

/** `withhold log audit`: holds a whole log to its checkpoint, and the checkpoint to what was audited before. */
export async function audit(args: string[], io: Io): Promise<number> {
  const given = readArguments(args, {
    dir: 'string',
    policy: 'string',
    full: 'boolean',
    json: 'boolean',
    'retry-for': 'string',
  });
  const [address, extra] = given.rest;
  if (address === undefined || extra !== undefined) {
    throw new AppError('invalid', 'log audit takes one registry', {
      fix: 'give its address, like https://registry.example',
    });
  }
  const server = registryAddress(address);
  const folder = given.text('dir') ?? defaultFolder(server, io);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const files = directoryFiles(folder);
  const source = httpSource(server, {
    signal: io.signal,
    retryForS: given.count('retry-for', { min: 0, max: 86_400, otherwise: 30 }),
    onRetry: (words) => say(io, words),
  });
  const { keys, isNew } = await pinnedKeys(files, source, given.text('policy'));
  if (isNew)
    say(io, `the keys of ${server} are believed from now on, as they stand in ${join(folder, 'policy')}`);
  const kept = await files.read(statePath);
  const last = kept === null ? emptyState : parseState(fromUtf8(kept) ?? '', join(folder, statePath));
  const note = await source.checkpoint();
  try {
    const next = await auditTo(source, note, last, keys, { isFull: given.flag('full'), io });
    if (next === null) {
      say(io, `the log of ${server} is empty: nothing was signed yet`);
      return exitDone;
    }
    await files.write(statePath, toUtf8(formatState(next)));
    await write(io, given.flag('json') ? jsonLine(next, last) : plainLine(next, last));
    return exitDone;
  } catch (error) {
    if (!(error instanceof LogFault)) throw error;
    if (note !== null) await files.write(refusedPath, toUtf8(note));
    say(io, `the log is wrong: ${error.message}`);
    if (note !== null) say(io, `its checkpoint is kept in ${join(folder, refusedPath)}`);
    return exitSomething;
  }
}

function defaultFolder(server: string, { env }: Io): string {
  const root = env.WITHHOLD_AUDIT || join(homedir(), '.withhold', 'audit');
  const { host, pathname } = new URL(server);
  return join(root, `${host}${pathname === '/' ? '' : pathname}`.replaceAll(/[^\w.-]/g, '_'));
}

/** @returns the state after it, or null for a log that is empty and always was. */
async function auditTo(
  source: LogSource,
  note: string | null,
  last: LogState,
  keys: readonly string[],
  { isFull, io }: { isFull: boolean; io: Io },
): Promise<LogState | null> {
  const onStep = sayEvery(io, (leaves) => `${leaves} leaves read`);
  if (note === null) {
    if (last.note === null) return null;
    throw new LogFault('the checkpoint', `is gone: the log had ${last.frontier.size} leaves before`);
  }
  const opened: OpenedCheckpoint = await openNext(note, last, keys);
  const again =
    isFull && last.note !== null
      ? await grow(source, emptyState, { size: last.frontier.size, root: last.root }, { onStep })
      : last;
  const grown = await grow(source, { ...last, ...again }, opened, { onStep });
  return { ...grown, note, origin: opened.origin };
}

function plainLine(next: LogState, last: LogState): string {
  const { size } = next.frontier;
  const added = size - last.frontier.size;
  const since =
    last.note === null ? '' : `, ${added} of them new, and it has only grown since the last audit`;
  return `${next.origin}: all ${size} leaves and their tiles are what the signed checkpoint says${since}\n`;
}

function jsonLine(next: LogState, last: LogState): string {
  const { origin, root, lastAt } = next;
  const [size, before] = [next, last].map(({ frontier }) => Number(frontier.size));
  return `${JSON.stringify({ ok: true, origin, size, before, root: toBase64(root), lastAt })}\n`;
}
