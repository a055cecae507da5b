import { createHash } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DecisionView } from '../../src/http/schemas.ts';
import { scene } from '../images/pictures.ts';
import { violations } from './axe.ts';
import { launchBrowser } from './browser.ts';
import { type Registry, startRegistry } from './service.ts';

/** Story 1: a creator opts out, confirms, proves, sees, withdraws. With and without JavaScript, phone and desktop. */

let browser: Browser;
let registry: Registry;
let context: BrowserContext | undefined;
let scripted = true;

beforeAll(async () => {
  registry = await startRegistry();
  browser = await launchBrowser();
});

afterEach(async () => {
  await context?.close();
  expect(registry.faults).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await registry?.close();
});

const phone = { width: 360, height: 740 };
const desktop = { width: 1440, height: 900 };

interface Picture {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

async function photograph(seed: number, name = `picture-${seed}.png`): Promise<Picture> {
  const { data, width, height } = scene(640, 480, seed);
  const buffer = await sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
  return { name, mimeType: 'image/png', buffer };
}

const sha256Of = ({ buffer }: Picture) => createHash('sha256').update(buffer).digest('hex');

async function check(query: Record<string, string>): Promise<DecisionView> {
  const response = await fetch(`${registry.origin}/v1/check?${new URLSearchParams(query)}`);
  expect(response.status).toBe(200);
  return (await response.json()) as DecisionView;
}

interface Visit {
  page: Page;
  /** Bytes of bodies this page sent, by method and path. */
  sent: Map<string, number>;
}

async function visit(viewport: typeof phone, javaScriptEnabled: boolean): Promise<Visit> {
  context = await browser.newContext({ viewport, javaScriptEnabled, reducedMotion: 'reduce' });
  scripted = javaScriptEnabled;
  const page = await context.newPage();
  const sent = new Map<string, number>();
  page.on('request', (request) => {
    const key = `${request.method()} ${new URL(request.url()).pathname}`;
    const bytes = Number(request.headers()['content-length'] ?? request.postDataBuffer()?.length ?? 0);
    if (request.method() !== 'GET') sent.set(key, (sent.get(key) ?? 0) + bytes);
  });
  page.on('pageerror', (error) => registry.faults.push(`in the page: ${error.message}`));
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) registry.faults.push(message.text());
  });
  return { page, sent };
}

/**
 * No page is left without being looked at: nothing for axe to say, nothing to scroll sideways. Where scripts are off
 * axe cannot run either; the pages are the same ones.
 */
async function looksRight(page: Page): Promise<void> {
  if (scripted) expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

async function fillPerson(page: Page, email: string): Promise<void> {
  await page.getByLabel('Your name').fill('ליאורה בן־דוד');
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('The one who made these works or holds the rights').check();
  await page.getByLabel('I affirm this statement.').check();
}

/** Opens the newest letter to this address in the outbox and follows its link. */
async function followLetter(page: Page, email: string, kind: 'confirm' | 'link'): Promise<void> {
  await page.goto(`${registry.origin}/outbox`);
  const letter = page.locator('article.letter', { hasText: email }).first();
  await letter.locator(`a[href*="/${kind}/"]`).click();
}

const record = (page: Page, label: string) => page.locator('li.record', { hasText: label });

describe.each([
  ['phone', phone],
  ['desktop', desktop],
] as const)('on a %s', (device, viewport) => {
  test('with JavaScript: many pictures, read in the browser', { timeout: 120_000 }, async () => {
    const { page, sent } = await visit(viewport, true);
    const email = `liora.${device}@example.com`;
    const domain = `${device}.example.com`;
    const pictures = [
      await photograph(device === 'phone' ? 11 : 12),
      await photograph(device === 'phone' ? 13 : 14),
    ];
    const grey = await sharp({
      create: { width: 300, height: 200, channels: 3, background: device === 'phone' ? '#888' : '#777' },
    })
      .png()
      .toBuffer();

    await page.goto(`${registry.origin}/opt-out`);
    await looksRight(page);

    // Sent empty: every fault is named, the summary has the focus, and its links lead to the controls.
    await page.getByRole('button', { name: 'Send opt-out' }).click();
    const summary = page.getByRole('alert');
    await expect.poll(() => summary.evaluate((box) => box === document.activeElement)).toBe(true);
    expect(await summary.getByRole('link').count()).toBe(5);
    await looksRight(page);
    await summary.getByRole('link', { name: 'Enter your name' }).click();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('name');
    expect([...sent]).toEqual([]);

    // Chosen and dropped, one of them plain, one of them broken, one of them twice.
    await page.setInputFiles('#picture', [
      ...pictures,
      { name: 'grey-card.png', mimeType: 'image/png', buffer: grey },
      { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('ffd8ffe000104a46494600', 'hex') },
    ]);
    await drop(page, { ...(pictures[0] as Picture), name: 'again.png' });
    const state = page.locator('[data-reading-state]');
    await expect
      .poll(() => state.textContent(), { timeout: 30_000 })
      .toBe('2 pictures fingerprinted. 1 by exact copies only. 2 left out.');
    await looksRight(page);
    const item = (name: string) => page.locator('.pictures li', { hasText: name });
    expect(await item('grey-card.png').textContent()).toContain('Exact copies of this file are covered.');
    expect(await item('broken.jpg').textContent()).toContain('Could not be read');
    expect(await item('again.png').textContent()).toContain('already in the list');
    await page.getByRole('button', { name: 'Remove again.png' }).click();
    expect(await item('again.png').count()).toBe(0);

    // What the server refuses is shown at its line, and everything typed is still there.
    await page.getByLabel('Whole domains').fill(`${domain}\nco.uk`);
    await fillPerson(page, email);
    await page.getByRole('button', { name: 'Send opt-out' }).click();
    await expect.poll(() => summary.textContent()).toContain('Line 2');
    expect(await page.getByLabel('Your name').inputValue()).toBe('ליאורה בן־דוד');
    await looksRight(page);
    await page.getByLabel('Whole domains').fill(domain);
    await page.getByRole('button', { name: 'Send opt-out' }).click();
    await page.waitForURL('**/opt-out/sent');
    await expect.poll(() => page.locator('main').textContent()).toContain(email);
    await looksRight(page);
    // The pictures never left: all that was ever sent is smaller than one of them.
    const total = [...sent.values()].reduce((sum, bytes) => sum + bytes, 0);
    expect([...sent.keys()]).toEqual(['POST /v1/opt-outs']);
    expect(total).toBeLessThan(Math.min(...pictures.map(({ buffer }) => buffer.length)));

    await confirmAndProve(page, { email, domain, picture: pictures[0] as Picture });
    const cropped = await sharp(pictures[1]?.buffer).resize(320).jpeg({ quality: 70 }).toBuffer();
    const response = await fetch(`${registry.origin}/v1/fingerprints`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: new Uint8Array(cropped),
    });
    const { fingerprints } = (await response.json()) as { fingerprints: { pdq: string }[] };
    expect(await check({ pdq: fingerprints[0]?.pdq ?? '' })).toMatchObject({
      verdict: 'disallow',
      match: { kind: 'match' },
    });
    await withdrawEverything(page, email, pictures[0] as Picture);
  });

  test('without JavaScript: one picture and one address', { timeout: 120_000 }, async () => {
    const { page } = await visit(viewport, false);
    const email = `plain.${device}@example.com`;
    const domain = `plain-${device}.example.com`;
    const url = `https://elsewhere.example.net/${device}/dusk.jpg`;
    const picture = await photograph(device === 'phone' ? 21 : 22);

    await page.goto(`${registry.origin}/opt-out`);
    await page.setInputFiles('#picture', picture);
    await page.getByLabel('Single addresses').fill(url);
    await page.getByLabel('Whole domains').fill(`co.uk\n${domain}`);
    await fillPerson(page, email);
    await page.getByRole('button', { name: 'Send opt-out' }).click();

    const summary = page.getByRole('alert');
    expect(await summary.textContent()).toContain('Line 1');
    expect(await summary.textContent()).toContain('Choose the picture again');
    expect(await page.getByLabel('Single addresses').inputValue()).toBe(url);
    expect(await page.getByLabel('Your name').inputValue()).toBe('ליאורה בן־דוד');
    expect(await page.getByLabel('I affirm this statement.').isChecked()).toBe(true);

    await page.getByLabel('Whole domains').fill(domain);
    await page.setInputFiles('#picture', picture);
    await page.getByRole('button', { name: 'Send opt-out' }).click();
    expect(new URL(page.url()).pathname).toBe('/opt-out/sent');
    expect(await page.locator('main').textContent()).toContain(email);

    await confirmAndProve(page, { email, domain, picture });
    expect(await record(page, url).textContent()).toContain('Possible');
    const answer = await check({ url });
    expect(answer.verdict).toBe('unknown');
    expect(answer.reasons[0]).toMatchObject({ source: 'registry', effect: 'possible' });
    await withdrawEverything(page, email, picture);
  });
});

/** A file dropped from outside, as a browser hands it over. */
async function drop(page: Page, { name, mimeType, buffer }: Picture): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([base64, fileName, type]) => {
      const bytes = Uint8Array.from(atob(base64 ?? ''), (char) => char.charCodeAt(0));
      const made = new DataTransfer();
      made.items.add(new File([bytes], fileName ?? '', { type: type ?? '' }));
      return made;
    },
    [buffer.toString('base64'), name, mimeType],
  );
  await page.dispatchEvent('.drop', 'dragenter', { dataTransfer: transfer });
  await page.dispatchEvent('.drop', 'drop', { dataTransfer: transfer });
}

async function confirmAndProve(
  page: Page,
  { email, domain, picture }: { email: string; domain: string; picture: Picture },
): Promise<void> {
  const sha256 = sha256Of(picture);
  expect(await check({ sha256 })).toMatchObject({ verdict: 'unknown' });
  await followLetter(page, email, 'confirm');
  const link = page.url();
  await looksRight(page);
  expect(await page.locator('main').textContent()).toContain(picture.name);
  // Opening the link changes nothing: mail scanners do that too.
  expect(await check({ sha256 })).toMatchObject({ verdict: 'unknown' });
  await page.getByRole('button', { name: 'Confirm opt-out' }).click();
  await page.waitForURL('**/my?confirmed=1**');
  await looksRight(page);

  expect(await record(page, picture.name).textContent()).toContain('In force since');
  expect(await check({ sha256 })).toMatchObject({
    verdict: 'disallow',
    act: 'stop',
    match: { kind: 'exact' },
  });

  // The domain waits for its proof; both ways are shown with the very values to place.
  expect(await record(page, domain).textContent()).toContain(
    `Not in force yet: prove that ${domain} is yours.`,
  );
  const proof = page.getByRole('region', { name: domain });
  const [name = '', , value = ''] = await proof
    .locator('.ways > div')
    .first()
    .locator('dd code')
    .allTextContents();
  expect(name).toBe(`_withhold.${domain}`);
  await page.getByRole('button', { name: `Check now: ${domain}` }).click();
  expect(await page.getByRole('status').textContent()).toBe(
    `The proof for ${domain} is not found yet. Below it says what was seen.`,
  );
  expect(await proof.textContent()).toContain('Last look');
  await looksRight(page);
  registry.txt.set(name, value);
  await page.getByRole('button', { name: `Check now: ${domain}` }).click();
  expect(await page.getByRole('status').textContent()).toBe(`The proof for ${domain} is found.`);
  expect(await record(page, domain).textContent()).toContain('In force since');
  await looksRight(page);

  // The link of the letter works once, and says so.
  await page.goto(link);
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe(
    'This opt-out is already confirmed',
  );

  // Anybody can check it on the page, with the reason.
  await page.goto(
    `${registry.origin}/check?url=${encodeURIComponent(`${domain}/gallery/1.jpg`)}&agent=GPTBot`,
  );
  expect(await page.locator('.verdict').textContent()).toBe('Do not use');
  expect(await page.locator('.reasons').textContent()).toContain(domain);
  await looksRight(page);
  await page.goto(`${registry.origin}/my`);
}

async function withdrawEverything(page: Page, email: string, picture: Picture): Promise<void> {
  const sha256 = sha256Of(picture);
  await page.getByRole('button', { name: 'Sign out of this device' }).click();
  await page.getByLabel('Email address').fill(email);
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await looksRight(page);
  await followLetter(page, email, 'link');
  await looksRight(page);
  await page.getByRole('button', { name: 'Show my opt-outs' }).click();
  await page.waitForURL('**/my');

  await page.getByRole('button', { name: `Withdraw ${picture.name}` }).click();
  expect(await page.getByRole('status').textContent()).toBe('1 record is withdrawn.');
  expect(await check({ sha256 })).toMatchObject({ verdict: 'unknown' });
  await page.getByRole('button', { name: `Restore ${picture.name}` }).click();
  expect(await page.getByRole('status').textContent()).toBe('1 record is restored.');
  expect(await check({ sha256 })).toMatchObject({ verdict: 'disallow' });

  await page.getByText('Withdraw all of this opt-out').click();
  await looksRight(page);
  await page.getByRole('button', { name: 'Withdraw all' }).click();
  expect(await page.getByRole('status').textContent()).toMatch(/^\d records are withdrawn\.$/);
  expect(await check({ sha256 })).toMatchObject({ verdict: 'unknown' });
}
