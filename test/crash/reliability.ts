import { machine, markdownTable } from '../../bench/table.ts';
import type { KillFigures } from './kills.ts';
import type { SyscallFigures } from './syscalls.ts';

export interface CrashResult {
  kills: KillFigures;
  lanes: number;
  seed: number;
  syscalls: SyscallFigures | null;
  /** Why system calls were not failed. */
  missing: string | null;
  seconds: number;
}

const number = (value: number) => value.toLocaleString('en');

/** docs/reliability.md, whole. */
export function reliabilityPage(result: CrashResult): string {
  return `${[...head(result), ...killed(result), ...failed(result), ...rest].join('\n')}\n`;
}

const head = ({ seed, seconds }: CrashResult) => [
  '# Reliability',
  '',
  'What was tried to lose something that was acknowledged, or to make the log tell two histories, and what came of it.',
  '',
  `\`npm run test:crash -- --write\`, seed ${seed}, ${machine()}, ${seconds} s. The command fails at the first thing that`,
  'does not hold, so these figures are of a run in which all of it did.',
  '',
];

const killed = ({ kills, lanes }: CrashResult) => [
  '## Killed under load',
  '',
  `${lanes} services, each on data of its own that it keeps through all its kills, with 8 clients that submit, confirm and`,
  'withdraw opt-outs over HTTP and keep every 2xx, and a reader that keeps every checkpoint it was given. `kill -9` comes',
  'at a random moment; some fall into the start, where what was begun before is being finished.',
  '',
  ...markdownTable(
    ['', ''],
    [
      ['`kill -9`', number(kills.kills)],
      ['of these during a start', number(kills.killsInStart)],
      ['answers with 2xx', number(kills.requests)],
      ['opt-outs acknowledged', number(kills.acknowledged)],
      ['entries in the logs at the end', number(kills.entries)],
      ['audits of the whole log', number(kills.audits)],
      ['different checkpoints that were seen', number(kills.checkpoints)],
      ['confirmations cut off, and made again or found whole', number(kills.cut)],
      ['**acknowledged and lost**', '**0**'],
      ['**audits that failed**', '**0**'],
      ['**checkpoints that do not fit another**', '**0**'],
    ],
  ),
  '',
  'An audit runs on the files as the kill left them, and again after the restart. It reads every entry and tile, makes the',
  'root, proves every checkpoint ever seen consistent with the newest, and opens every leaf with the salt and text of the',
  'database.',
  '',
];

function failed({ syscalls, missing }: CrashResult): string[] {
  const title = ['## Every system call failed once', ''];
  if (syscalls === null) return [...title, `Not run here: ${missing}.`, ''];
  const onLog = Object.values(syscalls.hits).reduce((sum, count) => sum + count, 0);
  const hits = Object.entries(syscalls.hits).sort(([a], [b]) => a.localeCompare(b));
  return [
    ...title,
    'One turn of the sequencer under `strace -e inject`, on a log that is new and on one whose turn fills a tile. Each call',
    'that makes something durable in the log folder, the lock or the key file fails once, in a run of its own: with EIO,',
    'with ENOSPC where it needs room, and by killing the process at it. After each the published log is audited, the next',
    'turn has to succeed, and everything acknowledged has to be in the log.',
    '',
    ...markdownTable(['call', 'failed'], [...hits.map(([call, count]) => [`\`${call}\``, number(count)])]),
    '',
    `${number(syscalls.runs)} runs, and in ${number(onLog)} of them the call that failed was one on the log. Of these turns`,
    `${number(syscalls.failed)} gave up with an error or died, the others finished in spite of it; none left anything that`,
    'the next turn did not mend.',
    '',
  ];
}

const rest = [
  'A call that fails and yet took effect cannot be made with strace. `test/crash/ports.test.ts`, part of `npm test`, does',
  'that for every write of the log, its lock and its database: before it took effect, and after.',
  '',
  '## What it found',
  '',
  '- The key file was written in place: a disk that was full at the first start left an empty one, and the service would',
  '  not start again. It is now written aside, synced and linked.',
  '- A confirmation used up its link before it was stored: a crash in between left a link that had confirmed nothing. Both',
  '  are one transaction now.',
  '',
  '## What this does not show',
  '',
  '`kill -9` ends the process and not the machine: what the kernel holds survives it. That everything is synced in the',
  'right order before it is relied on is what the failed calls show; a disk that says so and has not done it cannot be',
  'seen from here. SQLite runs with `synchronous = FULL` (the lock with `EXTRA`).',
];
