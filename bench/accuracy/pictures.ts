import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** A picture file and the folder it counts for: the first one below the folder that was named. */
export interface Picture {
  file: string;
  folder: string;
}

const pictureName = /\.(?:jpe?g|png|webp|gif|avif)$/i;

/** @returns every picture below some folders, at most `limit` of each first subfolder, chosen by chance. */
export function listPictures(roots: readonly string[], limit: number, seed: number): Picture[] {
  const found = roots.flatMap((root) =>
    readdirSync(resolve(root), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && pictureName.test(entry.name))
      .map((entry): Picture => {
        const path = join(entry.parentPath, entry.name).slice(resolve(root).length + 1);
        const [first = ''] = path.split('/');
        return { file: join(resolve(root), path), folder: path.includes('/') ? first : root };
      })
      .filter(({ folder }) => !folder.startsWith('.')),
  );
  return [...Map.groupBy(found, ({ folder }) => folder).values()].flatMap((own) =>
    shuffled(own, seed, ({ file }) => file).slice(0, limit),
  );
}

/**
 * Chooses about `count` of the pictures, each folder with a share that grows with the root of its size, so that a
 * large collection does not drown the small ones.
 */
export function sampleByFolder<Item extends { folder: string }>(
  pictures: readonly Item[],
  count: number,
  seed: number,
  nameOf: (item: Item) => string,
): Item[] {
  const folders = [...Map.groupBy(pictures, ({ folder }) => folder).values()];
  const roots = folders.reduce((sum, own) => sum + Math.sqrt(own.length), 0);
  return folders.flatMap((own) =>
    shuffled(own, seed, nameOf).slice(0, Math.ceil((count * Math.sqrt(own.length)) / roots)),
  );
}

function shuffled<Item>(items: readonly Item[], seed: number, nameOf: (item: Item) => string): Item[] {
  const keyed = items.map((item) => {
    const key = createHash('sha256')
      .update(`${seed} ${nameOf(item)}`)
      .digest('hex');
    return { key, item };
  });
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ item }) => item);
}
