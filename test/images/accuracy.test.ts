import { beforeAll, describe, expect, test } from 'vitest';
import { isMatch, pairUp } from '../../bench/accuracy/collisions.ts';
import { formsOf, workFeatures } from '../../bench/accuracy/features.ts';
import { comparePairs } from '../../bench/accuracy/pairs.ts';
import { measureRecall } from '../../bench/accuracy/recall.ts';
import { type Rgb, rawOf } from '../../bench/accuracy/rgb.ts';
import { seeded } from '../../bench/accuracy/seeded.ts';
import { type Subject, subjectOf } from '../../bench/accuracy/subject.ts';
import { poissonBound } from '../../bench/accuracy/tail.ts';
import { transformations } from '../../bench/accuracy/transformations.ts';
import { paint } from '../../src/demo/pictures.ts';
import { type SceneName, sceneNames } from '../../src/demo/scenes.ts';
import { possibleMax } from '../../src/images/decide.ts';
import { variantNames } from '../../src/images/variants.ts';

/** docs/accuracy.md in small, on painted pictures: what is published there has to hold here as well. */

const altered = [
  'jpeg50',
  'resize50',
  'gray',
  'screenshot',
  'crop5',
  'crop10',
  'crop5corner',
  'border5white',
  'border5black',
  'rot90',
  'mirror',
  'center_crop 256',
  'border 256',
  'fixed 256',
  'reposted: 720 WebP 75, JPEG 70',
];

let subjects: Subject[] = [];

beforeAll(async () => {
  const pictures = sceneNames.flatMap((name) => [1, 2].map((seed) => ({ name, seed })));
  subjects = await Promise.all(pictures.slice(0, 10).map(({ name, seed }) => subject(name, seed)));
}, 120_000);

async function subject(name: SceneName, seed: number): Promise<Subject> {
  const picture = await rawOf(await paint(name, seed, { width: 480, height: 320 }));
  const forms = formsOf(picture);
  const copies: Record<string, ReturnType<typeof formsOf>> = {};
  for (const one of transformations) {
    const copy: Rgb | null = altered.includes(one.name)
      ? await one.apply(picture, seeded(`${name} ${seed}`))
      : null;
    if (copy !== null) copies[one.name] = formsOf(copy);
  }
  const file = `${name} ${seed}`;
  const value = { sha256: file, work: workFeatures(picture, forms), forms, copies };
  return subjectOf({ file, folder: name }, value, variantNames);
}

test('every alteration that is asked for exists', () => {
  expect(altered.filter((name) => !transformations.some((one) => one.name === name))).toEqual([]);
  expect(transformations.filter(({ group }) => group === 'robustness')).toHaveLength(33);
  expect(transformations.filter(({ group }) => group === 'img2dataset')).toHaveLength(16);
});

describe('painted pictures', () => {
  // The colours of these paintings are vivid, and a screen that shifts them costs more than it does photos.
  const leastOf = (name: string) => (name === 'screenshot' ? 0.5 : 0.8);

  test.each(altered)('%s: enough are found', (name) => {
    const recall = measureRecall(subjects).find((one) => one.name === name);
    expect(recall?.copies).toBe(subjects.length);
    expect(recall?.match).toBeGreaterThanOrEqual(leastOf(name));
  });

  test('corner crops and squares are found by their variants, not by the whole', () => {
    const whole = subjects.map((one) => ({ ...one, rows: one.rows.filter(({ name }) => name === 'full') }));
    for (const name of ['crop5corner', 'crop10', 'center_crop 256']) {
      const of = (list: Subject[]) => measureRecall(list).find((one) => one.name === name)?.match ?? 0;
      expect(of(subjects)).toBeGreaterThan(of(whole));
    }
  });

  test('none is taken for another', async () => {
    const { histogram, meetings } = await comparePairs(subjects, possibleMax, 1);
    expect(histogram.reduce((sum, n) => sum + n, 0)).toBe(subjects.length * (subjects.length - 1));
    const wrong = pairUp(subjects, meetings).filter(
      ({ relation, encounters }) => relation === 'different' && encounters.some(isMatch),
    );
    expect(wrong.map(({ a, b }) => `${a.file} and ${b.file}`)).toEqual([]);
  });
});

test.each([
  [0, 2.996],
  [1, 4.744],
  [5, 10.513],
])('95 %% upper bound after %i false matches: %f', (count, bound) => {
  expect(poissonBound(count)).toBeCloseTo(bound, 2);
});
