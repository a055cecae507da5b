import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newSecret, openSecrets } from '../src/secrets.ts';

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const first = newSecret('2026', random);
const second = newSecret('2027', random);

test('any text comes back from its ciphertext, and no two ciphertexts are alike', async () => {
  const secrets = await openSecrets(first, random);
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
      const [one, two] = [await secrets.encrypt(text), await secrets.encrypt(text)];
      expect(one).not.toBe(two);
      expect(await secrets.decrypt(one)).toBe(text);
    }),
    { numRuns: 50 },
  );
});

test('a changed ciphertext does not open', async () => {
  // Three lengths in a row, so that the last letter has no bits, two bits and four bits to spare.
  const secrets = await openSecrets(first, random);
  for (const text of ['', 'a', 'ab']) {
    const cipher = await secrets.encrypt(text);
    const start = cipher.indexOf('.') + 1;
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let at = start; at < cipher.length; at++) {
      const next = letters[(letters.indexOf(cipher[at] ?? '') + 1) % letters.length];
      const changed = `${cipher.slice(0, at)}${next}${cipher.slice(at + 1)}`;
      await expect(secrets.decrypt(changed), `${cipher} changed at ${at}`).rejects.toThrow();
    }
  }
});

test('after a rotation old ciphertexts open, new ones use the new key, and people are found by either', async () => {
  const before = await openSecrets(first, random);
  const after = await openSecrets(`${second},${first}`, random);
  expect(await after.decrypt(await before.encrypt('Ada'))).toBe('Ada');
  expect(await after.encrypt('Ada')).toMatch(/^2027\./);
  const [old] = await before.lookups('ada@example.com');
  expect(await after.lookups('ada@example.com')).toContain(old);
  expect((await after.lookups('ada@example.com'))[0]).toMatch(/^2027\.[0-9a-f]{64}$/);
  const dropped = await openSecrets(second, random);
  await expect(dropped.decrypt(await before.encrypt('Ada'))).rejects.toMatchObject({ code: 'misconfigured' });
});

test.each(['', 'a', 'a:short', `a b:${first.slice(5)}`, `${first},${first}`])(
  '"%s" is refused',
  async (setting) => {
    await expect(openSecrets(setting, random)).rejects.toMatchObject({ code: 'misconfigured' });
  },
);
