import { readFileSync } from 'node:fs';
import {
  allAgrees,
  coloursAgree,
  greyLumaCorrelationMin,
  hashMatchMax,
  hashPossibleMax,
  pixelsMatchMax,
  possibleMax,
} from '../../src/images/decide.ts';
import { isMatch, type NearPair } from './collisions.ts';
import { type Relation, relations } from './labels.ts';
import { bars, lines } from './plots.ts';
import type { Recall } from './recall.ts';
import type { Choice, Step } from './selection.ts';
import { fitted, poissonBound, type Tail, wrongPerMillion } from './tail.ts';

/** Everything one run found. */
export interface Figures {
  seed: number;
  left: { pictures: number; unread: number; plain: Map<string, number> };
  /** Folder, pictures compared, pictures altered. */
  folders: [string, number, number][];
  recall: Recall[];
  choice: Choice;
  rowsPerWork: number;
  pictures: number;
  pairs: number;
  same: number;
  histogram: Uint32Array;
  plain: Uint32Array;
  near: NearPair[];
  falsePairs: NearPair[];
  falseByHash: NearPair[];
  tails: (Tail & { what: string })[];
  crowds: number[];
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const count = (value: number) => value.toLocaleString('en');
const tiny = (value: number) => (value === 0 ? '0' : value.toExponential(1));
const row = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @returns docs/accuracy.md, its words from accuracy.template.md and its figures from a run, and the drawings. */
export function writeReport(figures: Figures): { report: string; drawings: Record<string, string> } {
  const template = readFileSync(new URL('./accuracy.template.md', import.meta.url), 'utf8');
  const tables: Record<string, () => string> = {
    collection: () => collection(figures),
    thresholds: () => thresholds(),
    targets: () => targets(figures),
    recall: () => recallTable(figures.recall),
    false: () => falseTable(figures),
    listed: () => listed(figures.falsePairs),
    curve: () => curveTable(figures),
    drops: () => drops(figures),
    greedy: () => steps(figures.choice.greedy),
    shipped: () => steps(figures.choice.shipped),
    crowds: () => crowdTable(figures),
  };
  const report = template.replace(/^\{\{(\w+)\}\}$/gm, (_, name: string) => {
    const table = tables[name];
    if (table === undefined) throw new Error(`the template asks for ${name}, which no run finds`);
    return table();
  });
  return { report, drawings: drawingsOf(figures) };
}

function collection({ folders, left, pictures, same }: Figures): string {
  const plain = [...left.plain].map(([why, n]) => `${why} ${n}`).join(', ');
  return [
    `${count(left.pictures)} pictures read, ${left.unread} could not be. Left out as too plain to be matched by likeness: ${plain}. **${count(pictures)} distinct pictures** were compared; ${same} pairs among them are one picture in two files and count nowhere.`,
    '',
    row('folder', 'compared', 'altered'),
    row('---', '---:', '---:'),
    ...folders
      .toSorted((a, b) => b[1] - a[1])
      .map(([folder, all, altered]) => row(folder, count(all), altered)),
  ].join('\n');
}

function thresholds(): string {
  return [
    row('asked by', 'hashes differ by', 'and', 'answer'),
    row('---', '---', '---', '---'),
    row(
      'pixels, both with colour',
      `≤ ${pixelsMatchMax} bits`,
      `chroma differs by ≤ ${coloursAgree.chromaMeanMax} levels on average and ≤ ${coloursAgree.chromaMaxMax} in every cell`,
      '`match`',
    ),
    row(
      'pixels, both with colour',
      `${pixelsMatchMax + 1} to ${possibleMax} bits`,
      `chroma by ≤ ${allAgrees.chromaMeanMax} and ≤ ${allAgrees.chromaMaxMax}, luma correlates ≥ ${allAgrees.lumaCorrelationMin}`,
      '`match`',
    ),
    row(
      'pixels, one without colour',
      `≤ ${hashMatchMax} bits`,
      `luma correlates ≥ ${greyLumaCorrelationMin}`,
      '`match`',
    ),
    row('pixels, work without descriptor', `≤ ${hashMatchMax} bits`, '', '`match`'),
    row('hash', `≤ ${hashMatchMax} bits`, '', '`match`'),
    row('pixels', `≤ ${possibleMax} bits`, '', '`possible`, which decides nothing'),
    row('hash', `≤ ${hashPossibleMax} bits`, '', '`possible`'),
  ].join('\n');
}

const excepted = ['rotate5', 'crop10corner', 'caption_bar'];

function targets({ recall, falsePairs, pairs }: Figures): string {
  const robust = recall.filter(({ group }) => group === 'robustness');
  const low = recall.filter(
    ({ name, match, group }) => match < 0.8 && !excepted.includes(name) && group !== 'crops',
  );
  const modes = recall.filter(({ group }) => group === 'img2dataset');
  const lowest = modes.reduce((a, b) => (b.matchOnPhotoShapes < a.matchOnPhotoShapes ? b : a));
  const wrong = (...which: Relation[]) =>
    falsePairs.filter(({ relation }) => which.includes(relation)).length;
  const average = mean(robust.map(({ match }) => match));
  return [
    row('target', 'measured', ''),
    row('---', '---', '---'),
    row(
      'no false match among ≥ 4,000,000 different pairs, recoloured drawings counted as different',
      `${wrong('different')} different and ${wrong('recoloured')} recoloured in ${count(pairs)} pairs`,
      wrong('different', 'recoloured') === 0 ? 'met' : '**missed**',
    ),
    row(
      'mean recall over the 33 transformations ≥ 90 %',
      percent(average),
      average >= 0.9 ? 'met' : '**missed**',
    ),
    row(
      'none of the 33, of img2dataset’s and of the platforms’ below 80 %, but 5° rotation and caption bar',
      low.length === 0 ? 'none' : low.map(({ name, match }) => `${name} ${percent(match)}`).join(', '),
      low.length === 0 ? 'met' : '**missed**',
    ),
    row(
      'every img2dataset mode ≥ 85 % on 4:3 to 16:9',
      `lowest: ${lowest.name}, ${percent(lowest.matchOnPhotoShapes)}`,
      lowest.matchOnPhotoShapes >= 0.85 ? 'met' : '**missed**',
    ),
  ].join('\n');
}

function recallTable(recall: readonly Recall[]): string {
  const [first] = recall;
  return [
    `Of ${first?.copies ?? 0} pictures, in percent.`,
    '',
    row('transformation', 'match', 'match or possible', 'PDQ ≤ 31 alone', 'by hash', '4:3 to 16:9, match'),
    row('---', '---:', '---:', '---:', '---:', '---:'),
    ...recall.map(({ name, match, reported, pdqAlone, byHash, matchOnPhotoShapes }) =>
      row(
        name,
        ...[match, reported, pdqAlone, byHash, matchOnPhotoShapes].map((share) => (100 * share).toFixed(0)),
      ),
    ),
    ...(['robustness', 'crops', 'img2dataset', 'platforms'] as const).map((group) => {
      const own = recall.filter((one) => one.group === group);
      const averages = (['match', 'reported', 'pdqAlone', 'byHash', 'matchOnPhotoShapes'] as const).map(
        (key) => (100 * mean(own.map((one) => one[key]))).toFixed(1),
      );
      return row(`**mean: ${group}** (${own.length})`, ...averages.map((value) => `**${value}**`));
    }),
  ].join('\n');
}

const meaning: Record<Exclude<Relation, 'same'>, string> = {
  different: 'different pictures',
  recoloured: 'one drawing in other colours, both with colour',
  series: 'one drawing in the same colours, another detail',
  grey: 'one drawing, one of the two without colour',
};

function falseTable({ near, falsePairs, falseByHash, pairs }: Figures): string {
  const of = (list: readonly NearPair[], relation: Relation) =>
    list.filter((pair) => pair.relation === relation).length;
  const within = (max: number, relation: Relation) =>
    near.filter(
      (pair) => pair.relation === relation && pair.encounters.some(({ distance }) => distance <= max),
    ).length;
  return [
    row(
      'pair',
      `near, ≤ 72 bits`,
      `PDQ ≤ ${possibleMax}, any form`,
      `PDQ ≤ ${pixelsMatchMax}, any form`,
      '**match by pixels**',
      'rate, 95 % upper bound',
      'match by hash',
    ),
    row('---', '---:', '---:', '---:', '---:', '---:', '---:'),
    ...relations.flatMap((relation) => {
      if (relation === 'same') return [];
      const hits = of(falsePairs, relation);
      return row(
        meaning[relation],
        count(of(near, relation)),
        within(possibleMax, relation),
        within(pixelsMatchMax, relation),
        `**${hits}**`,
        tiny(poissonBound(hits) / pairs),
        of(falseByHash, relation),
      );
    }),
  ].join('\n');
}

function listed(falsePairs: readonly NearPair[]): string {
  const shown = falsePairs.filter(({ relation }) => relation === 'different' || relation === 'recoloured');
  const name = (file: string, folder: string) => `${folder}: ${file.split('/').slice(-2).join('/')}`;
  return [
    row('as labelled', 'bits', 'one', 'other'),
    row('---', '---:', '---', '---'),
    ...shown.map(({ a, b, relation, encounters }) => {
      const bits = Math.min(...encounters.filter(isMatch).map(({ distance }) => distance));
      return row(relation, bits, name(a.file, a.folder), name(b.file, b.folder));
    }),
  ].join('\n');
}

/** Recall and false pairs with the first limit, the decision being as shipped or by the hashes alone. */
function curve({ near, recall }: Figures) {
  return [16, 20, 24, 28, 31, 36, 40, 45, 50, 56].map((max) => {
    const wrong = (relation: Relation) =>
      near.filter(
        (pair) => pair.relation === relation && pair.encounters.some(({ distance }) => distance <= max),
      ).length;
    return { max, different: wrong('different'), recoloured: wrong('recoloured'), recall: recall.length };
  });
}

function curveTable(figures: Figures): string {
  const kept = (pair: NearPair, max: number) =>
    pair.encounters.some((one) => one.distance <= max && isMatch(one));
  return [
    row(
      'hashes within',
      'different, hashes alone',
      'recoloured, hashes alone',
      'different, shipped',
      'recoloured, shipped',
    ),
    row('---:', '---:', '---:', '---:', '---:'),
    ...curve(figures).map(({ max, different, recoloured }) => {
      const of = (relation: Relation) =>
        figures.near.filter((pair) => pair.relation === relation && kept(pair, max)).length;
      return row(`${max} bits`, different, recoloured, of('different'), of('recoloured'));
    }),
  ].join('\n');
}

function drops({ tails }: Figures): string {
  const works = [1e6, 1e7];
  const rate = (perPair: number, n: number) => {
    const value = wrongPerMillion(perPair, n);
    return value < 10 ? value.toPrecision(2) : count(Math.round(value));
  };
  return [
    row('wrong drops per million rows', 'pairs compared', '1 million works', '10 million works'),
    row('---', '---:', '---:', '---:'),
    ...tails.flatMap(({ what, pairs, perPair, boundPerPair }) => [
      row(`${what}: by the fitted tail`, count(pairs), ...works.map((n) => rate(perPair, n))),
      row(
        `${what}: what was seen, 95 % bound, no extrapolation`,
        count(pairs),
        ...works.map((n) => rate(boundPerPair, n)),
      ),
    ]),
    '',
    ...tails.map(
      ({ what, slope, intercept, greyShare, greyAgrees, colourAgrees, bothAgree, perPair }) =>
        `- ${what}: log₁₀ share = ${intercept.toFixed(2)} + ${slope.toFixed(4)} × bits, through ${fitted.from} to ${fitted.to} bits. Of different pictures that came near, ${percent(greyShare)} of meetings had too little colour to compare and in ${percent(greyAgrees)} of those light and dark agreed, in ${percent(colourAgrees)} of the others the colours agreed as a match at ≤ ${pixelsMatchMax} bits asks, and in ${percent(bothAgree)} all agreed as up to ${possibleMax} bits ask. Chance per picture and work: ${tiny(perPair)}.`,
    ),
  ].join('\n');
}

function steps(list: readonly Step[]): string {
  return [
    row('hash', 'mean of all', 'bought', 'mean of the 33', 'still below 80 %'),
    row('---', '---:', '---:', '---:', '---:'),
    ...list.map((step, i) => {
      const before = list[i - 1];
      const bought = before === undefined ? '' : `+${(100 * (step.all - before.all)).toFixed(2)}`;
      return row(step.name, percent(step.all), bought, percent(step.robustness), step.below80);
    }),
  ].join('\n');
}

function crowdTable({ crowds, pictures }: Figures): string {
  return [
    row('more than', 'pictures', 'share'),
    row('---:', '---:', '---:'),
    ...[0, 1, 2, 3, 5, 10].map((more, i) => row(more, crowds[i] ?? 0, percent((crowds[i] ?? 0) / pictures))),
  ].join('\n');
}

function drawingsOf(figures: Figures): Record<string, string> {
  const { recall, histogram, plain, pairs, near } = figures;
  const cumulative = (values: ArrayLike<number>, total: number) => {
    let sum = 0;
    return Array.from({ length: 101 }, (_, d) => {
      sum += values[d] ?? 0;
      return [d, sum] as const;
    }).flatMap(([d, n]): [number, number][] => (n === 0 ? [] : [[d, Math.log10(n / total)]]));
  };
  const different = new Uint32Array(73);
  for (const { relation, encounters } of near) {
    if (relation !== 'different') continue;
    const least = Math.min(...encounters.map(({ distance }) => distance));
    different[least] = (different[least] ?? 0) + 1;
  }
  const tail = cumulative(different, pairs).filter(([d]) => d <= 72);
  return {
    'accuracy-recall.svg': bars(
      'Share of copies found, by transformation; the red mark is PDQ alone at 31 bits',
      recall.map(({ name, match, pdqAlone }) => ({ name, share: match, mark: pdqAlone })),
    ),
    'accuracy-distances.svg': lines(
      'Share of pairs of pictures at a distance or less',
      {
        x: [0, 100],
        y: [-8, 0],
        xTicks: [0, 20, 31, 45, 60, 80, 100],
        yTicks: [0, -2, -4, -6, -8].map((p) => [p, `10${p === 0 ? '⁰' : superscript(p)}`]),
        xName: 'bits',
      },
      [
        {
          className: 'b',
          name: 'all pairs, every form and orientation',
          points: cumulative(histogram, 2 * pairs),
        },
        { className: 'c', name: 'all pairs, one hash against one', points: cumulative(plain, 2 * pairs) },
        { className: 'a', name: 'different pictures, every form and orientation', points: tail },
      ],
    ),
  };
}

const superscript = (value: number) =>
  [...String(value)].map((c) => (c === '-' ? '⁻' : ('⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)] ?? c))).join('');
