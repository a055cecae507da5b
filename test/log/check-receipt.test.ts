import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  type CheckAnswer,
  checkKeyName,
  isCheckReceipt,
  makeCheckReceipt,
  verifyCheckReceipt,
} from '../../src/log/check-receipt.ts';
import { openNote } from '../../src/log/note.ts';
import { formatReceipt } from '../../src/log/receipt-file.ts';
import { resultOf } from './log.suite.ts';
import { mutate, mutation } from './mutations.ts';
import { at, nothingFound, origin, type SampleLog, sampleLog } from './sample-log.ts';
import { keyVectors, knownKeys } from './vectors.ts';

const nothing = nothingFound;
const { query, policy } = nothing;
const refusal: CheckAnswer = {
  query,
  answer: { verdict: 'disallow', reasons: [{ source: 'registry', effect: 'decides' }], act: 'stop' },
  evidence: [{ source: 'registry', quote: 'no – “never”', distance: 0.5 }, { source: 'robots.txt' }],
  policy,
  at,
};

let log: SampleLog;
let receipts: string[];

function make(check: CheckAnswer): Promise<string> {
  return makeCheckReceipt(check, log.checkpoint, log.policy, log.checkSigner);
}

beforeAll(async () => {
  log = await sampleLog();
  receipts = [await make(nothing), await make(refusal)];
});

describe('a check receipt', () => {
  test.each([
    ['that nothing was found', 0, nothing],
    ['a refusal with its evidence', 1, refusal],
  ] as const)('proves %s', async (_, index, check) => {
    const verdict = await verifyCheckReceipt(receipts[index] ?? '', log.policy);
    expect(verdict).toMatchObject({ ok: true, failures: [], proven: check });
    expect(verdict.log).toMatchObject({ origin, size: 5n, signedBy: [keyVectors.log.vkey] });
  });

  test('is signed in lines that people and other tools read', async () => {
    const { statement } = JSON.parse(receipts[0] ?? '');
    const { text } = await openNote(`${statement.join('\n')}\n`, knownKeys(['check']));
    const root = (await verifyCheckReceipt(receipts[0] ?? '', log.policy)).log?.root;
    expect(text.split('\n').slice(0, 5)).toEqual([
      'withhold-check/1',
      `origin ${origin}`,
      'size 5',
      `root ${root}`,
      `at ${at}`,
    ]);
    // SHA-256 of the canonical empty list, `[]`
    expect(text).toContain(
      'evidence sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945\n',
    );
    expect(text).toContain(`policy ${policy}\n`);
  });

  test('names the step that failed', async () => {
    const [text = ''] = receipts;
    const codes = async (changed: string, known = log.policy) =>
      (await verifyCheckReceipt(changed, known)).failures.map(({ code }) => code);
    expect(await codes(text, { ...log.policy, logs: [] })).toEqual(['log']);
    expect(await codes(text, { ...log.policy, checkKeys: [] })).toEqual(['signature']);
    expect(await codes(text, { ...log.policy, checkKeys: knownKeys(['log', 'witness']) })).toEqual([
      'signature',
    ]);
    expect(await codes(text.replace('"unknown"', '"allow"'))).toEqual(['digest']);
    expect(await codes(text.replace('train-ai', 'search'))).toEqual(['digest']);
    expect(await codes(text.replace('"evidence": []', '"evidence": [\n    1\n  ]'))).toEqual(['digest']);
    expect(await codes(text.replace(`"at": "${at}"`, '"at": "2026-11-23T14:02:00.001Z"'))).toEqual([
      'digest',
    ]);
    expect(await codes(text.replace(policy, `sha256:${'0'.repeat(64)}`))).toEqual(['digest']);
    expect(await codes(JSON.stringify(JSON.parse(text)))).toEqual(['format']);
    expect(await codes('{}')).toEqual(['format']);
  });

  test('of one state of the log is not one of another', async () => {
    const other = await sampleLog(4);
    const file = JSON.parse(receipts[0] ?? '');
    const moved = { ...file, checkpoint: other.checkpoint.trimEnd().split('\n') };
    const text = `${JSON.stringify(moved, null, 2)}\n`;
    expect((await verifyCheckReceipt(text, log.policy)).failures).toMatchObject([{ code: 'digest' }]);
  });

  test('is signed by the key of its log only, over an answer that can be read', async () => {
    const by = (signer: SampleLog['signer']) => makeCheckReceipt(nothing, log.checkpoint, log.policy, signer);
    expect(await resultOf(() => by(log.signer))).toBe('error');
    for (const broken of [
      { policy: 'none' },
      { at: '2026-11-23' },
      { query: [] },
      { evidence: {} },
      { evidence: ['\ud800'] },
      { answer: { verdict: 'maybe', reasons: [] } },
      { answer: { verdict: 'allow' } },
    ]) {
      // biome-ignore lint/suspicious/noExplicitAny: broken on purpose.
      expect(await resultOf(() => make({ ...nothing, ...broken } as any)), JSON.stringify(broken)).toBe(
        'error',
      );
    }
  });

  test('has the key name of its host', async () => {
    expect(checkKeyName('registry.example/log')).toBe('registry.example/check');
    expect(checkKeyName('localhost:8787/log')).toBe('localhost:8787/check');
    expect(await resultOf(() => checkKeyName('registry.example'))).toBe('error');
  });

  test('is told from the receipt of a record', () => {
    const { proof, opening } = log.receiptOf(0);
    expect(isCheckReceipt(receipts[0] ?? '')).toBe(true);
    expect(isCheckReceipt(formatReceipt(proof, opening))).toBe(false);
    expect(isCheckReceipt('no JSON')).toBe(false);
  });

  test('of any question, answer and evidence verifies', async () => {
    const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => JSON.stringify(value).isWellFormed());
    const asked = fc.dictionary(fc.string(), json);
    await fc.assert(
      fc.asyncProperty(asked, fc.array(json), fc.array(json), async (question, reasons, evidence) => {
        const answer = { verdict: 'allow' as const, reasons };
        const check: CheckAnswer = { ...nothing, query: question, answer, evidence };
        const { ok, proven } = await verifyCheckReceipt(await make(check), log.policy);
        expect(ok).toBe(true);
        expect(canonicalize(proven)).toBe(canonicalize(check));
      }),
      { numRuns: 100 },
    );
  });
});

describe('a changed check receipt', () => {
  const plain = (text: string) =>
    text
      .replace(/^\ufeff/, '')
      .replaceAll('\r\n', '\n')
      .trimEnd();

  test('is refused, whatever was changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1), mutation, async (index, change) => {
        const text = receipts[index] ?? '';
        const changed = mutate(text, change);
        fc.pre(plain(changed) !== plain(text));
        expect((await verifyCheckReceipt(changed, log.policy)).ok).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  test('is refused, whichever bit is flipped', async () => {
    const text = receipts[1] ?? '';
    for (let bit = 0; bit < text.length * 7; bit += 1) {
      const place = Math.floor(bit / 7);
      const char = String.fromCharCode(text.charCodeAt(place) ^ (1 << (bit % 7)));
      const changed = text.slice(0, place) + char + text.slice(place + 1);
      if (plain(changed) === plain(text)) continue;
      expect((await verifyCheckReceipt(changed, log.policy)).ok, `bit ${bit}`).toBe(false);
    }
  });
});
