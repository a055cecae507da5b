import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Job } from './actions/maintenance.ts';
import { isOutdated, offeredSnapshots } from './actions/snapshots.ts';
import type { Deps } from './deps.ts';
import { AppError } from './errors.ts';
import { removePastEnd, snapshotsFolder } from './snapshots/stored.ts';

const hourMs = 3_600_000;
/** How often it is looked whether one is due. */
const lookEveryMs = 60_000;
/** After one that failed, on a full disk say, the next is not begun before. */
const retryAfterMs = 900_000;

// The published build is plain JavaScript in one folder.
const program = new URL(
  import.meta.url.endsWith('.ts') ? './cli/withhold.ts' : './withhold.js',
  import.meta.url,
);

/** Makes snapshots when they are due, and removes those past their end whether any are made or not. */
export function snapshotJob(): Job {
  let notBefore = 0;
  return {
    name: 'snapshots',
    everyMs: lookEveryMs,
    async run(deps) {
      await removePastEnd(snapshotsFolder(deps.config), deps.consentLog, deps.clock());
      if (deps.clock() < notBefore || !(await isSnapshotDue(deps))) return;
      notBefore = deps.clock() + retryAfterMs;
      await makeInOwnProcess(deps);
      notBefore = 0;
    },
  };
}

/**
 * Whether the newest snapshot is as old as the setting allows, and another would be better. One that waits for its
 * place in the log counts.
 */
export async function isSnapshotDue(deps: Deps): Promise<boolean> {
  const { snapshot_every: everyHours } = deps.config;
  if (everyHours === 0 || deps.snapshots === null || deps.consentLog.published === null) return false;
  const [newest] = (await deps.snapshots.list()).map(({ content }) => content);
  if (newest === undefined) return true;
  const now = deps.clock();
  return now - Date.parse(newest.at) >= everyHours * hourMs && (await isOutdated(deps, newest, now));
}

/**
 * Makes a snapshot in a process of its own and at a low priority: whatever becomes of it, the service goes on answering.
 * When the service stops, so does that process.
 * @throws AppError `unavailable` with what that process said.
 */
async function makeInOwnProcess(deps: Deps): Promise<void> {
  const { data, origin, snapshot_keep: keep } = deps.config;
  const own = { WITHHOLD_DATA: data, WITHHOLD_ORIGIN: origin, WITHHOLD_SNAPSHOT_KEEP: String(keep) };
  const child = spawn(process.execPath, [fileURLToPath(program), 'snapshot', 'build', '--json'], {
    env: { ...process.env, ...own },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(deps.stopping === undefined ? {} : { signal: deps.stopping }),
  });
  if (child.pid !== undefined) lower(child.pid);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
    });
  }
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      // One that never ran does not close; one that was told to stop does.
      if (child.pid === undefined) resolve(null);
    });
    child.once('close', resolve);
  });
  if (deps.stopping?.aborted) return;
  if (code !== 0) throw new AppError('unavailable', `no snapshot was made: ${said.trim()}`);
  const [newest] = await offeredSnapshots(deps);
  deps.log.info({ size: newest?.size ?? null }, 'snapshot made');
}

function lower(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A process that has ended already, or a system without priorities: it is only a courtesy.
  }
}
