import { createHash } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { type Form, formsOf, type WorkFeatures, workFeatures } from './features.ts';
import { type Rgb, readBase } from './rgb.ts';
import { seeded } from './seeded.ts';
import { transformations } from './transformations.ts';

/** Computes the features of pictures, one at a time, and keeps them in a folder. */

export interface ExtractTask {
  id: number;
  file: string;
  /** Transform it too, or only look at it as it is. */
  transform: boolean;
}

export interface Extracted {
  sha256: string;
  work: WorkFeatures;
  forms: Form[];
  /** Forms of each transformed copy by the transformation's name; empty unless asked for. */
  copies: Record<string, Form[]>;
}

export type ExtractReply = { id: number; value: Extracted } | { id: number; fault: string };

/** Raised with every change of what is kept: what was kept before is computed anew. */
const pictureVersion = 3;
const copiesVersion = 2;

sharp.cache(false);
sharp.concurrency(1);

async function extract({ file, transform }: ExtractTask, folder: string, seed: number): Promise<Extracted> {
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  let read: Promise<Rgb> | undefined;
  const picture = () => {
    read ??= readBase(file);
    return read;
  };
  const own = await kept(join(folder, `${sha256}.${pictureVersion}`), async () => {
    const forms = formsOf(await picture());
    return { work: workFeatures(await picture(), forms), forms };
  });
  if (!transform) return { sha256, ...own, copies: {} };
  const path = join(folder, `${sha256}.${copiesVersion}.copies${seed}`);
  const known = (await load<Record<string, Form[]>>(path)) ?? {};
  const copies: Record<string, Form[]> = {};
  for (const { name, revision, apply } of transformations) {
    const random = seeded(`${seed} ${sha256} ${name}`);
    copies[name] = known[`${name}/${revision}`] ??= formsOf(await apply(await picture(), random));
  }
  await store(path, known);
  return { sha256, ...own, copies };
}

async function kept<Value>(path: string, compute: () => Promise<Value>): Promise<Value> {
  const known = await load<Value>(path);
  if (known !== null) return known;
  const value = await compute();
  await store(path, value);
  return value;
}

async function load<Value>(path: string): Promise<Value | null> {
  const bytes = await readFile(path).catch(() => null);
  return bytes === null ? null : (deserialize(bytes) as Value);
}

async function store(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.part`, serialize(value));
  await rename(`${path}.part`, path);
}

const port = parentPort;
if (port !== null) {
  const { folder, seed } = workerData as { folder: string; seed: number };
  port.on('message', async (task: ExtractTask) => {
    try {
      port.postMessage({ id: task.id, value: await extract(task, folder, seed) } satisfies ExtractReply);
    } catch (error) {
      port.postMessage({ id: task.id, fault: (error as Error).message } satisfies ExtractReply);
    }
  });
}
