import fc from 'fast-check';

interface Mutation {
  kind: 'flip' | 'drop' | 'insert' | 'repeat' | 'swap';
  at: number;
  bit: number;
  length: number;
  insert: string;
}

/** One change to a text: a flipped bit, a piece dropped, inserted, repeated or swapped with the next. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('flip', 'flip', 'drop', 'insert', 'repeat', 'swap'),
  at: fc.nat({ max: 1_000_000 }),
  bit: fc.nat({ max: 6 }),
  length: fc.integer({ min: 1, max: 12 }),
  insert: fc.oneof(
    fc.constantFrom(
      '\n',
      ' ',
      '\t',
      '\r',
      '"',
      ',',
      '{}',
      '[]',
      '=',
      '+',
      '0',
      '\\n',
      '— ',
      '\u0000',
      '\ud800',
    ),
    fc.string({ minLength: 1, maxLength: 6, unit: 'binary' }),
  ),
});

export function mutate(text: string, { kind, at, bit, length, insert }: Mutation): string {
  const place = at % text.length;
  const [before, piece, after] = [
    text.slice(0, place),
    text.slice(place, place + length),
    text.slice(place + length),
  ];
  switch (kind) {
    case 'flip':
      return `${before}${String.fromCharCode(text.charCodeAt(place) ^ (1 << bit))}${text.slice(place + 1)}`;
    case 'drop':
      return before + after;
    case 'insert':
      return before + insert + text.slice(place);
    case 'repeat':
      return before + piece + piece + after;
    case 'swap':
      return before + after.slice(0, length) + piece + after.slice(length);
  }
}
