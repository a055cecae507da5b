import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportPage } from '../../src/cli/filter-report/page.ts';
import type { ReportContent } from '../../src/datasets/report/content.ts';
import { emptyRecordTally } from '../../src/datasets/tally/record-tally.ts';
import { summarise } from '../../src/datasets/tally/summary.ts';
import { emptyTally } from '../../src/datasets/tally/tally.ts';
import { sampleContent } from '../datasets/report/sample.ts';
import { violations } from '../web/axe.ts';
import { launchBrowser } from '../web/browser.ts';

/** Set to a folder to look at the pages. */
const pictures = process.env.WITHHOLD_SCREENSHOTS;
const folder = mkdtempSync(join(tmpdir(), 'withhold-report-page-'));
let browser: Browser;
const vkey = 'builder.example+0b29a9d3+AZgcqG93S1GfAmNWk8Yc2jWbQOZHHoYZ5Bc8Fe7tmn1K';

const content = (changed: Partial<ReportContent> = {}): ReportContent => ({
  ...sampleContent(),
  builder: vkey,
  ...changed,
});
const contents: Record<string, ReportContent> = {
  full: content(),
  empty: content({
    tally: summarise(emptyTally(), { tally: emptyRecordTally(0), ridOf: () => '' }),
    inputs: [],
    outputs: [],
    licences: null,
    options: {},
    source: { kind: 'server', url: 'https://registry.example', asOf: [] },
  }),
  signals: content({
    signals: { at: '2026-11-20T08:00:00.000Z', digest: `sha256:${'8f'.repeat(32)}`, origins: 41_877 },
  }),
};

beforeAll(async () => {
  browser = await launchBrowser();
  for (const [name, each] of Object.entries(contents)) {
    writeFileSync(
      join(folder, `${name}.html`),
      reportPage({ content: each, digest: `sha256:${'9e'.repeat(32)}` }),
    );
  }
  if (pictures !== undefined) mkdirSync(pictures, { recursive: true });
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  [360, 'dark'],
  [360, 'light'],
  [1440, 'light'],
  [1440, 'dark'],
] as const)('report.html at %i px, %s', (width, scheme) => {
  test.each(Object.keys(contents))('%s', async (name) => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('dialog', (dialog) => complaints.push(dialog.message()));
    await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(await page.locator('script, img, a, link, iframe').count()).toBe(0);
    if (pictures !== undefined) {
      await page.screenshot({
        path: join(pictures, `report-${name}-${width}-${scheme}.png`),
        fullPage: true,
      });
    }
    await page.close();
  });
});

test('report.html prints with its plots', async () => {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(folder, 'full.html')).href);
  const pdf = await page.pdf({
    format: 'A4',
    ...(pictures === undefined ? {} : { path: join(pictures, 'report.pdf') }),
  });
  expect(pdf.length).toBeGreaterThan(10_000);
  await page.close();
});
