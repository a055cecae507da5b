import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ReportContent } from '../../../src/datasets/report/content.ts';
import { isFilterReport, makeReport, verifyReport } from '../../../src/datasets/report/filter-report.ts';
import { emptyRecordTally } from '../../../src/datasets/tally/record-tally.ts';
import { summarise } from '../../../src/datasets/tally/summary.ts';
import { parseBuilderKeys } from '../../../src/log/builder-keys.ts';
import { openNote, signNote } from '../../../src/log/note.ts';
import { type NoteSigner, newSigningKey, parseSigningKey } from '../../../src/log/note-key.ts';
import { mutate, mutation } from '../../log/mutations.ts';
import { countedRow, tallyOf } from '../tally/rows.ts';
import { sampleContent } from './sample.ts';

const noRecords = { tally: emptyRecordTally(0), ridOf: () => '' };

let signer: NoteSigner;
let other: NoteSigner;
let text: string;

const make = (changed: Partial<ReportContent>) => makeReport({ ...sampleContent(), ...changed }, signer);

beforeAll(async () => {
  signer = await parseSigningKey(await newSigningKey('builder.example', new Uint8Array(32).fill(7)));
  other = await parseSigningKey(await newSigningKey('builder.example', new Uint8Array(32).fill(8)));
  text = await make({});
});

describe('the report of a filter run', () => {
  test('says what was done and who says so', async () => {
    const { content, builder, isKnown, digest } = await verifyReport(text, [signer.key]);
    expect(content).toEqual({ ...sampleContent(), builder: signer.key.vkey });
    expect([builder.name, isKnown]).toEqual(['builder.example', true]);
    const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
    expect(digest).toBe(`sha256:${Buffer.from(bytes).toString('hex')}`);
  });

  test('a key nobody named proves only that one key signed it', async () => {
    expect((await verifyReport(text, [])).isKnown).toBe(false);
    expect((await verifyReport(text, [other.key])).isKnown).toBe(false);
  });

  test('what is signed can be read, and says first whether site signals were checked', async () => {
    const { statement } = JSON.parse(text);
    const opened = await openNote(`${statement.join('\n')}\n`, [signer.key]);
    expect(opened.text.split('\n').slice(0, 7)).toEqual([
      'withhold-filter-report/1',
      `builder ${signer.key.vkey}`,
      'dataset "Photos of the web, 2026-11"',
      'finished 2026-11-23T12:04:41.250Z',
      'site signals NOT checked',
      `snapshot of "registry.example/log" at 1250007, root ${'4c'.repeat(32)}`,
      expect.stringMatching(/^rows \d+, dropped \d+$/),
    ]);
  });

  test('any tally can be reported', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(countedRow, { maxLength: 40 }), async (rows) => {
        const made = await make({ tally: summarise(tallyOf(rows), noRecords) });
        expect((await verifyReport(made, [])).content.tally).toEqual(summarise(tallyOf(rows), noRecords));
      }),
      { numRuns: 50 },
    );
  });

  test('is the same report after a mail program', async () => {
    const mailed = `\ufeff${text.replaceAll('\n', '\r\n')}\r\n\r\n`;
    expect(await verifyReport(mailed, [signer.key])).toEqual(await verifyReport(text, [signer.key]));
  });

  test.each<[string, Partial<ReportContent>]>([
    ['a time without milliseconds', { finished: '2026-11-23T12:04:41Z' }],
    ['a digest that is none', { policies: ['sha256:12'] }],
    ['no name', { dataset: '' }],
    ['half a character', { dataset: '\ud800' }],
    ['a number that is none', { options: { share: Number.NaN } }],
    ['a field of somebody else', { more: 1 } as Partial<ReportContent>],
    ['an option of another kind', { options: { a: { b: 1 } } as never }],
  ])('%s is refused', async (_, changed) => {
    await expect(make(changed)).rejects.toMatchObject({ code: 'invalid' });
  });

  test('one signed by another key of the same name is refused', async () => {
    const file = JSON.parse(text);
    const { text: signed } = await openNote(`${file.statement.join('\n')}\n`, [signer.key]);
    const statement = (await signNote(signed, [other])).split('\n').slice(0, -1);
    const forged = `${JSON.stringify({ ...file, statement }, null, 2)}\n`;
    await expect(verifyReport(forged, [signer.key, other.key])).rejects.toMatchObject({ code: 'invalid' });
  });

  test('no change of it is the same report', async () => {
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const changed = mutate(text, change);
        const before = await verifyReport(text, [signer.key]);
        const after = await verifyReport(changed, [signer.key]).catch((error) => error);
        if (after instanceof Error) expect(after).toMatchObject({ name: 'AppError' });
        else expect(after).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  test('other files are told from it', () => {
    expect(isFilterReport(text)).toBe(true);
    for (const each of ['', '{}', 'null', '[]', text.slice(0, -9), '{"format":"withhold-snapshot/1"}']) {
      expect(isFilterReport(each), each.slice(0, 30)).toBe(false);
    }
  });
});

describe('builders named in a policy file', () => {
  test('are read beside everything else', () => {
    const policy = `log x\n#builder-key ${signer.key.vkey}\n# a comment\n#builder-key\t${other.key.vkey}\r\nquorum none\n`;
    expect(parseBuilderKeys(policy)).toEqual([signer.key, other.key]);
    expect(parseBuilderKeys('')).toEqual([]);
  });

  test.each([
    ['no key', '#builder-key\n', 'line 1'],
    ['two keys', '\n#builder-key a b\n', 'line 2'],
    ['another key', '#builder-key x+00000000+AAAA\n', 'line 1'],
  ])('%s is refused with its line', (_, policy, field) => {
    expect(() => parseBuilderKeys(policy)).toThrow(expect.objectContaining({ code: 'invalid', field }));
  });
});
