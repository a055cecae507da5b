import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { paint } from '../src/demo/pictures.ts';
import { sceneNames } from '../src/demo/scenes.ts';
import { blockhash } from '../src/images/blockhash.ts';
import type { Pixels } from '../src/images/canonical.ts';
import { fingerprint } from '../src/images/fingerprint.ts';
import { pdqDihedral } from '../src/images/pdq.ts';
import { machine, markdownTable, writeSection } from './table.ts';

const sizes = [
  { name: '12 MP', width: 4_000, height: 3_000, pictures: 4, target: 0.9 },
  { name: '2 MP', width: 1_632, height: 1_224, pictures: 6, target: 0.65 },
  { name: '256 px', width: 256, height: 192, pictures: 12, target: undefined },
] as const;

const variantCpuMsMax = 3;
const rowsOfDataset = 400_000_000;

interface Sample {
  file: Buffer;
  pixels: Pixels;
}

/** CPU milliseconds a picture, the median over the pictures of a size. */
interface Costs {
  decode: number;
  hash: number;
  rest: Record<string, number>;
  all: number;
}

/** Pictures a second and core, by CPU time, so that what else the machine does counts for nothing. */
export async function runFingerprint(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { write: { type: 'boolean', default: false }, seconds: { type: 'string', default: '8' } },
  });
  sharp.cache(false);
  sharp.concurrency(1);
  const secondsEach = Number(values.seconds) / 8;
  const rows: string[][] = [];
  const verdicts: string[] = [];
  const costsOf = new Map<string, Costs>();
  for (const { name, width, height, pictures, target } of sizes) {
    const samples = await Promise.all(
      Array.from({ length: pictures }, (_, seed) => sampleOf(seed, width, height)),
    );
    const costs = await measure(samples, secondsEach);
    rows.push(rowOf(name, costs));
    if (target !== undefined) verdicts.push(verdict(name, costs, target));
    costsOf.set(name, costs);
    process.stderr.write(`${name} done\n`);
  }
  const text = [...head(), '', ...markdownTable(titles, rows), '', ...verdicts, ...tail(costsOf)].join('\n');
  process.stdout.write(`${text}\n`);
  if (values.write) writeSection('fingerprint', text);
}

const titles = [
  'JPEG, CPU ms a picture',
  'decoding',
  'PDQ, 8 orientations',
  'blockhash',
  'SHA-256 and MD5',
  'whole fingerprint',
  'PDQ: of decoding alone',
  'whole: of decoding alone',
  'pictures/s and core',
];

function head(): string[] {
  return [
    '## fingerprint',
    '',
    `\`npm run bench -- fingerprint --write\`, ${machine()}. Painted scenes as JPEG of quality 88, by processor time of ` +
      'the process, decoded by sharp with one thread; "of decoding alone" is the share of its rate that is left when ' +
      'the hash is made too. "Whole" is all that `withhold fingerprint` makes of a picture: the hashes of all its ' +
      'variants, blockhash, SHA-256 and MD5.',
  ];
}

/** A painting is made small and scaled, because only the work of decoding and hashing matters. */
async function sampleOf(seed: number, width: number, height: number): Promise<Sample> {
  const scene = sceneNames[seed % sceneNames.length] ?? 'hills';
  const painted = await paint(scene, seed, { width: Math.min(width, 800), height: Math.min(height, 600) });
  const file = await sharp(painted).resize(width, height).jpeg({ quality: 88 }).toBuffer();
  return { file, pixels: await decode(file) };
}

async function decode(file: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(file)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return {
    data: new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length),
    width: info.width,
    height: info.height,
  };
}

async function measure(samples: readonly Sample[], seconds: number): Promise<Costs> {
  const each = (work: (sample: Sample) => unknown) => cpuMs(samples, seconds, work);
  const digests = ({ file }: Sample) => {
    createHash('sha256').update(file).digest();
    createHash('md5').update(file).digest();
  };
  const decoding = await each(({ file }) => decode(file));
  // A JPEG is known to be opaque, as the decoder's thread knows it.
  const whole = await each(({ pixels }) => fingerprint({ ...pixels, isOpaque: true }));
  const rest = {
    blockhash: await each(({ pixels }) => blockhash(pixels)),
    digests: await each(digests),
  };
  const hash = await each(({ pixels }) => pdqDihedral(pixels));
  return { decode: decoding, hash, rest, all: whole + rest.digests };
}

/** Median CPU time of one call in milliseconds, after warming up. */
async function cpuMs(
  samples: readonly Sample[],
  seconds: number,
  work: (sample: Sample) => unknown,
): Promise<number> {
  const times: number[] = [];
  const until = { warm: performance.now() + seconds * 300, end: performance.now() + seconds * 1_300 };
  for (let at = 0; performance.now() < until.end || times.length < samples.length * 2; at++) {
    const before = process.cpuUsage();
    await work(samples[at % samples.length] as Sample);
    const { user, system } = process.cpuUsage(before);
    if (performance.now() > until.warm) times.push((user + system) / 1_000);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;
}

function rowOf(name: string, { decode: decoding, hash, rest, all }: Costs): string[] {
  const ms = (value: number) => value.toFixed(2);
  return [
    name,
    ms(decoding),
    ms(hash),
    ms(rest.blockhash ?? 0),
    ms(rest.digests ?? 0),
    ms(all),
    `${((100 * decoding) / (decoding + hash)).toFixed(0)} %`,
    `${((100 * decoding) / (decoding + all)).toFixed(0)} %`,
    (1_000 / (decoding + all)).toFixed(0),
  ];
}

function verdict(name: string, { decode: decoding, hash }: Costs, target: number): string {
  const share = decoding / (decoding + hash);
  const met = share >= target ? 'met' : 'missed';
  return `Target for the hash at ${name}: ≥ ${target * 100} % of decoding alone; ${met} (${(share * 100).toFixed(0)} %).  `;
}

function tail(costsOf: ReadonlyMap<string, Costs>): string[] {
  const { decode: decoding, all } = costsOf.get('256 px') as Costs;
  // A variant with pixels of its own costs what the whole does; it is never larger.
  const variant = Math.max(...[...costsOf.values()].map(({ hash }) => hash));
  const perSecond = 1_000 / (decoding + all);
  const coreHours = rowsOfDataset / perSecond / 3_600;
  const met = variant <= variantCpuMsMax ? 'met' : 'missed';
  return [
    `Target for each variant: ≤ ${variantCpuMsMax} CPU-ms; ${met}: at most ${variant.toFixed(2)} ms for one with pixels of its own.`,
    '',
    `Pictures of 256 px, as in the tars of datasets: ${perSecond.toFixed(0)} a second and core, so ` +
      `${(rowsOfDataset / 1e6).toFixed(0)} million take about ${Math.round(coreHours).toLocaleString('en')} core-hours, ` +
      `of which decoding is ${Math.round((coreHours * decoding) / (decoding + all)).toLocaleString('en')}.`,
  ];
}
