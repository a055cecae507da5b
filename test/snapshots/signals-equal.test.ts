import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { migrate } from '../../db/migrate.ts';
import { readMigrations } from '../../db/migrations-files.ts';
import { openSqlite } from '../../db/sqlite.ts';
import { type Question, weigh } from '../../src/actions/check.ts';
import { signalsFor } from '../../src/actions/signals.ts';
import { resolveAgent } from '../../src/consent/agent.ts';
import { usages } from '../../src/consent/evidence.ts';
import { createSignalsCache } from '../../src/net/signals-cache.ts';
import { urlKey } from '../../src/opt-outs/url-key.ts';
import { migrationsFolder } from '../../src/paths.ts';
import { openGatherJournal } from '../../src/snapshots/gather-journal.ts';
import { gatherSignals } from '../../src/snapshots/gather-signals.ts';
import { openSignals } from '../../src/snapshots/open-signals.ts';
import { dayMs } from '../../src/snapshots/signals-age.ts';
import { createSignalsViews } from '../../src/snapshots/signals-views.ts';
import { writeSignals } from '../../src/snapshots/write-signals.ts';
import { createWorld } from '../http/world.ts';
import { memoryStore } from '../net/signals-rig.ts';
import { hostOf, type RandomSite, randomSites, serveSites } from './random-sites.ts';

let folder: string;
let database: Database;
let runs = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'withhold-equal-'));
  database = openSqlite(join(folder, 'registry.sqlite'));
  await migrate(database, readMigrations(migrationsFolder));
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const facts = {
  ...{
    tool: 'withhold/test',
    agent: 'ExampleBot',
    userAgent: 'WithholdBot/1 (+test)',
    robotsToken: 'WithholdBot',
  },
  ...{ started: '2026-11-23T14:02:00.000Z', finished: '2026-11-23T14:02:00.000Z' },
  ...{ rows: 0, urlsUnusable: 0, inputs: [] },
};

type Web = Awaited<ReturnType<typeof serveSites>>;

/** Gathers from the sites into a new folder, at one time of the clock. */
async function gatherInto(
  web: Web,
  origins: readonly string[],
  now: number,
  signal = new AbortController().signal,
) {
  runs += 1;
  const out = join(folder, `signals-${runs}`);
  const journal = openGatherJournal(join(folder, `work-${runs}.sqlite`));
  const fetcher = web.fetcher(1_000);
  try {
    journal.addOrigins(origins);
    await gatherSignals(
      { fetcher, resolver: web.resolver, now: () => now, signal, onDone: () => {} },
      journal,
      { runsMax: 100, token: 'WithholdBot' },
    );
    await writeSignals(journal, { aside: `${out}.aside`, folder: out }, facts);
  } finally {
    await fetcher.close();
    journal.close();
  }
  return out;
}

const agents = [
  'GPTBot',
  'ClaudeBot',
  'CCBot',
  'Google-Extended',
  'PerplexityBot',
  'SomeBot/1.0',
  'WithholdBot',
  null,
];
const asked = fc.record({
  agent: fc.constantFrom(...agents).map((name) => (name === null ? null : resolveAgent(name))),
  usage: fc.constantFrom(...usages),
});
const places = ['/', '/art/heron.jpg', '/art/a%20b.png?size=2', '/music/x.mp3'];

/** All that is asked: files of every site, some found on pages of other sites, and a site nobody gathered from. */
function itemsOf(web: Web, sites: readonly RandomSite[]): Question['items'] {
  const url = (at: number, path: string) => `http://${hostOf(at)}:${web.port}${path}`;
  return sites.flatMap((_site, at) =>
    places.map((path, n) => ({
      url: url(at, path),
      ...(n % 2 === 0 ? {} : { pageUrl: url((at + n) % sites.length, '/art/') }),
    })),
  );
}

test('a snapshot answers as the server does, row by row, and no host is asked two things at once', async () => {
  let sites: readonly RandomSite[] = [];
  const web = await serveSites(() => sites);
  try {
    const property = fc.asyncProperty(
      randomSites,
      fc.array(asked, { minLength: 3, maxLength: 5 }),
      async (made, questions) => {
        sites = made;
        const origins = sites.map((_site, at) => `http://${hostOf(at)}:${web.port}`);
        const fetcher = web.fetcher();
        const world = await createWorld(database, { fetcher });
        await world.deps.signals.close();
        // Each run has a web of its own behind the same names, of which nothing is known yet.
        const onError = (error: unknown) => {
          throw error;
        };
        const signals = createSignalsCache({ fetcher, now: world.deps.clock, store: memoryStore(), onError });
        const server = { ...world.deps, signals };
        const out = await gatherInto(web, origins, world.clock.now);
        expect(web.together()).toBeLessThanOrEqual(1);
        const items = itemsOf(web, sites);
        const keys = items.flatMap(({ url }) => urlKey(url ?? '') ?? []).map((key) => ({ key }));
        await signalsFor(server, keys, 'fetch');
        await signals.idle();
        const snapshot = await openSignals(out);
        const views = createSignalsViews(snapshot, { now: world.deps.clock });
        try {
          for (const { agent, usage } of questions) {
            const question: Question = { items, usage, agent, signals: 'cached', consumer: '' };
            const fromServer = await weigh(server, question);
            const fromFiles = await weigh({ ...world.deps, signals: snapshot.cache }, question);
            expect(fromFiles.map(timeless)).toEqual(fromServer.map(timeless));
            for (const { key } of keys) {
              const url = `http://${key.host}:${key.port}${key.path}`;
              const slow = (
                await signalsFor({ ...world.deps, signals: snapshot.cache }, [{ key }], 'cached')
              )(key);
              expect(views.viewOf(new URL(url).origin).ask(url, agent)).toEqual(slow.ask(url, agent));
            }
          }
        } finally {
          snapshot.close();
          await signals.close();
          await fetcher.close();
        }
        // The server asks side by side; what it did is not what is measured.
        web.forget();
      },
    );
    await fc.assert(property, { numRuns: 25 });
  } finally {
    await web.close();
  }
}, 120_000);

/** How long an answer holds differs by design: a snapshot is as old as it says. */
function timeless({ answer: { expiresAt, ...answer }, evidence }: Awaited<ReturnType<typeof weigh>>[number]) {
  expect(Date.parse(expiresAt)).toBeGreaterThan(0);
  return { answer, evidence };
}

describe('as it gets older', () => {
  const robots = {
    status: 200,
    body: 'User-agent: *\nDisallow: /a.jpg\nLicense: http://site-0.test:PORT/license.xml',
    headers: {},
  };
  const sites: RandomSite[] = [{ '/robots.txt': robots }];
  const at = Date.parse('2026-11-23T14:02:00.000Z');
  const ask = async (now: number, maxAgeDays?: number, host = hostOf(0)) => {
    const web = await serveSites(() => sites);
    try {
      const out = await gatherInto(web, [`http://${hostOf(0)}:${web.port}`], at);
      const snapshot = await openSignals(out, maxAgeDays === undefined ? {} : { maxAgeDays });
      const url = `http://${host}:${web.port}/a.jpg`;
      const view = createSignalsViews(snapshot, { now: () => now }).viewOf(new URL(url).origin);
      snapshot.close();
      return view.ask(url, null);
    } finally {
      await web.close();
    }
  };
  const missing = (why: string) =>
    ['robots.txt', 'tdmrep', 'ai.txt', 'trust.txt'].map((source) => ({ source, why }));

  test('it holds for 31 days, whatever the files say of themselves', async () => {
    const { crawl, notChecked, until } = await ask(at + 31 * dayMs - 1);
    expect(crawl).toMatchObject({ verdict: 'disallow', reason: 'rule' });
    expect(notChecked).toEqual([]);
    expect(new Set(until)).toEqual(new Set([new Date(at + 31 * dayMs).toISOString()]));
  });
  test('then it is too old, and nothing in it counts', async () => {
    const { crawl, evidence, notChecked, until } = await ask(at + 31 * dayMs);
    expect(crawl).toEqual({ verdict: 'unknown', reason: 'signals-too-old' });
    expect({ evidence, notChecked, until }).toEqual({
      evidence: [],
      notChecked: missing('signals-too-old'),
      until: [],
    });
  });
  test('the age can be chosen', async () => {
    expect((await ask(at + 2 * dayMs, 2)).crawl.reason).toBe('signals-too-old');
    expect((await ask(at + 400 * dayMs, 401)).crawl.reason).toBe('rule');
  });
  test('an origin that is not in it was not gathered', async () => {
    const { crawl, notChecked } = await ask(at, 31, hostOf(1));
    expect(crawl).toEqual({ verdict: 'unknown', reason: 'not-gathered' });
    expect(notChecked).toEqual(missing('not-gathered'));
  });
});
