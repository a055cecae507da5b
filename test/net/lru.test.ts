import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLru } from '../../src/net/lru.ts';

const bytesOf = (value: string) => value.length;

test('what was not used for longest goes first', () => {
  const lru = createLru<string>({ entriesMax: 2, bytesMax: 100 }, bytesOf);
  lru.set('a', '1');
  lru.set('b', '2');
  expect(lru.get('a')).toBe('1');
  lru.set('c', '3');
  expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual(['1', undefined, '3']);
});

test('bytes count, and a value set again is weighed again', () => {
  const lru = createLru<string>({ entriesMax: 10, bytesMax: 10 }, bytesOf);
  lru.set('a', '123456');
  lru.set('a', '12');
  lru.set('b', '12345678');
  expect(lru.size()).toEqual({ entries: 2, bytes: 10 });
  lru.set('c', '1');
  expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([undefined, '12345678', '1']);
});

test('a value heavier than everything is not kept, and takes its older self with it', () => {
  const lru = createLru<string>({ entriesMax: 10, bytesMax: 3 }, bytesOf);
  lru.set('a', '1');
  lru.set('b', '1');
  lru.set('a', '1234');
  expect([lru.get('a'), lru.get('b')]).toEqual([undefined, '1']);
  expect(lru.size()).toEqual({ entries: 1, bytes: 1 });
});

test('both limits hold after any run of writes and reads', () => {
  const step = fc.tuple(
    fc.constantFrom('a', 'b', 'c', 'd', '__proto__'),
    fc.option(fc.string({ maxLength: 12 })),
  );
  fc.assert(
    fc.property(fc.array(step), fc.nat({ max: 4 }), fc.nat({ max: 20 }), (steps, entriesMax, bytesMax) => {
      const lru = createLru<string>({ entriesMax, bytesMax }, bytesOf);
      const written = new Map<string, string>();
      for (const [key, value] of steps) {
        if (value === null) {
          const found = lru.get(key);
          if (found !== undefined) expect(found).toBe(written.get(key));
        } else {
          lru.set(key, value);
          written.set(key, value);
        }
        const { entries, bytes } = lru.size();
        expect(entries).toBeLessThanOrEqual(entriesMax);
        expect(bytes).toBeLessThanOrEqual(bytesMax);
      }
    }),
  );
});
