import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { signCheckpoint } from '../../src/log/checkpoint.ts';
import { leafHash } from '../../src/log/hash.ts';
import { leafBytes, type RecordLeaf } from '../../src/log/leaf.ts';
import type { LogPolicy } from '../../src/log/log-policy.ts';
import { parseSigningKey } from '../../src/log/note-key.ts';
import { verifyProof } from '../../src/log/proof.ts';
import { type FailureCode, requireOpening, verifyReceipt } from '../../src/log/receipt.ts';
import {
  archiveRecordsMax,
  formatReceipt,
  formatReceiptArchive,
  type Opening,
  parseReceipt,
} from '../../src/log/receipt-file.ts';
import { commitment } from '../../src/opt-outs/record.ts';
import { sampleRecord } from '../opt-outs/sample-record.ts';
import { resultOf } from './log.suite.ts';
import { mutate, mutation } from './mutations.ts';
import { at, openingOf, origin, type SampleLog, sampleLog } from './sample-log.ts';
import { keyVectors, knownKeys } from './vectors.ts';

let log: SampleLog;
let receipt: string;
let archive: string;

beforeAll(async () => {
  log = await sampleLog();
  const { proof, opening } = log.receiptOf(2);
  receipt = formatReceipt(proof, opening);
  archive = formatReceiptArchive(log.checkpoint, log.entries());
});

async function codesOf(text: string, policy: LogPolicy = log.policy): Promise<FailureCode[]> {
  const { ok, failures } = await verifyReceipt(text, policy);
  expect(ok).toBe(failures.length === 0);
  return failures.map(({ code }) => code);
}

/** A log of one leaf, honestly signed, whatever the leaf and the record are. */
async function soleReceipt(opening: Opening): Promise<string> {
  const root = leafHash(leafBytes(opening.leaf));
  const checkpoint = await signCheckpoint({ origin, size: 1n, root, extensions: [] }, [log.signer]);
  return formatReceipt({ extra: null, index: 0n, hashes: [], checkpoint }, opening);
}

describe('a receipt', () => {
  test('proves what the log held of a record, and since when', async () => {
    const verdict = await verifyReceipt(receipt, log.policy);
    expect(verdict.failures).toEqual([]);
    expect(verdict.ok).toBe(true);
    expect(verdict.log).toMatchObject({ origin, size: 5n, signedBy: [keyVectors.log.vkey] });
    expect(verdict.records).toMatchObject([
      {
        rid: '0190a0b1-c2d3-7e4f-8a5b-6c7d8e9f0002',
        ver: 1,
        type: 'reserved',
        at,
        index: 2n,
        state: 'active',
        since: '2026-11-23T14:02:00.000Z',
        subject: { kind: 'domain', key: 'com,example', keySpec: 'urlkey/1' },
        usages: { 'train-ai': 'disallow' },
        trust: 'domain',
        contested: false,
      },
    ]);
    expect(verdict.records[0]?.record).toEqual(JSON.parse(log.openings[2]?.record ?? ''));
  });

  test('holds a proof that other tools read, line by line', async () => {
    const { proof } = JSON.parse(receipt);
    const text = `${proof.join('\n')}\n`;
    expect((await verifyProof(text, log.hashes[2] ?? new Uint8Array(), log.policy)).index).toBe(2n);
  });

  test('survives a mail program: line ends, byte order mark, white space at the end', async () => {
    for (const text of [
      receipt.replaceAll('\n', '\r\n'),
      `\ufeff${receipt}`,
      receipt.trimEnd(),
      `${receipt}\n \n`,
    ]) {
      expect(await codesOf(text)).toEqual([]);
    }
  });

  test('is not proven to whoever knows other keys', async () => {
    const others = knownKeys(['next', 'witness']).map((key) => ({ key, url: null }));
    expect(await codesOf(receipt, { logs: others, checkKeys: [] })).toEqual(['log']);
    expect(await codesOf(receipt, { logs: [], checkKeys: [] })).toEqual(['log']);
  });

  test('is proven to old and new verifiers while keys overlap', async () => {
    const next = await parseSigningKey(keyVectors.next.secret);
    const root = leafHash(leafBytes(log.openings[0]?.leaf as RecordLeaf));
    const checkpoint = await signCheckpoint({ origin, size: 1n, root, extensions: [] }, [log.signer, next]);
    const proof = { extra: null, index: 0n, hashes: [], checkpoint };
    const text = formatReceipt(proof, log.receiptOf(0).opening);
    for (const key of [log.signer.key, next.key]) {
      expect(await codesOf(text, { logs: [{ key, url: null }], checkKeys: [] })).toEqual([]);
    }
  });

  test('names the step that failed', async () => {
    const { proof, opening } = log.receiptOf(2);
    const other = log.receiptOf(3).opening;
    const cases: [FailureCode, string][] = [
      ['format', receipt.replace('withhold-receipt/1', 'withhold-receipt/2')],
      ['log', receipt.replace('"5"', '"6"')],
      ['inclusion', formatReceipt({ ...proof, index: 3n }, opening)],
      ['inclusion', formatReceipt(proof, other)],
      ['inclusion', formatReceipt(proof, { ...opening, leaf: { ...opening.leaf, ver: 2 } })],
      ['commitment', formatReceipt(proof, { ...opening, salt: other.salt })],
      ['commitment', formatReceipt(proof, { ...opening, record: other.record })],
      ['commitment', formatReceipt(proof, { ...opening, salt: 'salt' })],
    ];
    for (const [code, text] of cases) expect(await codesOf(text), code).toEqual([code]);
  });

  test('of a log that commits to another record than its leaf says is not proven', async () => {
    const record = sampleRecord();
    for (const leaf of [{ ver: 2 }, { rid: '0190a0b1-c2d3-7e4f-8a5b-000000000000' }]) {
      expect(await codesOf(await soleReceipt(await openingOf(record, leaf)))).toEqual(['record']);
    }
  });

  test.each([
    { kind: 'animal' },
    { since: 'yesterday' },
    { trust: 'friend' },
    { contested: 'no' },
    { usages: [] },
    { usages: { 'train-ai': 'maybe' } },
    { key: null },
  ])('of a record with columns we do not know is not proven: %o', async (change) => {
    // biome-ignore lint/suspicious/noExplicitAny: broken on purpose, as a hostile log might.
    const record = { ...sampleRecord(), ...change } as any;
    expect(await codesOf(await soleReceipt(await openingOf(record)))).toEqual(['record']);
  });

  test('of a column to come is proven', async () => {
    const { salt } = sampleRecord();
    const bytes = new TextEncoder().encode(
      JSON.stringify({ ...JSON.parse((await openingOf(sampleRecord())).record), zeal: [1] }),
    );
    const record = new TextDecoder().decode(bytes);
    const opening = await openingOf(sampleRecord(), { commit: await commitment(salt, bytes) });
    expect(await codesOf(await soleReceipt({ ...opening, record }))).toEqual([]);
  });

  test('is not written with a record out of order or extra data', async () => {
    const { proof, opening } = log.receiptOf(2);
    expect(await resultOf(() => formatReceipt({ ...proof, extra: new Uint8Array() }, opening))).toBe('error');
    for (const record of ['', '{', '{"b":1,"a":2}', ` ${opening.record}`]) {
      expect(await resultOf(() => formatReceipt(proof, { ...opening, record }))).toBe('error');
    }
  });

  test('opens its commitment alone, as the feed does', async () => {
    const { opening } = log.receiptOf(1);
    expect(await resultOf(() => requireOpening(opening))).toBe('ok');
    expect(await resultOf(() => requireOpening({ ...opening, salt: '0'.repeat(64) }))).toBe('error');
  });
});

describe('an archive of receipts', () => {
  test('proves every record against one checkpoint', async () => {
    const verdict = await verifyReceipt(archive, log.policy);
    expect(verdict.ok).toBe(true);
    expect(verdict.records.map(({ index }) => index)).toEqual([0n, 1n, 2n, 3n, 4n]);
    expect(verdict.records[1]).toMatchObject({ ver: 2, trust: 'email', subject: { kind: 'work' } });
    expect(archive.match(/registry\.example\/log/g)).toHaveLength(2);
  });

  test('leaves the others proven where one is not', async () => {
    const entries = log
      .entries()
      .map((entry, index) => (index === 1 ? { ...entry, salt: 'f'.repeat(64) } : entry));
    const verdict = await verifyReceipt(formatReceiptArchive(log.checkpoint, entries), log.policy);
    expect(verdict.ok).toBe(false);
    expect(verdict.records.map(({ index }) => index)).toEqual([0n, 2n, 3n, 4n]);
    expect(verdict.failures).toMatchObject([{ code: 'commitment', position: 1 }]);
  });

  test('of no records, or of too many, is none', async () => {
    expect(await codesOf(formatReceiptArchive(log.checkpoint, []))).toEqual(['format']);
    const [first] = log.entries();
    const many = Array.from({ length: archiveRecordsMax + 1 }, () => first).filter(
      (entry) => entry !== undefined,
    );
    expect(many).toHaveLength(archiveRecordsMax + 1);
    expect(await resultOf(() => formatReceiptArchive(log.checkpoint, many))).toBe('error');
  });
});

describe('a changed receipt', () => {
  const plain = (text: string) =>
    text
      .replace(/^\ufeff/, '')
      .replaceAll('\r\n', '\n')
      .trimEnd();

  test('is refused, whatever was changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), mutation, async (isArchive, change) => {
        const text = isArchive ? archive : receipt;
        const changed = mutate(text, change);
        fc.pre(plain(changed) !== plain(text));
        const { ok, records, failures } = await verifyReceipt(changed, log.policy);
        expect(ok).toBe(false);
        expect(failures.length).toBeGreaterThan(0);
        for (const proven of records) {
          expect(log.openings.map(({ record }) => JSON.parse(record))).toContainEqual(proven.record);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('is refused, whichever bit is flipped', async () => {
    for (let bit = 0; bit < receipt.length * 7; bit += 1) {
      const place = Math.floor(bit / 7);
      const char = String.fromCharCode(receipt.charCodeAt(place) ^ (1 << (bit % 7)));
      const changed = receipt.slice(0, place) + char + receipt.slice(place + 1);
      if (plain(changed) === plain(receipt)) continue;
      expect((await verifyReceipt(changed, log.policy)).ok, `bit ${bit}`).toBe(false);
    }
  });

  test.each([
    ['a field twice', (text: string) => text.replace('"salt"', '"salt": "x",\n  "salt"')],
    [
      'another order',
      (text: string) =>
        JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()), null, 2),
    ],
    ['other spacing', (text: string) => JSON.stringify(JSON.parse(text))],
    ['an unknown field', (text: string) => text.replace('{', '{\n  "note": "x",')],
    ['an escape', (text: string) => text.replace('reserved', '\\u0072eserved')],
    ['half a character', (text: string) => text.replace('com,example', '\\ud800')],
    ['a deep nest', () => `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['no object', () => '"receipt"'],
    ['nothing', () => ''],
  ])('is refused: %s', async (_, change) => {
    expect(await codesOf(change(receipt))).toEqual(['format']);
  });

  test('of any JSON is refused in words of ours', async () => {
    const field = fc.constantFrom(
      'format',
      'record',
      'leaf',
      'salt',
      'proof',
      'records',
      'checkpoint',
      'index',
      'hashes',
    );
    await fc.assert(
      fc.asyncProperty(fc.boolean(), field, fc.jsonValue(), async (isArchive, name, value) => {
        const file = JSON.parse(isArchive ? archive : receipt);
        const [first] = file.records ?? [];
        if (first !== undefined && Object.hasOwn(first, name)) first[name] = value;
        else file[name] = value;
        const text = JSON.stringify(file, null, 2);
        if (plain(text) === plain(isArchive ? archive : receipt)) return;
        expect((await verifyReceipt(text, log.policy)).ok).toBe(false);
        expect(['ok', 'error']).toContain(await resultOf(() => parseReceipt(text)));
      }),
      { numRuns: 1000 },
    );
  });
});
