import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs, promisify } from 'node:util';
import { type PicturePackage, picturePackages } from './packages.ts';

/** Brings the pictures of Debian's packages into a folder, to measure on. Nothing is installed. */

const run = promisify(execFile);
const listBytesMax = 64 * 1024 * 1024;

const usage = `usage: npm run accuracy:collect -- FOLDER [--only PACKAGE,…]

Downloads ${picturePackages.length} Debian packages with apt-get (run apt-get update before), compares each with the
SHA-256 in apt's signed lists, and unpacks their pictures into FOLDER/PACKAGE. Nothing is installed or run.
`;

async function collect(folder: string, packages: readonly PicturePackage[]): Promise<void> {
  const debs = join(folder, '.packages');
  await mkdir(debs, { recursive: true });
  let pictures = 0;
  for (const { name, take } of packages) {
    try {
      const taken = await collectPackage(folder, debs, name, take);
      pictures += taken;
      process.stderr.write(`${name}: ${taken} pictures\n`);
    } catch (error) {
      // A release of Debian may lack one of them; the others are worth having.
      process.stderr.write(`${name}: left out, ${(error as Error).message.split('\n')[0]}\n`);
      process.exitCode = 1;
    }
  }
  process.stderr.write(`${pictures} pictures in ${folder}\n`);
}

async function collectPackage(folder: string, debs: string, name: string, take: RegExp): Promise<number> {
  const deb = await download(debs, name);
  const { stdout } = await run('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -t', deb], {
    maxBuffer: listBytesMax,
  });
  const members = stdout.split('\n').filter((path) => take.test(path) && !path.includes('..'));
  const part = join(folder, `.${name}.part`);
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  const list = join(debs, `${name}.list`);
  await writeFile(list, `${members.join('\n')}\n`);
  const unpack =
    'dpkg-deb --fsys-tarfile "$0" | tar -x --no-same-owner --no-same-permissions -C "$1" -T "$2"';
  if (members.length > 0) await run('sh', ['-c', unpack, deb, part, list]);
  await rm(join(folder, name), { recursive: true, force: true });
  await rename(part, join(folder, name));
  return members.length;
}

/** @returns the path of the package's file, its bytes compared with what apt's signed lists say of it. */
async function download(debs: string, name: string): Promise<string> {
  const { stdout } = await run('apt-cache', ['show', '--no-all-versions', name]);
  const wanted = /^SHA256: ([0-9a-f]{64})$/m.exec(stdout)?.[1];
  if (wanted === undefined) throw new Error('apt knows no such package');
  const isOurs = (file: string) => file.startsWith(`${name}_`) && file.endsWith('.deb');
  if (!(await readdir(debs)).some(isOurs)) await run('apt-get', ['download', '-q', name], { cwd: debs });
  const file = (await readdir(debs)).find(isOurs);
  if (file === undefined) throw new Error('nothing was downloaded');
  const path = join(debs, file);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  if (hash.digest('hex') !== wanted) {
    await rm(path);
    throw new Error('the download differs from what the signed list says');
  }
  return path;
}

const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true });
const [folder] = positionals;
if (folder === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const only = values.only?.split(',');
  await collect(
    resolve(folder),
    picturePackages.filter(({ name }) => only?.includes(name) ?? true),
  );
}
