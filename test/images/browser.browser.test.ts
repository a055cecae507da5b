import { createHash } from 'node:crypto';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import chromiumBinary from '@sparticuz/chromium';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDecoder } from '../../src/decode.ts';
import type { Pixels } from '../../src/images/canonical.ts';
import { pixelsMatchMax } from '../../src/images/find.ts';
import { bytesToHex, hammingDistance, hashFromHex, hashToHex } from '../../src/images/hash256.ts';
import type { Orientation } from '../../src/images/pdq.ts';
import { encoder, hugePng, pdfFile, svgFile } from './files.ts';
import { ownPictures, scene } from './pictures.ts';

/** What the page gives back for one file. */
interface Seen {
  width: number;
  height: number;
  pdq: string;
  dihedral: Record<Orientation, string>;
  blockhash: string;
  quality: number;
  sha256: string;
  descriptor: string;
  /** Hash of each variant, by its name. */
  variants: Record<string, string>;
}

declare global {
  var readFile: (base64: string, paddingBytes: number) => Promise<Seen>;
}

/** What the browser runs: the page's own decoder and the core, and a way to call them from here. */
const entry = `
  import { decodePicture, sha256Hex } from './src/web/client/decode-picture.ts';
  import { fingerprint } from './src/images/fingerprint.ts';
  import { bytesToHex, hashToHex } from './src/images/hash256.ts';
  globalThis.readFile = async (base64, paddingBytes) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const file = new Blob([bytes, new Uint8Array(paddingBytes)]);
    const found = fingerprint(await decodePicture(file));
    const { width, height, pdq, dihedral, blockhash, quality } = found;
    const turned = Object.entries(dihedral).map(([name, hash]) => [name, hashToHex(hash)]);
    return {
      width, height, quality, blockhash,
      pdq: hashToHex(pdq), dihedral: Object.fromEntries(turned), sha256: await sha256Hex(file),
      descriptor: bytesToHex(found.descriptor),
      variants: Object.fromEntries(found.variants.map((one) => [one.variant, hashToHex(one.pdq)])),
    };
  };`;

const flags = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

const decoder = createDecoder({ threads: 1 });
let server: Server;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: new URL('../..', import.meta.url).pathname, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const script = outputFiles[0]?.text ?? '';
  server = createServer((request, response) => {
    const isScript = request.url === '/script.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(
      isScript
        ? script
        : '<!doctype html><title>pictures</title><script type=module src=/script.js></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await chromium.launch({ executablePath: await chromiumBinary.executablePath(), args: flags });
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => typeof globalThis.readFile === 'function');
});

afterAll(async () => {
  await browser?.close();
  server?.close();
  await decoder.close();
});

const picture = scene(320, 240, 1);
const large = scene(1201, 803, 7);
const softEdged: Pixels = {
  ...picture,
  data: picture.data.map((value, i) => (i % 4 === 3 ? Math.min(255, ((i >> 2) % 320) * 2) : value)),
};

describe('the browser sees the pixels the server sees', () => {
  test.each<[string, () => Promise<Buffer>]>([
    ['PNG', () => encoder(picture).png().toBuffer()],
    ['large PNG', () => encoder(large).png().toBuffer()],
    ['palette PNG', () => encoder(picture).png({ palette: true }).toBuffer()],
    ['grey PNG', () => encoder(picture).toColourspace('b-w').png().toBuffer()],
    ['lossless WebP', () => encoder(picture).webp({ lossless: true }).toBuffer()],
    ['GIF', () => encoder(picture).gif().toBuffer()],
  ])('to the bit: %s', async (_, make) => {
    const file = await make();
    const { seen, distance } = await compare(file);
    expect(distance).toBe(0);
    const { fingerprint } = await decoder.fingerprintFile(file);
    expect(seen.blockhash).toBe(fingerprint.blockhash);
    expect(seen.quality).toBe(fingerprint.quality);
    expect(seen.descriptor).toBe(bytesToHex(fingerprint.descriptor));
    expect(seen.variants).toEqual(
      Object.fromEntries(fingerprint.variants.map(({ variant, pdq }) => [variant, hashToHex(pdq)])),
    );
  });

  test.each<[string, () => Promise<Buffer>]>([
    ['PNG with alpha', () => encoder(softEdged, true).png().toBuffer()],
    ['WebP with alpha', () => encoder(softEdged, true).webp().toBuffer()],
    ['16-bit PNG', () => encoder(picture).toColourspace('rgb16').png().toBuffer()],
    ['Display P3 PNG', () => encoder(picture).withIccProfile('p3').png().toBuffer()],
    ['JPEG', () => encoder(picture).jpeg().toBuffer()],
    ['large JPEG', () => encoder(large).jpeg({ quality: 60 }).toBuffer()],
    [
      'progressive grey JPEG',
      () => encoder(large).toColourspace('b-w').jpeg({ progressive: true }).toBuffer(),
    ],
    ['Display P3 JPEG', () => encoder(large).withIccProfile('p3').jpeg().toBuffer()],
    ['WebP', () => encoder(large).webp().toBuffer()],
    ['AVIF', () => encoder(picture).avif({ effort: 0 }).toBuffer()],
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((orientation): [string, () => Promise<Buffer>] => [
      `JPEG with EXIF orientation ${orientation}`,
      () => encoder(large).withMetadata({ orientation }).jpeg().toBuffer(),
    ]),
    ['PNG with EXIF orientation 6', () => encoder(large).withMetadata({ orientation: 6 }).png().toBuffer()],
    ['WebP with EXIF orientation 6', () => encoder(large).withMetadata({ orientation: 6 }).webp().toBuffer()],
    [
      'AVIF turned by 6',
      () => encoder(picture).withMetadata({ orientation: 6 }).avif({ effort: 0 }).toBuffer(),
    ],
  ])('within 4 bits: %s', async (_, make) => {
    const { distance } = await compare(await make());
    expect(distance).toBeLessThanOrEqual(4);
  });

  // Browsers convert CMYK by the book and not by a printing profile, so the colours differ; a match it remains.
  test.each<[string, () => Promise<Buffer>]>([
    ['with a profile', () => encoder(picture).withIccProfile('cmyk').jpeg().toBuffer()],
    ['without a profile', () => encoder(picture).toColourspace('cmyk').jpeg().toBuffer()],
  ])('ours: a CMYK JPEG %s is found as a match', async (_, make) => {
    const { distance } = await compare(await make());
    expect(distance).toBeLessThanOrEqual(pixelsMatchMax);
  });

  test('every painted picture hashes alike, in all eight orientations', async () => {
    for (const [name, make] of Object.entries(ownPictures)) {
      const file = await encoder(make()).png().toBuffer();
      const [{ fingerprint }, seen] = [await decoder.fingerprintFile(file), await inBrowser(file)];
      for (const [orientation, hash] of Object.entries(fingerprint.dihedral)) {
        const other = hashFromHex(seen.dihedral[orientation as Orientation]) as Uint8Array;
        expect(hammingDistance(hash, other), `${name}, ${orientation}`).toBe(0);
      }
    }
  });
});

describe('the browser refuses what the server refuses', () => {
  test.each<[string, RegExp, () => Promise<Uint8Array> | Uint8Array, number?]>([
    ['an SVG', /SVG drawing/, () => svgFile],
    ['a PDF', /a PDF/, () => pdfFile],
    ['half a PNG header', /broken/, async () => (await encoder(picture).png().toBuffer()).subarray(0, 30)],
    ['49 million pixels', /7000 × 7000/, () => hugePng(7000)],
    ['21 MiB', /21\.0 MiB/, () => new Uint8Array(0), 21 * 2 ** 20],
  ])('%s', async (_, message, make, paddingBytes = 0) => {
    const outcome = await inBrowser(await make(), paddingBytes).catch((error: unknown) => error);
    expect(outcome).toBeInstanceOf(Error);
    expect((outcome as Error).message).toMatch(message);
  });
});

async function inBrowser(file: Uint8Array, paddingBytes = 0): Promise<Seen> {
  const base64 = Buffer.from(file).toString('base64');
  return page.evaluate(([text, bytes]) => globalThis.readFile(text, bytes), [base64, paddingBytes] as const);
}

async function compare(file: Buffer): Promise<{ seen: Seen; distance: number }> {
  const [server, seen] = [await decoder.fingerprintFile(file), await inBrowser(file)];
  expect({ width: seen.width, height: seen.height }).toEqual({ width: server.width, height: server.height });
  expect(seen.sha256).toBe(createHash('sha256').update(file).digest('hex'));
  return { seen, distance: hammingDistance(server.fingerprint.pdq, hashFromHex(seen.pdq) as Uint8Array) };
}
