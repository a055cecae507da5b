import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedText, sequence } from '../../src/actions/sequence.ts';
import { readConfig } from '../../src/config.ts';
import type { Deps } from '../../src/deps.ts';
import { openDatabase, random } from '../../src/open.ts';
import { openConsentLog } from '../../src/open-log.ts';
import { newSecret } from '../../src/secrets.ts';
import { runCommand } from '../interop/command.ts';
import { audit } from './audit.ts';
import { requireKept } from './kept.ts';
import type { Ledger } from './load.ts';
import { prepareFolder } from './outbox.ts';

const turn = fileURLToPath(new URL('./turn.ts', import.meta.url));
const timeoutMs = 60_000;

/** System calls by which something becomes, or stops being, durable. */
const calls = ['write', 'pwrite64', 'fsync', 'fdatasync', 'rename', 'unlink', 'mkdir', 'ftruncate'] as const;
type Call = (typeof calls)[number];
type Fault = 'EIO' | 'ENOSPC' | 'killed';
/** Calls that need room on the disk. */
const growing: readonly Call[] = ['write', 'pwrite64', 'mkdir'];
const faultsOf = (call: Call): Fault[] => [
  'EIO',
  'killed',
  ...(growing.includes(call) ? ['ENOSPC' as const] : []),
];

/** Where the log starts from when the fault comes. */
const starts = {
  /** Folder, keys, lock and the first leaves are made in the turn that fails. */
  new: { logged: 0, waiting: 3 },
  /** The turn fills one tile and begins the next, so it writes at every level. */
  grown: { logged: 250, waiting: 20 },
} as const;

export interface SyscallFigures {
  runs: number;
  /** Faults that hit a file of the log or its lock, by call. */
  hits: Record<string, number>;
  /** Turns that failed, of those; the others finished in spite of the fault. */
  failed: number;
}

/** @returns why there is no strace that works here, null when there is one. */
export async function missingStrace(): Promise<string | null> {
  const ran = await runCommand('strace', ['-f', '-qq', '-e', 'trace=none', 'true'], { timeoutMs }).catch(
    () => null,
  );
  if (ran === null) return 'there is no strace';
  return ran.code === 0 ? null : `strace does not work: ${ran.stderr.trim()}`;
}

/**
 * Fails each durable system call of one turn once, on a copy of the same data: with two errors, and by killing the
 * process at it. After each, the published log must be sound, and the next turn must finish what was acknowledged.
 */
export async function failEverySyscall(say: (line: string) => void): Promise<SyscallFigures> {
  const figures: SyscallFigures = { runs: 0, hits: {}, failed: 0 };
  for (const [start, sizes] of Object.entries(starts)) {
    const base = mkdtempSync(join(tmpdir(), 'withhold-syscalls-'));
    try {
      const env = {
        WITHHOLD_ORIGIN: 'https://registry.example',
        WITHHOLD_SECRETS: newSecret('crash', random),
        WITHHOLD_DNS: '127.0.0.1:9',
        WITHHOLD_LOG_LEVEL: 'silent',
        WITHHOLD_SMTP: 'smtp://127.0.0.1:9',
      };
      const template = join(base, 'template');
      const ledger = await prepareFolder({ ...env, WITHHOLD_DATA: template }, sizes);
      if (sizes.logged === 0)
        for (const name of ['log', 'log-key', 'log-lock.sqlite'])
          rmSync(join(template, name), { recursive: true, force: true });
      const plan = await planOf({ base, template, env });
      say(`${start} log: ${plan.length} system calls on the log and its lock`);
      const queue = plan.flatMap((hit) => faultsOf(hit.call).map((fault) => ({ ...hit, fault })));
      // Two at a time: each spends most of its time in starting.
      const lane = async (name: string): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          await failOnce({ base, template, env }, ledger, name, next, figures);
        }
      };
      await Promise.all([lane('a'), lane('b')]);
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  }
  return figures;
}

interface Place {
  base: string;
  template: string;
  env: Record<string, string>;
}

interface Hit {
  call: Call;
  /** Which of these calls in its thread, from 1. */
  nth: number;
}

/** A turn that nothing disturbs, to learn which of its calls touch the log. */
async function planOf({ base, template, env }: Place): Promise<Hit[]> {
  const folder = join(base, 'plan');
  cpSync(template, folder, { recursive: true });
  const { lines, code } = await traced(folder, env, []);
  if (code !== 0) throw new Error(`an undisturbed turn ended with ${code}`);
  const counted = new Map<string, number>();
  const plan = new Map<string, Hit>();
  for (const { thread, call, text } of lines) {
    const nth = (counted.get(`${thread} ${call}`) ?? 0) + 1;
    counted.set(`${thread} ${call}`, nth);
    if (isOfLog(text, folder)) plan.set(`${call} ${nth}`, { call, nth });
  }
  return [...plan.values()];
}

function isOfLog(text: string, folder: string): boolean {
  return text.includes(`${folder}/log`);
}

interface Line {
  thread: string;
  call: Call;
  text: string;
}

/** One turn under strace. One thread for files, so that calls come in the same order every time. */
async function traced(
  folder: string,
  env: Record<string, string>,
  inject: readonly string[],
): Promise<{ lines: Line[]; code: number | null }> {
  const out = `${folder}.strace`;
  const args = ['-f', '-qq', '-y', '-s', '0', '-o', out, '-e', `trace=${calls.join(',')}`, ...inject];
  const { code } = await runCommand('strace', [...args, process.execPath, turn], {
    env: { ...env, WITHHOLD_DATA: folder, UV_THREADPOOL_SIZE: '1' },
    timeoutMs,
  });
  const lines = readFileSync(out, 'utf8')
    .split('\n')
    .flatMap((text) => {
      const [, thread = '', call = ''] = /^(\d+)\s+(\w+)\(/.exec(text) ?? [];
      return calls.includes(call as Call) ? [{ thread, call: call as Call, text }] : [];
    });
  rmSync(out);
  return { lines, code };
}

async function failOnce(
  { base, template, env }: Place,
  ledger: Ledger,
  lane: string,
  { call, nth, fault }: Hit & { fault: Fault },
  figures: SyscallFigures,
): Promise<void> {
  const folder = join(base, lane);
  rmSync(folder, { recursive: true, force: true });
  cpSync(template, folder, { recursive: true });
  const how = fault === 'killed' ? 'signal=SIGKILL' : `error=${fault}`;
  const { lines, code } = await traced(folder, env, ['-e', `inject=${call}:${how}:when=${nth}`]);
  figures.runs += 1;
  // The n-th call of every thread is hit; what counts is whether one of them was on the log.
  const hit =
    fault === 'killed'
      ? code !== 0
      : lines.some(({ text }) => text.includes('(INJECTED)') && isOfLog(text, folder));
  if (hit) figures.hits[call] = (figures.hits[call] ?? 0) + 1;
  if (hit && code !== 0) figures.failed += 1;
  try {
    await requireWhole(folder, env, ledger);
  } catch (error) {
    throw new Error(`${call} number ${nth}, ${fault}: ${error}`, { cause: error });
  }
}

/** The log as the fault left it is sound, and after another start and a turn it holds everything acknowledged. */
async function requireWhole(folder: string, env: Record<string, string>, ledger: Ledger): Promise<void> {
  const config = readConfig({ ...env, WITHHOLD_DATA: folder });
  const seen = new Set(ledger.checkpoints);
  if (existsSync(join(folder, 'log-key'))) {
    const { consentLog, closeLock } = await openConsentLog(config);
    await audit(consentLog, seen);
    const published = await publishedText(consentLog);
    if (published !== null) seen.add(published);
    closeLock();
  }
  const started = await openDatabase(config);
  const { consentLog, closeLock } = await openConsentLog(config);
  try {
    await sequence({ database: started, consentLog, clock: Date.now } as unknown as Deps);
    requireKept(started.client, await audit(consentLog, seen), ledger);
  } finally {
    started.close();
    closeLock();
  }
}
