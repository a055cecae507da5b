import type { Ran } from './filter-engines.ts';
import { provenRows } from './filter-proof.ts';
import { machine, markdownTable } from './table.ts';

/** What one program took with so many threads. */
export interface Figures {
  name: string;
  threads: number;
  /** For the whole dataset, from the start of the process to its end. */
  all: Ran;
  /** For hardly a row: starting, and reading the rules. */
  opening: Ran;
}

export interface PictureFigures {
  hashes: number;
  rowsPerCpuS: number;
}

export interface FilterFigures {
  rows: number;
  /** Of the machine, when it began. */
  load: number;
  figures: readonly Figures[];
  /** How much more two spinning threads do than one. */
  scaling: number;
  names: { scan: string; ours: string; duckDb: string };
  pictures: readonly PictureFigures[];
  /** Processor seconds; null where it was not measured. */
  refresh: number | null;
}

const ofDuckDb = 4;
const ofScan = 0.4;
const ofScanStretch = 0.6;
const ofScaling = 0.9;
const peakMbMax = 500;
const refreshShareMax = 0.05;
/** Rows of a column of PDQ hashes a second and core, by how many hashes they are held against. */
const pictureTargets: Readonly<Record<number, number>> = { 1000000: 2_000, 10000000: 1_000 };

const whole = (value: number) => Math.round(value).toLocaleString('en');
const verdict = (isMet: boolean, value: string) => `${isMet ? 'met' : 'missed'} (${value})`;

/** Rows of a processor second, once the rules are read. */
const perCpuS = ({ all, opening }: Figures) => all.rows / (all.cpuS - opening.cpuS);
/** Rows a second, once the rules are read. */
const perS = ({ all, opening }: Figures) => all.rows / (all.wallS - opening.wallS);

/** The section of docs/benchmarks.md. */
export function filterTables(found: FilterFigures): string {
  return [...head(found), ...programs(found), '', ...targets(found), '', ...picturesTable(found)].join('\n');
}

function head({ rows, load, figures }: FilterFigures): string[] {
  const dropped = figures.find(({ all }) => all.dropped > 0)?.all.dropped ?? 0;
  const option = rows === 5_000_000 ? '' : ` --rows ${rows / 1e6}m`;
  return [
    `## Filtering a dataset of ${rows / 1e6} M rows`,
    '',
    `\`npm run bench -- filter${option} --write\` (${machine()}; load of the machine when it began: ${load.toFixed(1)}).`,
    'A Parquet file of URLs, captions, sizes, SHA-256 and ids: zstd, row groups of 122,880; 24 platforms with a third of the',
    'rows, half as many other hosts as rows, two URLs in a hundred written otherwise than their key. A pulled snapshot of 1 M',
    'domains, 200,000 prefixes and 5 M URLs. Each program is a process of its own, and takes turns with the others; "opening"',
    'is what it takes for a dataset of 1,000 rows, which is starting and reading the rules, and the rates are those of the',
    `rows beyond. All drop the same number of rows, ${whole(dropped)}, and say of the first ${whole(provenRows)} what the slow path says.`,
    '',
  ];
}

function programs({ figures, names }: FilterFigures): string[] {
  const one = (name: string) => figures.find((each) => each.name === name && each.threads === 1) as Figures;
  const scan = perCpuS(one(names.scan));
  const duckDb = perCpuS(one(names.duckDb));
  return markdownTable(
    [
      'program',
      'threads',
      'opening, CPU s',
      'rows, CPU s',
      'rows/CPU s',
      'rows/s',
      'of reading, by CPU',
      'of DuckDB, by CPU',
      'all in, rows/CPU s',
      'peak MB',
    ],
    figures.map((each) => {
      const rate = perCpuS(each);
      return [
        each.name,
        String(each.threads),
        each.opening.cpuS.toFixed(2),
        (each.all.cpuS - each.opening.cpuS).toFixed(2),
        whole(rate),
        whole(perS(each)),
        (rate / scan).toFixed(2),
        (rate / duckDb).toFixed(2),
        whole(each.all.rows / each.all.cpuS),
        whole(each.all.peakMb),
      ];
    }),
  );
}

function targets({ figures, names, scaling, refresh }: FilterFigures): string[] {
  const of = (name: string, threads: number) =>
    figures.find((each) => each.name === name && each.threads === threads) as Figures;
  const ours = perCpuS(of(names.ours, 1));
  const duckDb = ours / perCpuS(of(names.duckDb, 1));
  const scan = ours / perCpuS(of(names.scan, 1));
  const ourScaling = perS(of(names.ours, 2)) / perS(of(names.ours, 1));
  const share = ourScaling / scaling;
  const peakMb = Math.max(of(names.ours, 1).all.peakMb, of(names.ours, 2).all.peakMb);
  const lines = [
    `≥ ${ofDuckDb} × DuckDB's rows per CPU second: ${verdict(duckDb >= ofDuckDb, duckDb.toFixed(2))}`,
    `≥ ${ofScan * 100} % of reading alone, stretch ${ofScanStretch * 100} %: ${verdict(scan >= ofScan, `${(scan * 100).toFixed(0)} %`)}`,
    `two threads ≥ ${ofScaling} × what two spinning threads gain (${scaling.toFixed(2)}): ${verdict(share >= ofScaling, `${ourScaling.toFixed(2)}, which is ${share.toFixed(2)} of it`)}`,
    `≤ ${peakMbMax} MB: ${verdict(peakMb <= peakMbMax, whole(peakMb))}`,
  ];
  if (refresh !== null) {
    const part = refresh / of(names.ours, 1).all.cpuS;
    lines.push(
      `\`withhold refresh\` with 0.1 % of the records changed ≤ ${refreshShareMax * 100} % of the whole run: ${verdict(part <= refreshShareMax, `${(part * 100).toFixed(1)} %, ${refresh.toFixed(2)} CPU s`)}`,
    );
  }
  return [`Targets for ${names.ours}: ${lines.join('; ')}.`];
}

function picturesTable({ pictures }: FilterFigures): string[] {
  return markdownTable(
    ['a column of PDQ hashes, within 31 bits, one thread', 'rows/CPU s', 'target'],
    pictures.map(({ hashes, rowsPerCpuS }) => {
      const target = pictureTargets[hashes] ?? 0;
      return [
        `against ${whole(hashes)} hashes`,
        whole(rowsPerCpuS),
        `≥ ${whole(target)}: ${rowsPerCpuS >= target ? 'met' : 'missed'}`,
      ];
    }),
  );
}
