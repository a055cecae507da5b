import { encodeDescriptor } from '../../src/images/descriptor.ts';
import type { Form as CoreForm } from '../../src/images/fingerprint.ts';
import { pdqWeakness } from '../../src/images/gate.ts';
import { hashBytes } from '../../src/images/hash256.ts';
import { type Orientation, orientations } from '../../src/images/pdq.ts';
import type { VariantName } from '../../src/images/variants.ts';
import type { Extracted } from './extract-thread.ts';
import type { Form, Row } from './features.ts';

/** A picture of the collection, as it would be registered and as it would be asked about. */
export interface Subject {
  file: string;
  folder: string;
  sha256: string;
  width: number;
  height: number;
  rows: Row[];
  descriptor: Uint8Array;
  forms: Form[];
  thumbnail: Uint8Array;
  copies: Record<string, Form[]>;
}

/** @returns the picture with the registrable ones of these rows. */
export function subjectOf(
  { file, folder }: { file: string; folder: string },
  { sha256, work, forms, copies }: Extracted,
  names: readonly string[],
): Subject {
  const { width, height, content, thumbnail } = work;
  const rows = work.rows.filter(
    ({ name, pdq, ...about }) => names.includes(name) && pdqWeakness({ hash: pdq, ...about }) === null,
  );
  const inner = forms.at(-1) as Form;
  const descriptor = encodeDescriptor(inner.colours, content, width / height);
  return { file, folder, sha256, width, height, rows, descriptor, forms, thumbnail, copies };
}

/** A row of the collection as a row of the registry. */
export const rowOf = ({ name, pdq, quality }: Row) => ({ variant: name as VariantName, pdq, quality });

/** The forms as the product asks with them. */
export function coreForms(forms: readonly Form[]): CoreForm[] {
  return forms.map(({ name, hashes, quality, colours }) => {
    const dihedral = Object.fromEntries(
      orientations.map((orientation, at) => [
        orientation,
        hashes.subarray(at * hashBytes, (at + 1) * hashBytes),
      ]),
    ) as Record<Orientation, Uint8Array>;
    return { variant: name, dihedral, quality, colours };
  });
}
