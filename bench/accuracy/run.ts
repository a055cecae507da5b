import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { variantNames } from '../../src/images/variants.ts';
import { candidates } from './candidates.ts';
import { isMatch, isMatchByHash, type NearPair, pairUp } from './collisions.ts';
import { extractAll } from './extract.ts';
import type { Extracted } from './extract-thread.ts';
import { comparePairs } from './pairs.ts';
import { listPictures, type Picture, sampleByFolder } from './pictures.ts';
import { measureRecall } from './recall.ts';
import { type Figures, writeReport } from './report.ts';
import { chooseVariants } from './selection.ts';
import { type Subject, subjectOf } from './subject.ts';
import { extrapolate } from './tail.ts';

const usage = `usage: npm run accuracy -- DIR… [--write] [--cache DIR] [--seed S] [--limit N] [--copies N] [--threads N]

Measures how well altered copies of the pictures below DIR are found, and how often different pictures are taken for
each other. Pictures without enough detail are left out, as the service leaves them out.

  --write       write docs/accuracy.md and its drawings; without it the figures are printed
  --cache DIR   where what was computed of each picture is kept, default below the system's temporary folder
  --seed S      which pictures and which corners chance takes, default 1
  --limit N     at most N pictures of each first subfolder, default 3000
  --copies N    about so many pictures are altered in every way, default 300
  --threads N   default 2
`;

/** Meetings up to this distance are looked at: what decides, and enough beyond it to see how the tail falls. */
const nearMax = 72;

const stepsShown = 12;

interface Options {
  folders: string[];
  cache: string;
  seed: number;
  limit: number;
  copies: number;
  threads: number;
}

async function measure(options: Options): Promise<Figures> {
  const { cache: folder, seed, threads, limit } = options;
  const pictures = listPictures(options.folders, limit, seed);
  const folderOf = new Map(pictures.map((picture) => [picture.file, picture.folder]));
  const extracted = new Map<string, { picture: Picture; value: Extracted }>();
  const left = { unread: 0, plain: new Map<string, number>() };
  const extract = async (files: readonly string[], transform: boolean) => {
    const tasks = files.map((file) => ({ file, transform }));
    const faults = await extractAll(tasks, { threads, folder, seed }, (file, value) => {
      const { weakness } = value.work;
      if (weakness === null) {
        const picture = { file, folder: folderOf.get(file) ?? '' };
        const known = extracted.get(value.sha256);
        // Of two equal files the first by name stays, whichever was read first.
        if (known === undefined || known.picture.file >= file)
          extracted.set(value.sha256, { picture, value });
      } else left.plain.set(weakness, (left.plain.get(weakness) ?? 0) + 1);
    });
    return faults.length;
  };
  say(`${pictures.length} pictures`);
  left.unread = await extract(
    pictures.map(({ file }) => file),
    false,
  );
  const gated = [...extracted.values()].map(({ picture, value }) => ({ ...picture, sha256: value.sha256 }));
  const sample = sampleByFolder(gated, options.copies, seed, ({ sha256 }) => sha256);
  say(`${gated.length} of them distinct and with detail enough; altering ${sample.length}`);
  await extract(
    sample.map(({ file }) => file),
    true,
  );
  return figuresOf([...extracted.values()], { pictures: pictures.length, ...left }, options);
}

async function figuresOf(
  all: readonly { picture: Picture; value: Extracted }[],
  left: { pictures: number; unread: number; plain: Map<string, number> },
  { threads, seed }: Options,
): Promise<Figures> {
  const ordered = all.toSorted((a, b) => (a.value.sha256 < b.value.sha256 ? -1 : 1));
  const subjects = ordered.map(({ picture, value }) => subjectOf(picture, value, variantNames));
  say('comparing every picture with every other');
  const { histogram, plain, meetings } = await comparePairs(subjects, nearMax, threads);
  const near = pairUp(subjects, meetings);
  const same = near.filter(({ relation }) => relation === 'same').length;
  const pairs = (subjects.length * (subjects.length - 1)) / 2 - same;
  const wrong = (is: (pair: NearPair) => boolean) =>
    near.filter((pair) => pair.relation !== 'same' && is(pair));
  say('looking for the copies');
  const everyRow = [...variantNames, ...candidates.map(({ name }) => name)];
  const altered = ordered.filter(({ value }) => Object.keys(value.copies).length > 0);
  const choice = chooseVariants(
    altered.map(({ picture, value }) => subjectOf(picture, value, everyRow)),
    variantNames,
    stepsShown,
  );
  const falsePairs = wrong(({ encounters }) => encounters.some(isMatch));
  const different = falsePairs.filter(
    ({ relation }) => relation === 'different' || relation === 'recoloured',
  );
  return {
    seed,
    left,
    folders: countByFolder(subjects),
    recall: measureRecall(subjects),
    choice,
    rowsPerWork: subjects.reduce((sum, { rows }) => sum + rows.length, 0) / subjects.length,
    pictures: subjects.length,
    pairs,
    same,
    histogram,
    plain,
    near,
    falsePairs,
    falseByHash: wrong(({ encounters }) => encounters.some(isMatchByHash)),
    tail: extrapolate(near, pairs, different.length),
    crowds: crowdsOf(subjects, near),
  };
}

function countByFolder(subjects: readonly Subject[]): [string, number, number][] {
  return [...Map.groupBy(subjects, ({ folder }) => folder)].map(([folder, own]) => [
    folder,
    own.length,
    own.filter(({ copies }) => Object.keys(copies).length > 0).length,
  ]);
}

/** How many pictures have more than 0, 1, 2 … others within possible distance. */
function crowdsOf(subjects: readonly Subject[], near: readonly NearPair[]): number[] {
  const neighbours = new Map<Subject, number>();
  for (const { a, b, relation, encounters } of near) {
    if (relation === 'same' || !encounters.some(({ distance }) => distance <= 45)) continue;
    for (const one of [a, b]) neighbours.set(one, (neighbours.get(one) ?? 0) + 1);
  }
  return [0, 1, 2, 3, 5, 10].map(
    (more) => subjects.filter((one) => (neighbours.get(one) ?? 0) > more).length,
  );
}

const say = (words: string) => process.stderr.write(`${words}\n`);

const { values, positionals: folders } = parseArgs({
  options: {
    write: { type: 'boolean' },
    cache: { type: 'string', default: join(tmpdir(), 'withhold-accuracy') },
    seed: { type: 'string', default: '1' },
    limit: { type: 'string', default: '3000' },
    copies: { type: 'string', default: '300' },
    threads: { type: 'string', default: '2' },
  },
  allowPositionals: true,
});
const [seed, limit, copies, threads] = [values.seed, values.limit, values.copies, values.threads].map(
  Number,
) as [number, number, number, number];
const isSound = [seed, limit, copies, threads].every((value) => Number.isInteger(value) && value >= 1);
if (folders.length === 0 || !isSound) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  mkdirSync(values.cache, { recursive: true });
  const figures = await measure({ folders, cache: values.cache, seed, limit, copies, threads });
  const { report, drawings } = writeReport(figures);
  if (values.write === true) {
    const docs = new URL('../../docs/', import.meta.url);
    writeFileSync(new URL('accuracy.md', docs), report);
    for (const [name, drawing] of Object.entries(drawings))
      writeFileSync(new URL(`pictures/${name}`, docs), drawing);
  } else process.stdout.write(report);
}
