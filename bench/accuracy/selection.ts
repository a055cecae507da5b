import { splitColours } from '../../src/images/colour-grid.ts';
import { possibleMax } from '../../src/images/decide.ts';
import { decodeDescriptor, likeness, turnColours } from '../../src/images/descriptor.ts';
import { hammingDistance, hashBytes } from '../../src/images/hash256.ts';
import { orientations } from '../../src/images/pdq.ts';
import { wholeBox } from '../../src/images/pdq-luma.ts';
import { candidates } from './candidates.ts';
import { isMatch } from './collisions.ts';
import type { Subject } from './subject.ts';
import { transformations } from './transformations.ts';

/** What each further hash of a work buys: crops are added one by one, the one that helps most first. */

export interface Step {
  name: string;
  /** Mean recall by pixels over all transformations, and over the 33, with this and all before. */
  all: number;
  robustness: number;
  /** Transformations that still are found in less than 80 of 100. */
  below80: number;
}

export interface Choice {
  greedy: Step[];
  shipped: Step[];
}

/** Recall above this share buys no more in the greedy choice: many easy wins must not hide one bad loss. */
const enough = 0.9;

export function chooseVariants(
  subjects: readonly Subject[],
  shipped: readonly string[],
  steps: number,
): Choice {
  const asked = subjects.filter(({ copies }) => Object.keys(copies).length > 0);
  const found = asked.map(rowsThatFind);
  const recall = (set: readonly string[], transformation: string) =>
    found.filter((own) => set.some((name) => own.get(transformation)?.has(name))).length / asked.length;
  const stepOf = (set: readonly string[]): Step => {
    const recalls = transformations.map(({ name, group }) => ({ group, recall: recall(set, name) }));
    const mean = (of: typeof recalls) => of.reduce((sum, one) => sum + one.recall, 0) / of.length;
    return {
      name: set.at(-1) as string,
      all: mean(recalls),
      robustness: mean(recalls.filter(({ group }) => group === 'robustness')),
      below80: recalls.filter((one) => one.recall < 0.8).length,
    };
  };
  const worth = (set: readonly string[]) =>
    transformations.reduce((sum, { name }) => sum + Math.min(enough, recall(set, name)), 0);
  const names = ['trim', ...candidates.map(({ name }) => name)];
  const chosen = ['full'];
  const greedy = [stepOf(chosen)];
  while (greedy.length <= steps) {
    const rest = names.filter((name) => !chosen.includes(name));
    const best = rest
      .map((name) => ({ name, worth: worth([...chosen, name]) }))
      .reduce((a, b) => (b.worth > a.worth ? b : a));
    chosen.push(best.name);
    greedy.push(stepOf(chosen));
  }
  return { greedy, shipped: shipped.map((_, i) => stepOf(shipped.slice(0, i + 1))) };
}

/** By transformation, the rows of a picture by which its copy is found. */
function rowsThatFind(subject: Subject): Map<string, Set<string>> {
  const work = decodeDescriptor(subject.descriptor);
  const found = new Map<string, Set<string>>();
  for (const [name, forms] of Object.entries(subject.copies)) {
    const rows = new Set<string>();
    for (const form of forms) {
      const colours = splitColours(form.colours);
      for (const [at, orientation] of orientations.entries()) {
        const hash = form.hashes.subarray(at * hashBytes, (at + 1) * hashBytes);
        for (const row of subject.rows) {
          const distance = hammingDistance(hash, row.pdq);
          if (rows.has(row.name) || distance > possibleMax || work === null) continue;
          const part = boxOf(row.name, work);
          const alike = likeness(turnColours(colours, orientation), work, part);
          if (isMatch({ distance, alike, variant: 'full', isPlain: false })) rows.add(row.name);
        }
      }
    }
    found.set(name, rows);
  }
  return found;
}

function boxOf(name: string, work: NonNullable<ReturnType<typeof decodeDescriptor>>) {
  if (name === 'full') return wholeBox;
  if (name === 'trim') return work.content;
  return candidates.find((candidate) => candidate.name === name)?.boxOf(work.aspect) ?? wholeBox;
}
