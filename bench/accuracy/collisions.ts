import { splitColours } from '../../src/images/colour-grid.ts';
import { decideLikeness, hashMatchMax } from '../../src/images/decide.ts';
import { decodeDescriptor, type Likeness, likeness, turnColours } from '../../src/images/descriptor.ts';
import { orientations } from '../../src/images/pdq.ts';
import { type VariantName, variantBox } from '../../src/images/variants.ts';
import type { Form, Row } from './features.ts';
import { type Relation, relationOf } from './labels.ts';
import type { Meeting } from './pair-thread.ts';
import type { Subject } from './subject.ts';

/** Two pictures of the collection whose hashes came near, by all ways in which they did. */
export interface NearPair {
  a: Subject;
  b: Subject;
  relation: Relation;
  encounters: Encounter[];
}

export interface Encounter {
  distance: number;
  alike: Likeness | null;
  variant: VariantName;
  /** The hash of the whole query as it stands: what a query by hash compares. */
  isPlain: boolean;
}

/** Puts meetings together by pair, and says what each pair is. */
export function pairUp(subjects: readonly Subject[], meetings: readonly Meeting[]): NearPair[] {
  const keyOf = ({ query, work }: Meeting) => Math.min(query, work) * subjects.length + Math.max(query, work);
  return [...Map.groupBy(meetings, keyOf)].map(([key, own]) => {
    const a = subjects[Math.floor(key / subjects.length)] as Subject;
    const b = subjects[key % subjects.length] as Subject;
    return {
      a,
      b,
      relation: relationOf(a.thumbnail, b.thumbnail),
      encounters: own.map((meeting) => encounterOf(subjects, meeting)),
    };
  });
}

function encounterOf(subjects: readonly Subject[], { query, work, form, row, distance }: Meeting): Encounter {
  const asked = subjects[query] as Subject;
  const known = subjects[work] as Subject;
  const variant = (known.rows[row] as Row).name as VariantName;
  const { colours } = asked.forms[Math.floor(form / orientations.length)] as Form;
  const orientation = orientations[form % orientations.length] ?? 'orig';
  const described = decodeDescriptor(known.descriptor);
  const alike =
    described === null
      ? null
      : likeness(
          turnColours(splitColours(colours), orientation),
          described,
          variantBox(variant, described.aspect, described.content),
        );
  return { distance, alike, variant, isPlain: form === 0 };
}

export const isMatch = ({ distance, alike }: Encounter): boolean =>
  decideLikeness(distance, alike) === 'match';

export const isMatchByHash = ({ distance, isPlain }: Encounter): boolean =>
  isPlain && distance <= hashMatchMax;
