import { type Seeded, seeded } from '../../src/demo/seeded.ts';
import { type GoldenRecord, type Place, turned } from './records.ts';
import { type Cell, oddUrl, strangeUrl, urlAround } from './urls.ts';

/** The columns of the dataset, in order. */
export const columns = ['id', 'url', 'page_url', 'sha256', 'md5', 'pdq'] as const;
export type GoldenRow = { id: string } & Record<Exclude<(typeof columns)[number], 'id'>, Cell>;

const rowsOfPlace = 90;
const rowsOfWork = 45;
const rowsMin = 100_000;

/** The dataset, the same every time: first what has to do with a record, mixed with what has not. */
export function* goldenRows(records: readonly GoldenRecord[]): Generator<GoldenRow> {
  const random = seeded(2_026);
  const places = records.flatMap(({ place }) => (place === null ? [] : [place]));
  const works = records.filter(({ record }) => record.kind === 'work');
  let count = 0;
  const row = (cells: Partial<GoldenRow>): GoldenRow => {
    count += 1;
    const id = count % 997 === 0 ? `id "${count}", ü` : `g${count}`;
    return { id, url: null, page_url: null, sha256: null, md5: null, pdq: null, ...cells };
  };
  for (const place of places) {
    for (let n = 0; n < rowsOfPlace; n += 1) yield row(rowOfPlace(place, places, random));
    yield row({ url: strangeUrl(random) });
  }
  for (const work of works) {
    for (let n = 0; n < rowsOfWork; n += 1) yield row(rowOfWork(work, works, places, random));
  }
  while (count < rowsMin + 1_234) {
    yield row(
      random.chance(0.4)
        ? { url: oddUrl(random) }
        : { url: strangeUrl(random), page_url: strangeUrl(random) },
    );
  }
}

function rowOfPlace(place: Place, places: readonly Place[], random: Seeded): Partial<GoldenRow> {
  const near = () => urlAround(place, random);
  const other = () => urlAround(random.pick(places), random);
  switch (random.below(10)) {
    case 0:
      return { page_url: near() };
    case 1:
      return { url: near(), page_url: other() };
    case 2:
      return { url: strangeUrl(random), page_url: near() };
    case 3:
      return { url: near(), page_url: near() };
    case 4:
      return { url: near(), page_url: random.chance(0.3) ? oddUrl(random) : '', sha256: random.hex(64) };
    default:
      return { url: near() };
  }
}

/** Distances at and around those that decide by hash and by pixels, and beyond which nothing is reported. */
const distances = [0, 1, 15, 16, 17, 23, 24, 25, 30, 31, 32, 33, 45, 46];

function rowOfWork(
  { record }: GoldenRecord,
  works: readonly GoldenRecord[],
  places: readonly Place[],
  random: Seeded,
): Partial<GoldenRow> {
  const print = random.pick(record.fingerprints);
  const other = random.pick(random.pick(works).record.fingerprints);
  const sha256 = () => written(record.key, random);
  const md5 = () => written(print.md5 ?? random.hex(32), random);
  const pdq = () => (print.pdq === null ? random.hex(64) : written(away(print.pdq, random), random));
  switch (random.below(8)) {
    case 0:
      return { sha256: sha256() };
    case 1:
      return { md5: md5() };
    case 2:
      return { sha256: sha256(), md5: md5(), pdq: pdq() };
    case 3:
      return { url: urlAround(random.pick(places), random), sha256: sha256() };
    case 4:
      return { url: strangeUrl(random), pdq: pdq(), md5: other.md5 ?? null };
    case 5:
      return { url: strangeUrl(random), page_url: urlAround(random.pick(places), random), pdq: pdq() };
    default:
      return { pdq: pdq() };
  }
}

/** A hash as datasets write it: plainly, in capitals, with blanks, one digit off, cut short, or something else. */
function written(hex: string, random: Seeded): string {
  const at = random.below(hex.length);
  switch (random.below(24)) {
    case 0:
      return hex.toUpperCase();
    case 1:
      return ` ${hex}\u00a0`;
    case 2:
    case 3:
      return (
        hex.slice(0, at) + ((Number.parseInt(hex.charAt(at), 16) + 1) % 16).toString(16) + hex.slice(at + 1)
      );
    case 4:
      return random.pick([
        hex.slice(1),
        `${hex}0`,
        `0x${hex}`,
        `${hex.slice(1)}g`,
        `sha256:${hex}`,
        `${hex}\n0`,
      ]);
    case 5:
      return random.pick(['', ' ', '\u3000']);
    default:
      return hex;
  }
}

/** A hash so many bits away: bits spread at random, all in a row, or a few in each sixteen. */
function away(pdq: string, random: Seeded): string {
  const distance = random.pick(distances);
  const step = random.pick([1, 8, 17]);
  const start = random.below(256);
  if (random.chance(0.5)) {
    return turned(
      pdq,
      Array.from({ length: distance }, (_, n) => (start + n * step) % 256),
    );
  }
  const bits = new Set<number>();
  while (bits.size < distance) bits.add(random.below(256));
  return turned(pdq, [...bits]);
}
