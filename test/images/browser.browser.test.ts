import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromiumBinary from '@sparticuz/chromium';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDecoder } from '../../src/decode.ts';
import type { Pixels } from '../../src/images/canonical.ts';
import { pixelsMatchMax } from '../../src/images/find.ts';
import { bytesToHex, hammingDistance, hashFromHex, hashToHex } from '../../src/images/hash256.ts';
import { type Orientation, pdq } from '../../src/images/pdq.ts';
import {
  adobeRgb,
  encoder,
  hugePng,
  iccProfile,
  pdfFile,
  prophotoRgb,
  svgFile,
  withPngChunk,
} from './files.ts';
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
const folder = mkdtempSync(join(tmpdir(), 'withhold-profiles-'));
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
  rmSync(folder, { recursive: true, force: true });
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

  // What files say of their colours, and the corners of each format.
  test.each<[string, () => Promise<Buffer>]>([
    ['Adobe RGB JPEG', () => tagged(adobeRgb, 2.2).jpeg().toBuffer()],
    ['Adobe RGB PNG', () => tagged(adobeRgb, 2.2).png().toBuffer()],
    ['Adobe RGB WebP', () => tagged(adobeRgb, 2.2).webp().toBuffer()],
    ['ProPhoto JPEG', () => tagged(prophotoRgb, 1.8).jpeg().toBuffer()],
    ['JPEG whose profile swaps the colours', () => tagged(swappedRgb, 2.2).jpeg().toBuffer()],
    ['JPEG whose profile has a gamma of 1', () => tagged(adobeRgb, 1).jpeg().toBuffer()],
    [
      'JPEG with a broken profile',
      async () => withBrokenProfile(await tagged(adobeRgb, 1).jpeg().toBuffer()),
    ],
    ['interlaced PNG', () => encoder(large).png({ progressive: true }).toBuffer()],
    ['16-bit grey PNG', () => encoder(picture).toColourspace('grey16').png().toBuffer()],
    ['16-bit PNG with alpha', () => encoder(softEdged, true).toColourspace('rgb16').png().toBuffer()],
    ['palette PNG with alpha', () => encoder(softEdged, true).png({ palette: true }).toBuffer()],
    ['PNG with gAMA 45455', () => pngSaying('gAMA', bigEndian(45_455))],
    ['PNG with gAMA 55556', () => pngSaying('gAMA', bigEndian(55_556))],
    ['PNG with gAMA 100000', () => pngSaying('gAMA', bigEndian(100_000))],
    [
      'PNG with cHRM and gAMA of Adobe RGB',
      async () =>
        withPngChunk(
          await pngSaying('gAMA', bigEndian(45_455)),
          'cHRM',
          bigEndian(31_270, 32_900, 64_000, 33_000, 21_000, 71_000, 15_000, 6_000),
        ),
    ],
    ['PNG with sRGB', () => pngSaying('sRGB', Buffer.of(0))],
    ['PNG with cICP of Display P3', () => pngSaying('cICP', Buffer.of(12, 13, 0, 1))],
    ['PNG with cICP of BT.2100 PQ', () => pngSaying('cICP', Buffer.of(9, 16, 0, 1))],
    ['JPEG 4:4:4', () => encoder(large).jpeg({ chromaSubsampling: '4:4:4' }).toBuffer()],
    [
      'JPEG of 17 × 65 pixels',
      () =>
        encoder(scene(17, 65, 9))
          .jpeg()
          .toBuffer(),
    ],
    [
      'JPEG of 3000 × 2001',
      () =>
        encoder(scene(3000, 2001, 9))
          .jpeg({ quality: 40 })
          .toBuffer(),
    ],
    ['WebP q 20', () => encoder(large).webp({ quality: 20 }).toBuffer()],
    ['animated GIF', () => animated().gif().toBuffer()],
    ['animated WebP', () => animated().webp().toBuffer()],
    ['GIF with transparency', () => encoder(softEdged, true).gif().toBuffer()],
    ['AVIF of 10 bits', () => encoder(picture).avif({ effort: 0, bitdepth: 10 }).toBuffer()],
    ['AVIF with alpha', () => encoder(softEdged, true).avif({ effort: 0 }).toBuffer()],
    [
      'AVIF 4:2:0',
      () => encoder(picture).avif({ effort: 0, chromaSubsampling: '4:2:0', quality: 40 }).toBuffer(),
    ],
    ['Display P3 AVIF', () => encoder(picture).withIccProfile('p3').avif({ effort: 0 }).toBuffer()],
    ['Display P3 WebP', () => encoder(picture).withIccProfile('p3').webp().toBuffer()],
    ...[2, 3, 4, 5, 7, 8].map((orientation): [string, () => Promise<Buffer>] => [
      `PNG with EXIF orientation ${orientation}`,
      () => encoder(picture).withMetadata({ orientation }).png().toBuffer(),
    ]),
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

test('the profiles of our own are in the files and matter', async () => {
  const file = await tagged(swappedRgb, 2.2).png().toBuffer();
  const { icc } = await sharp(file).metadata();
  expect(icc?.length).toBeGreaterThan(128);
  const unmanaged = await sharp(file, { ignoreIcc: true }).ensureAlpha().raw().toBuffer();
  const read = pdq({ data: unmanaged, width: large.width, height: large.height }).hash;
  const { fingerprint } = await decoder.fingerprintFile(file);
  expect(hammingDistance(read, fingerprint.pdq)).toBeGreaterThan(pixelsMatchMax);
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

/** Colours are what their neighbours should be: a decoder that forgets the profile shows another picture. */
const swappedRgb = [adobeRgb[1], adobeRgb[2], adobeRgb[0]] as typeof adobeRgb;

let profiles = 0;

/** The large picture with its colours in a profile of our own. */
function tagged(colorants: typeof adobeRgb, gamma: number): Sharp {
  const path = join(folder, `${profiles++}.icc`);
  writeFileSync(path, iccProfile(colorants, gamma));
  return encoder(large).withIccProfile(path);
}

/** A file whose profile is no longer one: it is to be ignored, not refused. */
function withBrokenProfile(file: Buffer): Buffer {
  file.write('xxxx', file.indexOf('acsp'), 'latin1');
  return file;
}

/** The picture as PNG with a chunk that says how its numbers mean colours. */
async function pngSaying(type: string, data: Uint8Array): Promise<Buffer> {
  return withPngChunk(await encoder(picture).png().toBuffer(), type, data);
}

function bigEndian(...values: number[]): Buffer {
  const out = Buffer.alloc(values.length * 4);
  values.forEach((value, at) => {
    out.writeUInt32BE(value, at * 4);
  });
  return out;
}

function animated(): Sharp {
  const { width, height } = picture;
  const frames = Buffer.concat([picture, scene(width, height, 2)].map(({ data }) => Buffer.from(data)));
  return sharp(frames, { raw: { width, height: height * 2, channels: 4, pageHeight: height } });
}

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
