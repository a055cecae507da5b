import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCheckReceipt } from '../../src/log/check-receipt.ts';
import { formatLogPolicy } from '../../src/log/log-policy.ts';
import { formatReceipt, formatReceiptArchive } from '../../src/log/receipt-file.ts';
import { nothingFound, type SampleLog, sampleLog } from '../log/sample-log.ts';
import { run } from './run.ts';

const folder = mkdtempSync(join(tmpdir(), 'withhold-verify-'));
const bare = mkdtempSync(join(tmpdir(), 'withhold-verify-bare-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(bare, { recursive: true, force: true });
});

let log: SampleLog;
let receipt: string;
const put = (name: string, text: string, into = folder): string => {
  writeFileSync(join(into, name), text);
  return join(into, name);
};

beforeAll(async () => {
  log = await sampleLog();
  const { proof, opening } = log.receiptOf(2);
  receipt = formatReceipt(proof, opening);
  put('policy', formatLogPolicy(log.policy));
});

describe('withhold verify', () => {
  test('says what a receipt proves, since when, and what it does not', async () => {
    const { code, stdout, stderr } = await run(['verify', put('receipt.json', receipt)]);
    const { leaf } = log.receiptOf(2).opening;
    expect(stdout).toContain('proven: the consent log registry.example/log holds this record, word for word');
    expect(stdout).toContain(`  record       ${leaf.rid}, version ${leaf.ver}\n`);
    expect(stdout).toContain(`  entry        2 (${leaf.type}), recorded ${leaf.at}\n`);
    expect(stdout).toContain('not proven by this:\n  - that whoever said it owns the work');
    expect(stdout).toContain('(withhold log audit)');
    expect([code, stderr]).toEqual([0, '']);
  });

  test('an archive, from stdin, with the policy named', async () => {
    const archive = formatReceiptArchive(log.checkpoint, log.entries());
    const { code, stdout } = await run(['verify', '-', '--policy', join(folder, 'policy')], {
      stdin: archive,
    });
    expect(stdout).toContain(`holds these ${log.openings.length} records, word for word`);
    expect(code).toBe(0);
  });

  test('one wrong record of an archive is named, and the rest stays proven', async () => {
    const [first, ...rest] = log.entries();
    if (first === undefined) throw new Error('empty log');
    const archive = formatReceiptArchive(log.checkpoint, [{ ...first, salt: '00'.repeat(32) }, ...rest]);
    const { code, stdout } = await run(['verify', put('archive.json', archive)]);
    expect(stdout).toContain('record 1 of the file: The record is not the one the log committed to.');
    expect(stdout).toContain('so not all of this file is proven');
    expect(code).toBe(1);
  });

  test('a check receipt: what was asked, answered and on which state of the log', async () => {
    const text = await makeCheckReceipt(nothingFound, log.checkpoint, log.policy, log.checkSigner);
    const { code, stdout } = await run(['verify', put('check.json', text)]);
    expect(stdout).toContain(`was asked this and answered so, at ${nothingFound.at}`);
    expect(stdout).toContain(`  answer       ${nothingFound.answer.verdict}`);
    expect(code).toBe(0);
    const forged = text.replace(nothingFound.at, '2026-11-23T14:02:00.001Z');
    const refused = await run(['verify', put('forged.json', forged)]);
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringMatching(/^not proven\n {2}failed/)]);
  });

  test('--json is one object that keeps sizes as text', async () => {
    const { stdout } = await run(['verify', put('receipt.json', receipt), '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      kind: 'receipt',
      log: { origin: 'registry.example/log', size: String(log.hashes.length) },
      records: [{ index: '2' }],
      failures: [],
    });
    const check = await makeCheckReceipt(nothingFound, log.checkpoint, log.policy, log.checkSigner);
    const checked = await run(['verify', put('check.json', check), '--json']);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      ok: true,
      kind: 'check-receipt',
      proven: { at: nothingFound.at },
    });
  });

  test.each([
    ['changed', () => receipt.replace('"ver": 1', '"ver": 9')],
    ['no receipt', () => '{"format":"other"}'],
    ['not JSON', () => 'hello \u001b[31m'],
  ])('exits 1 for a file that is %s', async (_, text) => {
    const { code, stdout } = await run(['verify', put('bad.json', text())]);
    expect(stdout).toMatch(/^not proven\n {2}failed {7}/);
    expect(stdout).not.toContain('\u001b');
    expect(code).toBe(1);
  });

  test('keys of another log prove nothing, and it says so', async () => {
    const other = await sampleLog();
    const stranger = formatLogPolicy({ logs: [{ key: other.checkSigner.key, url: null }], checkKeys: [] });
    const path = put('stranger', stranger);
    const { code, stderr } = await run(['verify', put('receipt.json', receipt), '--policy', path]);
    expect(code).toBe(1);
    expect(stderr).toContain('names other keys than those that signed this');
  });

  test.each([
    ['no file', () => [], 'say which file'],
    ['two files', () => ['a', 'b'], 'one file at a time'],
    ['a file that is not there', () => [join(bare, 'none.json')], 'cannot read'],
    ['a folder', () => [bare], 'cannot read'],
    ['no policy', () => [put('receipt.json', receipt, bare)], 'curl https://registry.example/log/policy'],
    [
      'a policy that is none',
      () => [join(folder, 'receipt.json'), '--policy', join(folder, 'receipt.json')],
      '',
    ],
  ])('exits 2 for %s', async (_, args, words) => {
    const { code, stdout, stderr } = await run(['verify', ...args()]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(words);
    expect(stderr.startsWith('withhold: ')).toBe(true);
  });
});
