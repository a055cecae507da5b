import { emptyHead, placesOf } from './layout.ts';
import { sectionWriter, type Write } from './section-writer.ts';
import { numberOfKind, type Terms } from './table.ts';

/** The longest text of one set of terms, as JSON. */
const termBytesMax = 1 << 20;

/** What stands in a file in front of its rows. */
export interface WrittenTerms {
  kinds: Uint8Array;
  bytes: number;
}

/** Writes the terms of a file, in the order of their numbers. */
export function createTermsWriter(write: Write) {
  const encoder = new TextEncoder();
  const { termTexts } = placesOf({ ...emptyHead, termBytes: 0 });
  const texts = sectionWriter(write, termTexts.at, termBytesMax);
  let ends = new Uint32Array(64);
  let kinds = new Uint8Array(64);
  let count = 0;
  return {
    add({ kind, usages, except, licence, contact, trust, contested }: Terms): void {
      const text = encoder.encode(
        JSON.stringify({ kind, usages, except, licence, contact, trust, contested }),
      );
      if (text.length > termBytesMax || texts.bytes() + text.length >= 2 ** 32) {
        throw new RangeError('terms are too long for a table');
      }
      texts.room.set(text, texts.reserve(text.length));
      texts.took(text.length);
      if (count === kinds.length) {
        ends = grown(ends, new Uint32Array(2 * count));
        kinds = grown(kinds, new Uint8Array(2 * count));
      }
      ends[count] = texts.bytes();
      kinds[count] = numberOfKind(kind);
      count += 1;
    },
    finish(): WrittenTerms {
      texts.flush();
      const places = placesOf({ ...emptyHead, termBytes: texts.bytes(), terms: count });
      write(new Uint8Array(ends.buffer, 0, 4 * count), places.termEnds.at);
      kinds = kinds.subarray(0, count);
      write(kinds, places.termKinds.at);
      return { kinds, bytes: texts.bytes() };
    },
  };
}

function grown<Numbers extends Uint32Array | Uint8Array>(old: Numbers, larger: Numbers): Numbers {
  larger.set(old);
  return larger;
}
