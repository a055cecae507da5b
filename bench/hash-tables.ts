import { parseArgs } from 'node:util';
import { type BulkFigures, measureBulk } from './hash-bulk.ts';
import { measureIndex, type SearchFigures } from './hash-index.ts';
import { measureWorks, type WorkFigures } from './hash-works.ts';
import { machine, markdownTable, writeSection } from './table.ts';

const sizes: Record<string, number> = { '1m': 1_000_000, '10m': 10_000_000 };
const targets = {
  faiss: 60,
  singleUs: 1_000,
  gigabytes: 1.25,
  buildS: 10,
  load: 1.3,
  eight: 8,
  scan: 0.6,
  bulkMs: 5_000,
};

/** The fingerprint index by itself, in threads, as works with variants, and through the service. */
export async function runIndex(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { write: { type: 'boolean', default: false }, hashes: { type: 'string' } },
  });
  const chosen = values.hashes === undefined ? Object.values(sizes) : [sizes[values.hashes] ?? Number.NaN];
  if (chosen.some(Number.isNaN)) throw new RangeError('--hashes takes 1m or 10m');
  const figures: SearchFigures[] = [];
  for (const rows of chosen) {
    for (const shape of ['random', 'skewed'] as const) figures.push(await measureIndex(rows, shape));
  }
  const works = await measureWorks(1_000_000);
  const bulk = await measureBulk(1_000_000);
  const text = [
    ...head(figures),
    ...indexTable(figures),
    ...faissTable(figures),
    ...workTable(works, bulk),
    ...verdicts(figures, bulk),
  ].join('\n');
  process.stdout.write(`${text}\n`);
  if (values.write) writeSection('index', text);
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const fixed = (digits: number) => (value: number) => value.toFixed(digits);
const nameOf = ({ rows, shape }: SearchFigures) => `${whole(rows)} ${shape}`;

function head(figures: readonly SearchFigures[]): string[] {
  const loads = figures.map(({ load }) => load.toFixed(1)).join(', ');
  return [
    '## index',
    '',
    `\`npm run bench -- index --write\`, ${machine()}; load of the machine when each column began: ${loads}. Hashes of 256 ` +
      'bits; half of the queries are stored hashes with 0 to 31 bits turned round, and the run fails unless every one of ' +
      'them is found, at its distance. Skewed: bits set in 25 or 75 of 100 hashes, one hash in a hundred the same, one in ' +
      'twenty up to 40 bits from one of a thousand templates. Times are the best of several rounds.',
    '',
  ];
}

function indexTable(figures: readonly SearchFigures[]): string[] {
  const row = (name: string, of: (figure: SearchFigures) => string) => [name, ...figures.map(of)];
  return [
    ...markdownTable(
      ['', ...figures.map(nameOf)],
      [
        row('build, s', (f) => fixed(1)(f.buildS)),
        row('memory, GB', (f) => fixed(3)(f.bytes / 1e9)),
        row('load, ms', (f) => whole(f.loadMs)),
        row('reading as many bytes, ms', (f) => whole(f.readMs)),
        row('within 31 bits, one after another, µs each', (f) => whole(f.singleUs)),
        row('within 31 bits, batch, one thread, µs each', (f) => whole(f.oneThreadUs)),
        row('within 31 bits, batch, two threads, µs each', (f) => whole(f.twoThreadsUs)),
        row('within 45 bits, one after another, µs each', (f) => whole(f.possibleUs)),
        row('eight at once, against one', (f) => fixed(1)(f.eight)),
        row('the commonest hash, µs', (f) => whole(f.worstUs)),
        row('scan of all hashes, GB/s', (f) => fixed(1)(f.scanGBs)),
        row('reading them, GB/s', (f) => fixed(1)(f.readGBs)),
      ],
    ),
    '',
  ];
}

function faissTable(figures: readonly SearchFigures[]): string[] {
  const rows = figures.flatMap((figure) => {
    const { faiss } = figure;
    if (faiss === null) return [];
    const line = (name: string, m: { buildS: number; bytes: number; singleMs: number; batchMs: number }) => [
      `${name}, ${whole(figure.rows)}`,
      fixed(1)(m.buildS),
      fixed(2)(m.bytes / 1e9),
      fixed(2)(m.singleMs),
      fixed(2)(m.batchMs),
      whole((m.singleMs * 1_000) / figure.singleUs),
      whole((m.batchMs * 1_000) / figure.oneThreadUs),
    ];
    return [
      line(`FAISS ${faiss.version} \`IndexBinaryMultiHash(256, 16, 16)\``, faiss.multi),
      line('`IndexBinaryFlat`', faiss.flat),
    ];
  });
  if (rows.length === 0) return ['FAISS was not there to compare with (Debian: `python3-faiss`).', ''];
  const titles = [
    'within 31 bits, one thread',
    'build s',
    'GB',
    'ms single',
    'ms batch',
    'ours is faster, single',
    'batch',
  ];
  return [...markdownTable(titles, rows), ''];
}

function workTable(works: WorkFigures, bulk: BulkFigures): string[] {
  const ms = fixed(2);
  return [
    ...markdownTable(
      [`${whole(works.works)} works with 5 hashes each, ids included`, ''],
      [
        ['memory, GB', fixed(3)(works.bytes / 1e9)],
        ['memory per 1 M works, GB', fixed(3)((works.bytes / works.works) * 1e-3)],
        ['one hash within 45 bits, ms', ms(works.hashMs)],
        ['one picture (2 forms × 8 orientations) within 45 bits, ms', ms(works.pictureMs)],
        ['hashes added a second', whole(works.addedPerS)],
        ['works removed a second, gone from the next query', whole(works.removedPerS)],
        ['first compilation of 5 M hashes, in its thread, s', fixed(1)(works.compileS)],
        [
          'a query with a seventh more not compiled yet, p50 / p99 ms',
          `${ms(works.idle.p50Ms)} / ${ms(works.idle.p99Ms)}`,
        ],
        [
          'the same while all is compiled, p50 / p99 ms',
          `${ms(works.during.p50Ms)} / ${ms(works.during.p99Ms)}`,
        ],
        [
          `\`POST /v1/check\`, ${whole(bulk.items)} hashes against ${whole(bulk.rows)}, first / best later, ms`,
          `${whole(bulk.firstMs)} / ${whole(bulk.laterMs)}`,
        ],
      ],
    ),
    '',
  ];
}

function verdicts(figures: readonly SearchFigures[], bulk: BulkFigures): string[] {
  const word = (met: boolean) => (met ? 'met' : 'missed');
  const large = figures.find(({ rows, shape }) => rows === sizes['10m'] && shape === 'random');
  const bulkVerdict = `10,000 hashes in one request ≤ ${targets.bulkMs / 1_000} s: ${word(bulk.laterMs <= targets.bulkMs)} (${(bulk.laterMs / 1_000).toFixed(1)})`;
  if (large === undefined) return [`Target: ${bulkVerdict}.`];
  const { faiss } = large;
  const ratio = faiss === null ? null : (faiss.multi.singleMs * 1_000) / large.singleUs;
  const load = large.loadMs / large.readMs;
  const scan = large.scanGBs / large.readGBs;
  return [
    `Targets at 10 M hashes: ${ratio === null ? 'FAISS not there' : `≥ ${targets.faiss} × FAISS MultiHash a query: ${word(ratio >= targets.faiss)} (${whole(ratio)})`}; ` +
      `≤ 1 ms on one core: ${word(large.singleUs <= targets.singleUs)} (${(large.singleUs / 1_000).toFixed(2)}); ` +
      `≤ ${targets.gigabytes} GB: ${word(large.bytes / 1e9 <= targets.gigabytes)} (${(large.bytes / 1e9).toFixed(2)}); ` +
      `build ≤ ${targets.buildS} s: ${word(large.buildS <= targets.buildS)} (${large.buildS.toFixed(1)}); ` +
      `load ≤ ${targets.load} × reading: ${word(load <= targets.load)} (${load.toFixed(2)}); ` +
      `8 orientations ≤ ${targets.eight} × one: ${word(large.eight <= targets.eight)} (${large.eight.toFixed(1)}); ` +
      `scan ≥ ${targets.scan} of read bandwidth: ${word(scan >= targets.scan)} (${scan.toFixed(2)}). ${bulkVerdict}. ` +
      'A removal acts on the next query: checked in this run.',
  ];
}
