import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { currentStatement } from '../../src/opt-outs/statement.ts';
import { pdfFile } from '../images/files.ts';
import { scene } from '../images/pictures.ts';
import { violations } from './axe.ts';
import { launchBrowser } from './browser.ts';
import { type Registry, startRegistry } from './service.ts';

/** Somebody has a picture and wants to know whether it is opted out: dropped, chosen, pasted, or sent without script. */

let browser: Browser;
let registry: Registry;
let context: BrowserContext | undefined;

beforeAll(async () => {
  registry = await startRegistry();
  browser = await launchBrowser();
  await register(await painted(31).png().toBuffer());
});

afterEach(async () => {
  await context?.close();
  expect(registry.faults).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await registry?.close();
});

function painted(seed: number): Sharp {
  const { data, width, height } = scene(900, 600, seed);
  return sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha();
}

/** A copy as it comes back from the web: small, turned, in a frame. */
const copy = async (seed: number) =>
  sharp(await painted(seed).resize(450).rotate(90).png().toBuffer())
    .extend({ top: 40, bottom: 40, left: 40, right: 40, background: '#fff' })
    .png()
    .toBuffer();

async function register(picture: Buffer): Promise<void> {
  const post = (path: string, body: BodyInit, type = 'application/json') =>
    fetch(`${registry.origin}${path}`, { method: 'POST', body, headers: { 'Content-Type': type } });
  const { exactOnly: _, ...work } = (await (
    await post('/v1/fingerprints', new Uint8Array(picture), 'application/octet-stream')
  ).json()) as { exactOnly: string | null };
  const optOut = {
    name: 'Ada Example',
    email: 'ada@example.com',
    role: 'owner',
    statement: currentStatement.version,
    affirmed: true,
    usages: { 'train-ai': 'disallow' },
    licence: 'https://example.com/licence',
    contact: 'rights@example.com',
    subjects: [work],
  };
  expect((await post('/v1/opt-outs', JSON.stringify(optOut))).status).toBe(201);
  await vi.waitFor(() => expect(registry.posted.length).toBeGreaterThan(0), { timeout: 10_000 });
  const token = /\/confirm\/([\w-]+)/.exec(registry.posted.at(-1)?.text ?? '')?.[1];
  expect((await post('/v1/confirmations', JSON.stringify({ token }))).status).toBe(200);
}

interface Visit {
  page: Page;
  /** Bodies this page sent, by method and path. */
  sent: { to: string; body: string }[];
}

async function visit(width = 1440, javaScriptEnabled = true): Promise<Visit> {
  context = await browser.newContext({
    viewport: { width, height: 800 },
    javaScriptEnabled,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const sent: Visit['sent'] = [];
  page.on('request', (request) => {
    if (request.method() === 'GET') return;
    const to = `${request.method()} ${new URL(request.url()).pathname}`;
    sent.push({ to, body: request.postData() ?? '' });
  });
  page.on('pageerror', (error) => registry.faults.push(`in the page: ${error.message}`));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) registry.faults.push(message.text());
  });
  await page.goto(`${registry.origin}/check`);
  return { page, sent };
}

const file = (name: string, buffer: Buffer, mimeType = 'image/png') => ({ name, mimeType, buffer });
const verdict = (page: Page) => page.locator('.verdict').textContent({ timeout: 30_000 });

/** Hands files over as a drop or a paste would. */
async function hand(page: Page, event: 'drop' | 'paste', target: string, buffer: Buffer): Promise<void> {
  await page.evaluate(
    ([type, selector, base64]) => {
      const bytes = Uint8Array.from(atob(base64 ?? ''), (char) => char.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], 'handed.jpg', { type: 'image/jpeg' }));
      const options = { bubbles: true, cancelable: true };
      const made =
        type === 'drop'
          ? new DragEvent('drop', { ...options, dataTransfer: transfer })
          : new ClipboardEvent('paste', { ...options, clipboardData: transfer });
      document.querySelector(selector ?? '')?.dispatchEvent(made);
    },
    [event, target, buffer.toString('base64')],
  );
}

describe.each([
  ['a phone', 360],
  ['a desktop', 1440],
])('on %s', (_, width) => {
  test('a turned, framed copy is found, and only its fingerprint leaves the browser', async () => {
    const { page, sent } = await visit(width);
    expect(await violations(page)).toEqual([]);
    await page.setInputFiles('#picture', file('dusk.jpg', await copy(31)));
    expect(await verdict(page)).toBe('Do not use');

    const answer = page.locator('.answer');
    expect(await answer.evaluate((section) => section === document.activeElement)).toBe(true);
    const words = (await answer.textContent()) ?? '';
    expect(words).toContain('dusk.jpg');
    expect(words).toMatch(/The picture matches: \d+ of 256 bits differ from/);
    expect(words).toContain('It fits when turned left by 90°.');
    expect(words).toContain('by confirmed email');
    expect(words).toContain('https://example.com/licence');
    expect(words).toContain('rights@example.com');
    expect(words).toContain('The picture was not sent, only its fingerprint.');
    expect(await page.title()).toBe('Answer for dusk.jpg - Withhold');
    expect(
      await page.locator('.asked-picture img').evaluate((img: HTMLImageElement) => img.naturalWidth),
    ).toBeGreaterThan(40);
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );

    expect(sent.map(({ to }) => to)).toEqual(['POST /v1/check']);
    const body = JSON.parse(sent[0]?.body ?? '') as {
      items: { sha256: string; pixels: { variants: object[] } }[];
    };
    expect(Object.keys(body)).toEqual(['usage', 'items']);
    expect(Object.keys(body.items[0] ?? {})).toEqual(['sha256', 'pixels']);
    expect(body.items[0]?.pixels.variants).toHaveLength(2);
  });
});

describe('a picture', () => {
  test.each([
    ['dropped on its field', 'drop', '.drop'],
    ['dropped elsewhere on the page', 'drop', 'h1'],
    ['pasted', 'paste', 'body'],
  ] as const)('%s is taken', async (_, event, target) => {
    const { page } = await visit();
    await hand(page, event, target, await copy(31));
    expect(await verdict(page)).toBe('Do not use');
    expect(await page.locator('.asked-picture').textContent()).toContain('handed.jpg');
  });

  test('that nobody registered is told to be that, and no permission', async () => {
    const { page } = await visit();
    await page.setInputFiles('#picture', file('other.jpg', await copy(32)));
    expect(await verdict(page)).toBe('Nothing said');
    expect(await page.locator('.verdict-words').textContent()).toBe(
      'Nobody has registered this picture for this use. That is not a permission.',
    );
  });

  test('is asked about again when the use or the crawler changes, without being read again', async () => {
    const { page, sent } = await visit();
    await page.setInputFiles('#picture', file('same.png', await painted(31).png().toBuffer()));
    expect(await verdict(page)).toBe('Do not use');
    expect(await page.locator('.answer').textContent()).toContain('The file is the same, byte for byte.');
    await page.getByText('For another use, or for one crawler').click();
    expect(await violations(page)).toEqual([]);
    await page.locator('#check-picture').getByLabel('Use as input to AI').check();
    await expect.poll(() => page.locator('.verdict').textContent()).toBe('Nothing said');
    expect(sent).toHaveLength(2);
  });

  test.each<[string, () => Promise<Buffer> | Buffer, RegExp]>([
    ['that is none', () => pdfFile, /looks like a PDF\. Send a PNG/],
    ['that is cut short', async () => (await copy(31)).subarray(0, 3_000), /cannot be read: it is broken/],
  ])('%s is refused in words at its field', async (_, make, words) => {
    const { page, sent } = await visit(360);
    await page.setInputFiles('#picture', file('bad.jpg', await make()));
    const line = page.locator('#picture-error');
    expect(await line.textContent({ timeout: 30_000 })).toMatch(words);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('picture');
    expect(await page.title()).toMatch(/^Error: /);
    expect(await violations(page)).toEqual([]);
    expect(sent).toEqual([]);

    await page.setInputFiles('#picture', file('good.jpg', await copy(31)));
    expect(await verdict(page)).toBe('Do not use');
    expect(await line.count()).toBe(0);
  });

  test('when the registry is away the page says so, and the next try works', async () => {
    const { page } = await visit();
    await page.route('**/v1/check', (route) => route.abort());
    await page.setInputFiles('#picture', file('dusk.jpg', await copy(31)));
    expect(await page.locator('#picture-error').textContent({ timeout: 30_000 })).toContain(
      'could not be reached',
    );
    await page.unroute('**/v1/check');
    await page.setInputFiles('#picture', file('dusk.jpg', await copy(31)));
    expect(await verdict(page)).toBe('Do not use');
  });

  test('can be chosen with the keyboard alone', async () => {
    const { page } = await visit();
    await page.locator('#check-picture summary').focus();
    await page.keyboard.press('Shift+Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('picture');
    const chooser = page.waitForEvent('filechooser');
    await page.keyboard.press('Space');
    await (await chooser).setFiles(file('dusk.jpg', await copy(31)));
    expect(await verdict(page)).toBe('Do not use');
  });

  test('is sent and read in memory where there is no script', async () => {
    const { page, sent } = await visit(360, false);
    await page.getByRole('button', { name: 'Check the picture' }).click();
    expect(await page.getByRole('alert').textContent()).toContain('Choose a picture.');
    await page.setInputFiles('#picture', file('dusk.jpg', await copy(31)));
    await page.getByRole('button', { name: 'Check the picture' }).click();
    expect(await verdict(page)).toBe('Do not use');
    const words = (await page.locator('.answer').textContent()) ?? '';
    expect(words).toContain('It fits when turned left by 90°.');
    expect(words).toContain('The picture was read in memory and not kept.');
    expect(sent.map(({ to }) => to)).toEqual(['POST /check', 'POST /check']);
  });
});
