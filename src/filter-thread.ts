import { parentPort, workerData } from 'node:worker_threads';
import { openRunDeps, type RunSetup } from './datasets/run/run-deps.ts';
import type { Like } from './datasets/run/unit.ts';
import {
  createReader,
  digestFile,
  type FilterTask,
  filterRowGroup,
  filterStream,
} from './datasets/run/work.ts';
import { AppError, type ErrorCode } from './errors.ts';
import type { PixelQuery } from './images/pixel-query.ts';

export interface ThreadData {
  setup: RunSetup;
  env: Record<string, string | undefined>;
}

/** What a thread is told. */
export type ThreadOrder =
  | { verb: 'do'; id: number; task: FilterTask }
  | { verb: 'likes'; id: number; likes: Like[][] }
  | { verb: 'close' };

/** What a thread says. */
export type ThreadReport =
  | { verb: 'ready' }
  | { verb: 'part'; id: number; rows: number; dropped: number; bytes: number; last: boolean }
  | { verb: 'like'; id: number; hashes: readonly Uint8Array[] | null; pictures: readonly PixelQuery[] | null }
  | { verb: 'fault'; id: number; name: string; fault: PlainFault };

export type PlainFault =
  | { kind: 'refusal'; code: ErrorCode; message: string; fix?: string }
  | { kind: 'other'; message: string; stack: string | undefined; code: string | undefined };

if (parentPort === null) throw new Error('filter-thread.ts only runs as a worker thread');
const port = parentPort;
const { setup, env } = workerData as ThreadData;
const waiting = new Map<number, (likes: Like[][]) => void>();
let nextId = 1;

const tell = (report: ThreadReport) => port.postMessage(report);

function asked(what: { hashes: readonly Uint8Array[] | null; pictures: readonly PixelQuery[] | null }) {
  const id = nextId;
  nextId += 1;
  return new Promise<Like[][]>((resolve) => {
    waiting.set(id, resolve);
    tell({ verb: 'like', id, ...what });
  });
}

const none = async <T>(of: readonly T[], ask: () => Promise<Like[][]>) => (of.length === 0 ? [] : ask());

const deps = await openRunDeps(setup, {
  likes: (hashes) => none(hashes, () => asked({ hashes, pictures: null })),
  likePictures: (pictures) => none(pictures, () => asked({ hashes: null, pictures })),
});
const reader = createReader({
  fetch: globalThis.fetch,
  env,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

port.on('message', (order: ThreadOrder) => {
  if (order.verb === 'do') void run(order.id, order.task);
  else if (order.verb === 'likes') {
    waiting.get(order.id)?.(order.likes);
    waiting.delete(order.id);
  } else void end();
});
tell({ verb: 'ready' });

async function run(id: number, task: FilterTask): Promise<void> {
  const onPart = (part: { rows: number; dropped: number; bytes: number; last: boolean }) =>
    tell({ verb: 'part', id, ...part });
  try {
    if (task.kind === 'row-group') await filterRowGroup(deps, reader, task, onPart);
    else if (task.kind === 'digest') await digestFile(task, onPart);
    else await filterStream(deps, reader, task, onPart);
  } catch (error) {
    tell({ verb: 'fault', id, name: task.name, fault: plain(error) });
  }
}

function plain(error: unknown): PlainFault {
  if (error instanceof AppError) {
    const { code, message, fix } = error;
    return { kind: 'refusal', code, message, ...(fix === undefined ? {} : { fix }) };
  }
  const { message, stack, code } = error as NodeJS.ErrnoException;
  return { kind: 'other', message, stack, code };
}

async function end(): Promise<void> {
  await reader.close();
  deps.close();
  port.close();
}
