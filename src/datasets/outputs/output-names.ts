import { createHash } from 'node:crypto';
import { resolve } from 'node:path';

/** File systems take 255 bytes for one name; `.part` and a number are put behind. */
const nameBytesMax = 200;

/** What says the format, kept at the end of a name. */
const ending = /(\.(csv|tsv|jsonl|ndjson|parquet|parq|pq|tar|tgz))?(\.(gz|zst))?$/i;

/**
 * The names of the outputs of some inputs: their paths below the deepest folder that all of them are in. It rests on
 * the addresses and their order alone. Of `https://` addresses the query is left out; where two names would be one
 * file, also on file systems that do not tell capitals from small letters, the later gets a number: `a-2.parquet`.
 * @param addresses paths, `https://` and `s3://` addresses of files.
 * @returns names with `/` between folders, as many, all different.
 */
export function outputNames(addresses: readonly string[]): string[] {
  const paths = addresses.map(partsOf);
  const shared = sharedFolders(paths);
  const taken = new Set<string>();
  const folders = new Set<string>();
  return paths.map((path) => {
    const parts = path.slice(shared).map(safeName);
    for (let number = 2; ; number++) {
      const name = parts.join('/');
      const key = keyOf(name);
      const above = foldersOf(key);
      const clash = above.findIndex((folder) => taken.has(folder));
      const isFree = ![key, partOf(key)].some((each) => taken.has(each) || folders.has(each));
      if (clash < 0 && isFree) {
        // While it is written, it has the other name.
        taken.add(key).add(partOf(key));
        for (const folder of above) folders.add(folder);
        return name;
      }
      const at = clash < 0 ? parts.length - 1 : clash;
      parts[at] = numbered(safeName(path[shared + at] ?? ''), number);
    }
  });
}

function partsOf(address: string): string[] {
  const remote = /^(?:https?|s3):\/\/([^/?#]*)(.*)$/is.exec(address);
  if (remote === null) return resolve(address).split(/[/\\]/).filter(Boolean);
  const [, host = '', rest = ''] = remote;
  const path = /^s3:/i.test(address) ? rest : rest.replace(/[?#].*$/s, '');
  return [host, ...path.split('/')].filter(Boolean);
}

function sharedFolders(paths: readonly string[][]): number {
  const [first = []] = paths;
  let shared = first.length - 1;
  for (const parts of paths) {
    shared = Math.min(shared, parts.length - 1);
    while (shared > 0 && parts.slice(0, shared).some((part, at) => part !== first[at])) shared -= 1;
  }
  return Math.max(0, shared);
}

/** What no file system minds, and no path climbs out of. */
function safeName(part: string): string {
  const name = part.replace(/[\p{Cc}<>:"|?*\\]/gu, '_').replace(/^\.+$/, (dots) => '_'.repeat(dots.length));
  if (Buffer.byteLength(name) <= nameBytesMax) return name;
  const tail = ending.exec(name)?.[0] ?? '';
  const digest = createHash('sha256').update(part).digest('hex').slice(0, 16);
  const head = Buffer.from(name)
    .subarray(0, nameBytesMax / 2)
    .toString('utf8')
    .replaceAll('\ufffd', '');
  return `${head}-${digest}${tail}`;
}

function numbered(name: string, number: number): string {
  const at = ending.exec(name)?.index ?? name.length;
  return `${name.slice(0, at)}-${number}${name.slice(at)}`;
}

const partOf = (name: string): string => `${name}.part`;

const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

function foldersOf(name: string): string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
