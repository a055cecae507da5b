import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { offeredSnapshots } from './actions/snapshots.ts';
import type { Deps } from './deps.ts';
import { AppError } from './errors.ts';

const hourMs = 3_600_000;

// The published build is plain JavaScript in one folder.
const program = new URL(
  import.meta.url.endsWith('.ts') ? './cli/withhold.ts' : './withhold.js',
  import.meta.url,
);

/** Whether the newest snapshot is as old as the setting allows. One that waits for its place in the log counts. */
export async function isSnapshotDue(deps: Deps): Promise<boolean> {
  const { snapshot_every: everyHours } = deps.config;
  if (everyHours === 0 || deps.snapshots === null || deps.consentLog.published === null) return false;
  const stored = await deps.snapshots.list();
  const newest = Math.max(0, ...stored.map(({ content }) => Date.parse(content.at)));
  return deps.clock() - newest >= everyHours * hourMs;
}

/**
 * Makes a snapshot when one is due, in a process of its own and at a low priority: whatever becomes of it, the service
 * goes on answering.
 * @throws AppError `unavailable` with what that process said.
 */
export async function makeDueSnapshot(deps: Deps): Promise<void> {
  if (!(await isSnapshotDue(deps))) return;
  const { data, origin } = deps.config;
  const child = spawn(process.execPath, [fileURLToPath(program), 'snapshot', 'build', '--json'], {
    env: { ...process.env, WITHHOLD_DATA: data, WITHHOLD_ORIGIN: origin },
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
    child.once('error', () => resolve(null));
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
