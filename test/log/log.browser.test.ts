import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { signNote } from '../../src/log/note.ts';
import { parseSigningKey } from '../../src/log/note-key.ts';
import { formatReceipt } from '../../src/log/receipt-file.ts';
import { launchBrowser } from '../web/browser.ts';
import { sampleLog } from './sample-log.ts';
import { checkpointVectors, keyVectors, merkleVectors, noteVectors, proofVectors } from './vectors.ts';

type Group = 'merkle' | 'notes' | 'checkpoints' | 'proofs';

declare global {
  /** What the page makes of every vector, by id. */
  var verifyVectors: () => Promise<Record<Group, [id: string, result: string][]>>;
  var verifyInPage: (receipt: string, vkey: string) => Promise<boolean>;
  var signInPage: (secret: string) => Promise<string>;
}

const entry = `
  import { openNote, signNote } from './src/log/note.ts';
  import { parseSigningKey, parseVerifierKey } from './src/log/note-key.ts';
  import { parseCheckpointText } from './src/log/checkpoint.ts';
  import { leafHash } from './src/log/hash.ts';
  import { verifyConsistency, verifyInclusion } from './src/log/merkle.ts';
  import { verifyProof } from './src/log/proof.ts';
  import { verifyReceipt } from './src/log/receipt.ts';
  import { bytesOf, checkpointVectors, knownKeys, merkleVectors, noteVectors, proofVectors } from './test/log/vectors.ts';
  const merkle = (i) => {
    const proof = i.proof.map(bytesOf);
    if (i.kind === 'inclusion') {
      verifyInclusion({ index: BigInt(i.index), size: BigInt(i.size), leafHash: bytesOf(i.leafHash), root: bytesOf(i.root), proof });
    } else {
      verifyConsistency({ size1: BigInt(i.size1), size2: BigInt(i.size2), root1: bytesOf(i.root1), root2: bytesOf(i.root2), proof });
    }
  };
  const logs = (known) => ({ logs: knownKeys(known).map((key) => ({ key, url: null })) });
  const all = (vectors, step) => Promise.all(vectors.map(async ({ id, input }) => {
    try { await step(input); return [id, 'ok']; } catch (error) { return [id, error.name === 'AppError' ? 'error' : String(error)]; }
  }));
  globalThis.verifyVectors = async () => ({
    merkle: await all(merkleVectors, merkle),
    notes: await all(noteVectors, (i) => openNote(i.note, knownKeys(i.known))),
    checkpoints: await all(checkpointVectors, (i) => parseCheckpointText(i.text)),
    proofs: await all(proofVectors, (i) => verifyProof(i.proof, leafHash(new TextEncoder().encode(i.entry)), logs(i.known))),
  });
  globalThis.verifyInPage = async (receipt, vkey) =>
    (await verifyReceipt(receipt, { logs: [{ key: parseVerifierKey(vkey), url: null }] })).ok;
  globalThis.signInPage = async (secret) => signNote('said in a page\\n', [await parseSigningKey(secret)]);`;

let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: new URL('../..', import.meta.url).pathname, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  });
  // WebCrypto needs a secure context: a page of localhost is one, a blank page is not.
  server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html>'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await launchBrowser();
  page = await browser.newPage();
  await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
  await page.addScriptTag({ type: 'module', content: outputFiles[0]?.text ?? '' });
  await page.waitForFunction(() => 'signInPage' in globalThis);
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

test('every vector has the same outcome in a browser', async () => {
  const results = await page.evaluate(() => verifyVectors());
  expect(results.merkle).toEqual(merkleVectors.map(({ id, expect: expected }) => [id, expected]));
  expect(results.notes).toEqual(noteVectors.map(({ id, expect: { result } }) => [id, result]));
  expect(results.checkpoints).toEqual(checkpointVectors.map(({ id, expect: { result } }) => [id, result]));
  expect(results.proofs).toEqual(proofVectors.map(({ id, expect: { result } }) => [id, result]));
});

test('a creator’s receipt verifies in a browser, and a changed one does not', async () => {
  const { proof, opening } = (await sampleLog()).receiptOf(2);
  const text = formatReceipt(proof, opening);
  const verify = (receipt: string) =>
    page.evaluate(([file, vkey]) => verifyInPage(file, vkey), [receipt, keyVectors.log.vkey] as const);
  expect(await verify(text)).toBe(true);
  expect(await verify(text.replace('disallow', 'allow'))).toBe(false);
});

test('signatures made in a browser are those made here', async () => {
  const here = await signNote('said in a page\n', [await parseSigningKey(keyVectors.log.secret)]);
  expect(await page.evaluate((secret) => signInPage(secret), keyVectors.log.secret)).toBe(here);
});
