import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { originsWaitedMax } from '../actions/signals.ts';
import type { Summary } from '../cli/filter/summary.ts';
import { run } from '../cli/filter.ts';
import { exitUnfinished } from '../cli/io.ts';
import { AppError } from '../errors.ts';
import { CheckResponse } from '../http/schemas.ts';
import type { Api } from './api.ts';
import { makeDataset, type Sightings } from './dataset.ts';
import { type Copying, copyings, copyOf } from './pictures.ts';
import type { RegisteredWork } from './register.ts';
import type { World } from './world.ts';

export interface FilterRun {
  agent: string;
  dataset: string;
  decisions: string;
  /** Where the summary is, as the command wrote it. */
  summaryFile: string;
  summary: Summary;
  /** Sites of which the robots.txt was asked for before, and those of them that did not answer. */
  sites: number;
  silent: number;
  tookMs: number;
}

const picturesAtOnce = 16;

/** Copies of every registered picture, each made in one of the usual ways, by their PDQ hashes. */
export async function sightingsOf(world: World, works: readonly RegisteredWork[]): Promise<Sightings> {
  const { decoder } = world.service.deps;
  const ways = Object.keys(copyings) as Copying[];
  const pdq: string[] = [];
  for (let from = 0; from < works.length; from += picturesAtOnce) {
    const some = works.slice(from, from + picturesAtOnce);
    const copies = some.map(async ({ file }, index) => {
      const copy = await copyOf(file, ways[(from + index) % ways.length] as Copying);
      return (await decoder?.fingerprint(copy))?.work.fingerprints[0]?.pdq ?? '';
    });
    pdq.push(...(await Promise.all(copies)));
  }
  return { sha256: works.map(({ sha256 }) => sha256), pdq };
}

/** Makes the dataset and filters it with the command `withhold filter`, for one crawler that trains. */
export async function filterDataset(
  world: World,
  api: Api,
  sightings: Sightings,
  signal: AbortSignal,
): Promise<FilterRun> {
  const [dataset, decisions, summaryFile] = ['dataset.csv', 'decisions.csv', 'summary.json'].map((name) =>
    join(world.folder, name),
  ) as [string, string, string];
  const { csv, origins } = makeDataset(sightings);
  await writeFile(dataset, csv);
  const silent = await readRobots(api, origins);

  const agent = 'GPTBot';
  const words: string[] = [];
  const started = performance.now();
  const status = await run(
    [
      ...[dataset, '--id-column', 'id', '--out', decisions, '--summary-json', summaryFile],
      ...['--server', world.service.url, '--agent', agent, '--usage', 'train-ai'],
    ],
    { stdin: Readable.from([]), stdout: sink([]), stderr: sink(words), env: {}, isTty: false, signal },
  );
  const tookMs = performance.now() - started;
  if (status === exitUnfinished)
    throw new AppError('unavailable', `filter stopped: ${words.join('').trim()}`);
  const summary = JSON.parse(await readFile(summaryFile, 'utf8')) as Summary;
  return { agent, dataset, decisions, summaryFile, summary, sites: origins.length, silent, tookMs };
}

/**
 * A long list is answered from what is known, so the robots.txt files of its sites are asked for first. A real run
 * is simply done twice.
 * @returns how many sites did not answer.
 */
async function readRobots(api: Api, origins: readonly string[]): Promise<number> {
  let silent = 0;
  for (let from = 0; from < origins.length; from += originsWaitedMax) {
    const items = origins.slice(from, from + originsWaitedMax).map((origin) => ({ url: `${origin}/` }));
    const { decisions } = await api.post('/v1/check?signals=fetch', { items }, CheckResponse);
    silent += decisions.filter(({ notChecked }) =>
      notChecked.some(({ source }) => source === 'robots.txt'),
    ).length;
  }
  return silent;
}

function sink(pieces: string[]): Writable {
  return new Writable({
    write(chunk, _encoding, done) {
      pieces.push(String(chunk));
      done();
    },
  });
}
