import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint, parseCheckpointText, signCheckpoint } from '../../src/log/checkpoint.ts';
import { fromBase64, fromDecimal, fromHex, toBase64, toHex } from '../../src/log/encoding.ts';
import { parseLogPolicy } from '../../src/log/log-policy.ts';
import { openNote, parseNote, signNote } from '../../src/log/note.ts';
import {
  isSignedBy,
  newSigningKey,
  noteKey,
  parseSigningKey,
  parseVerifierKey,
} from '../../src/log/note-key.ts';
import { formatProof, parseProof, verifyProof } from '../../src/log/proof.ts';
import { resultOf } from './log.suite.ts';
import { mutate, mutation } from './mutations.ts';
import { origin, type SampleLog, sampleLog } from './sample-log.ts';
import { keyVectors, noteVectors } from './vectors.ts';

let log: SampleLog;
beforeAll(async () => {
  log = await sampleLog();
});

describe('encodings have one spelling for each value', () => {
  test('base 64, hex and decimals come back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes), bytes.length)).toEqual(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(fromDecimal(value.toString())).toBe(value);
      }),
    );
  });

  test('no other text is read as the same value', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), mutation, (bytes, change) => {
        const read = fromBase64(mutate(toBase64(bytes), change));
        if (read !== null) expect(toBase64(read)).toBe(mutate(toBase64(bytes), change));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a changed text is never accepted', () => {
  test('of a note', async () => {
    const note = noteVectors.find(({ id }) => id === 'one')?.input.note ?? '';
    const keys = [parseVerifierKey(keyVectors.log.vkey)];
    expect(await resultOf(() => openNote(note, keys))).toBe('ok');
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const changed = mutate(note, change);
        fc.pre(changed !== note);
        expect(await resultOf(() => openNote(changed, keys))).toBe('error');
      }),
      { numRuns: 3000 },
    );
  });

  test('of a note, whichever bit of its bytes is flipped', async () => {
    const note = new TextEncoder().encode(noteVectors.find(({ id }) => id === 'one')?.input.note ?? '');
    const keys = [parseVerifierKey(keyVectors.log.vkey)];
    for (let bit = 0; bit < note.length * 8; bit += 1) {
      const changed = note.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await resultOf(() => openNote(changed, keys)), `bit ${bit}`).toBe('error');
    }
  });

  test('of a checkpoint', async () => {
    const keys = log.policy.logs.map(({ key }) => key);
    expect((await openCheckpoint(log.checkpoint, keys, origin)).size).toBe(5n);
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const changed = mutate(log.checkpoint, change);
        fc.pre(changed !== log.checkpoint);
        expect(await resultOf(() => openCheckpoint(changed, keys))).toBe('error');
      }),
      { numRuns: 3000 },
    );
  });

  test('of a proof, whichever bit is flipped', async () => {
    const { proof } = log.receiptOf(2);
    const text = formatProof(proof);
    const leaf = log.hashes[2] ?? new Uint8Array();
    expect((await verifyProof(text, leaf, log.policy)).index).toBe(2n);
    for (let bit = 0; bit < text.length * 7; bit += 1) {
      const at = Math.floor(bit / 7);
      const char = String.fromCharCode(text.charCodeAt(at) ^ (1 << (bit % 7)));
      const changed = text.slice(0, at) + char + text.slice(at + 1);
      expect(await resultOf(() => verifyProof(changed, leaf, log.policy)), `bit ${bit}`).toBe('error');
    }
  });

  test('of a verifier or signing key', async () => {
    const { vkey, secret } = keyVectors.log;
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const changed = mutate(vkey, change);
        if (changed !== vkey) expect(await resultOf(() => parseVerifierKey(changed))).toBe('error');
        const stolen = mutate(secret, change);
        if (stolen.trimEnd() !== secret) expect(await resultOf(() => parseSigningKey(stolen))).toBe('error');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('any text is read or refused, and nothing else', () => {
  test.each([
    ['note', parseNote],
    ['checkpoint', parseCheckpointText],
    ['proof', parseProof],
    ['policy', parseLogPolicy],
    ['verifier key', parseVerifierKey],
    ['signing key', parseSigningKey],
  ] as const)('%s', async (_, read) => {
    const seeds = [log.checkpoint, formatProof(log.receiptOf(1).proof), keyVectors.log.vkey];
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc
        .tuple(fc.constantFrom(...seeds), mutation, mutation)
        .map(([seed, a, b]) => mutate(mutate(seed, a), b)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        expect(['ok', 'error']).toContain(await resultOf(() => read(given)));
      }),
      { numRuns: 1000 },
    );
  });

  test('bytes that are no UTF-8 are no note', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect(await resultOf(() => parseNote(bytes))).toBe('error');
      }),
    );
  });
});

describe('notes', () => {
  test('are signed and opened by any keys', async () => {
    const line = fc
      .string({ unit: 'grapheme' })
      .filter((text) => !/\p{Cc}/u.test(text) && text.isWellFormed());
    const text = fc.array(line, { minLength: 1 }).map((lines) => `${lines.join('\n')}\n`);
    const seeds = fc.uniqueArray(fc.uint8Array({ minLength: 32, maxLength: 32 }), {
      minLength: 1,
      maxLength: 3,
      selector: String,
    });
    await fc.assert(
      fc.asyncProperty(text, seeds, async (said, keys) => {
        const signers = await Promise.all(
          keys.map(async (seed, index) => parseSigningKey(await newSigningKey(`k${index}.example`, seed))),
        );
        const note = await signNote(said, signers);
        const opened = await openNote(
          note,
          signers.map(({ key }) => key),
        );
        expect(opened.text).toBe(said);
        expect(opened.signedBy).toEqual(signers.map(({ key }) => key));
      }),
      { numRuns: 60 },
    );
  });

  test.each(['no newline', '', 'tab\there\n', 'carriage\r\n', 'half \ud800\n'])(
    '%j is not signed',
    async (text) => {
      expect(await resultOf(() => signNote(text, [log.signer]))).toBe('error');
    },
  );

  test('are not signed by nobody', async () => {
    expect(await resultOf(() => signNote('text\n', []))).toBe('error');
  });

  test.each(['', 'a b', 'a+b', 'a\u2003b', 'a\u0085b', 'a\nb', '\ud800', 'a'.repeat(257)])(
    '%j is no name of a key',
    async (name) => {
      expect(await resultOf(() => noteKey(name, new Uint8Array(32)))).toBe('error');
    },
  );

  test('a public key that is no point of the curve verifies nothing', async () => {
    const key = noteKey('odd.example', new Uint8Array(32).fill(0xff));
    expect(await isSignedBy(key, 'text\n', new Uint8Array(64))).toBe(false);
    expect(await isSignedBy(key, 'text\n', new Uint8Array(63))).toBe(false);
  });

  test('two known keys of one name and id are not guessed between', async () => {
    const { key } = log.signer;
    const twin = { ...key, vkey: `${key.vkey.slice(0, -1)}A` };
    expect(await resultOf(() => openNote(log.checkpoint, [key, twin]))).toBe('error');
    expect(await resultOf(() => openNote(log.checkpoint, [key, key]))).toBe('ok');
  });

  test('longer than the bound are refused', async () => {
    const long = `${'a'.repeat(300_000)}\n`;
    expect(await resultOf(() => signNote(long, [log.signer]))).toBe('error');
    expect(await resultOf(() => parseNote(long))).toBe('error');
  });
});

describe('checkpoints', () => {
  const root = new Uint8Array(32).fill(1);

  test('are signed under the name of their origin only', async () => {
    const checkpoint = { origin: 'other.example/log', size: 1n, root, extensions: [] };
    expect(await resultOf(() => signCheckpoint(checkpoint, [log.signer]))).toBe('error');
  });

  test.each([
    { origin: '', size: 1n, root, extensions: [] },
    { origin: 'a\nb', size: 1n, root, extensions: [] },
    { origin, size: -1n, root, extensions: [] },
    { origin, size: 2n ** 64n, root, extensions: [] },
    { origin, size: 1n, root: root.subarray(1), extensions: [] },
    { origin, size: 0n, root, extensions: [] },
    { origin, size: 1n, root, extensions: [''] },
    { origin, size: 1n, root, extensions: ['a\nb'] },
  ])('that cannot be written are not signed %#', async (checkpoint) => {
    expect(await resultOf(() => signCheckpoint(checkpoint, [log.signer]))).toBe('error');
  });
});
