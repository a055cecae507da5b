import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildClientIfStale } from '../../src/build-client.ts';
import { violations } from './axe.ts';
import { launchBrowser } from './browser.ts';
import { samplePages } from './sample-pages.ts';
import { serveSamples } from './sample-server.ts';

let browser: Browser;
let samples: Awaited<ReturnType<typeof serveSamples>>;

beforeAll(async () => {
  await buildClientIfStale();
  samples = await serveSamples();
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await samples?.close();
});

/** Opens a page in a phone or on a desktop and collects what the browser complained about. */
async function open(name: string, width: number, colorScheme: 'light' | 'dark') {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    colorScheme,
    reducedMotion: 'reduce',
  });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${samples.origin}/sample/${name}`);
  return { page, complaints };
}

describe.each([
  [360, 'dark'],
  [1440, 'light'],
] as const)('at %i px, %s', (width, scheme) => {
  test.each(Object.keys(samplePages))('%s', async (name) => {
    const { page, complaints } = await open(name, width, scheme);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(overflow).toBeLessThanOrEqual(0);
    await page.close();
  });
});
