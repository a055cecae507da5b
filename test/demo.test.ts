import { createHash } from 'node:crypto';
import dns from 'node:dns';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { isIP, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { run } from '../src/cli/demo.ts';
import { ada, others } from '../src/demo/cast.ts';
import { goneHosts, playedRobots } from '../src/demo/sites.ts';
import type { Story } from '../src/demo/story.ts';
import type { World } from '../src/demo/world.ts';
import { pdq } from '../src/images/pdq.ts';
import { run as runCommand } from './cli/run.ts';
import { anonymous, flat, openIo, spawned, timeless } from './demo/command.ts';
import { answerRow, distance, type NaiveAnswer, robotsServed, type Truth } from './demo/naive-filter.ts';

const storyMsMax = 60_000;

let world: World;
let story: Story;
let text: string;
let wallMs: number;
/** Every row of the dataset with the naive answer, in order. */
let rows: { cells: string[]; answer: NaiveAnswer }[];
let truth: Truth;
let sql: Sqlite.Database;
const stop = new AbortController();
let ended: Promise<number>;
let spoken: () => string;
const peers = new Set<string>();
const looked: string[] = [];
const ownTmp = mkdtempSync(join(tmpdir(), 'withhold-demo-test-'));

beforeAll(async () => {
  vi.stubEnv('TMPDIR', ownTmp);
  const connect = Socket.prototype.connect;
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
    this.once('connect', () => peers.add(this.remoteAddress ?? ''));
    return Reflect.apply(connect, this, args) as Socket;
  });
  const lookup = dns.lookup;
  vi.spyOn(dns, 'lookup').mockImplementation(((name: string, ...rest: unknown[]) => {
    if (isIP(name) === 0) looked.push(name);
    return Reflect.apply(lookup, dns, [name, ...rest]);
  }) as never);
  const began = performance.now();
  const terminal = openIo(stop.signal);
  await new Promise<void>((resolve, reject) => {
    ended = run(['--port', '0'], terminal.io, (openWorld, told) => {
      [world, story] = [openWorld, told];
      resolve();
    });
    ended.then((code) => reject(new Error(`ended early with ${code}: ${terminal.stderr()}`)), reject);
  });
  wallMs = performance.now() - began;
  text = terminal.stdout();
  spoken = terminal.stderr;
  vi.restoreAllMocks();
  sql = new Sqlite(join(world.folder, 'withhold.sqlite'), { readonly: true });
  truth = await readTruth();
  const [, ...lines] = readFileSync(story.filter.dataset, 'utf8').trimEnd().split('\n');
  rows = lines.map((line) => ({ cells: line.split(','), answer: answerRow(line.split(','), truth) }));
}, storyMsMax);

afterAll(async () => {
  sql?.close();
  stop.abort();
  const code = await ended;
  const left = readdirSync(ownTmp);
  vi.unstubAllEnvs();
  rmSync(ownTmp, { recursive: true, force: true });
  // Only now can it be seen: the command stayed up until it was stopped, and its folder and servers went with it.
  expect(code).toBe(0);
  expect(left).toEqual([]);
  await expect(fetch(world.service.url)).rejects.toThrow();
  await expect(robotsServed(world.sites.port, 'press.example')).rejects.toThrow();
});

async function readTruth(): Promise<Truth> {
  const robots = new Map<string, string | null>();
  for (const host of playedRobots.keys()) robots.set(host, await robotsServed(world.sites.port, host));
  const prints = sql
    .prepare(
      `SELECT label, sha256, lower(hex(pdq)) AS pdq FROM fingerprints JOIN records USING (rid)
       WHERE state = 'active' AND pdq IS NOT NULL ORDER BY variant <> 'full'`,
    )
    .all() as Truth['prints'];
  return { members: [ada, ...others], prints, robots, gone: goneHosts };
}

function counted(where: string): number {
  return (sql.prepare(`SELECT count(*) AS n FROM records WHERE ${where}`).get() as { n: number }).n;
}

/** Rows with an answer like this. */
function recount(fits: (answer: NaiveAnswer) => boolean): number {
  return rows.filter(({ answer }) => fits(answer)).length;
}

const grouped = (value: number) => value.toLocaleString('en');
function chapter(title: string): string {
  const found = text.split('\n\n').find((block) => block.startsWith(title));
  return timeless(found ?? '')
    .replace(title, '')
    .trim();
}

describe('every printed figure is what an independent count gives', () => {
  test('the registry, by SQL', () => {
    const creators = (sql.prepare('SELECT count(*) AS n FROM creators').get() as { n: number }).n;
    const proven = "state = 'active' AND trust = 'domain'";
    const sites = world.sites.robotsRead.size;
    expect(timeless(text.split('\n\n')[0] ?? '')).toBe(
      `A registry of ${creators} made-up creators, filled and asked in TIME. Nothing leaves this machine: one small ` +
        `web server here plays the ${sites} sites that answer, and letters stay in memory. ` +
        `In force: ${counted("kind = 'work' AND state = 'active'")} pictures, ` +
        `${counted(`kind = 'domain' AND ${proven}`)} domains, ${counted(`kind = 'prefix' AND ${proven}`)} folders ` +
        `and ${counted(`kind = 'url' AND ${proven}`)} addresses. Possible, for a person to look at: ` +
        `${counted("kind IN ('url', 'name') AND state = 'active' AND trust = 'email'")}. ` +
        `Waiting for proof: ${counted("state = 'pending-proof'")}.`,
    );
    expect(counted("kind = 'work' AND state = 'active'")).toBe(
      truth.members.reduce((sum, { works }) => sum + works.length, 0),
    );
  });

  test('what Ada registered, by SQL', () => {
    const hers = `opt_out_id = (SELECT opt_out_id FROM records WHERE label = 'harbour-at-dusk.jpg')`;
    const decides = counted(
      `${hers} AND state = 'active' AND (kind = 'work' OR (kind IN ('domain', 'name') AND trust = 'domain'))`,
    );
    const possible = counted(`${hers} AND state = 'active' AND kind IN ('url', 'name') AND trust = 'email'`);
    expect(chapter('1. A creator opts out')).toBe(
      `Ada Example names ${counted(`${hers} AND kind = 'work'`)} pictures, the domain gallery.example, the url ` +
        'https://fair.example/booths/ada.html and the name Ada Example, follows the link in the letter, and ' +
        `publishes the TXT record that proves gallery.example. ${decides} of ${counted(hers)} records are in force, ` +
        `and crawlers that ask are told, TIME after the form was sent. ${possible} is shown as possible, because ` +
        'nothing proves it yet: https://fair.example/booths/ada.html.',
    );
    for (const { label } of ada.works) {
      const digest = createHash('sha256')
        .update(readFileSync(join(world.folder, label)))
        .digest('hex');
      expect(truth.prints, label).toContainEqual(expect.objectContaining({ label, sha256: digest }));
    }
  });

  test('the copy that is found, bit by bit', async () => {
    const sizes = await Promise.all(
      ['harbour-at-dusk.jpg', 'harbour-at-dusk-half.jpg'].map(async (name) => {
        const file = join(world.folder, name);
        const { width, height } = await sharp(file).metadata();
        return { width, height, words: `${width} × ${height}, ${grouped(statSync(file).size)} bytes` };
      }),
    );
    const bits = distance(
      await pdqOf('harbour-at-dusk-half.jpg'),
      truth.prints.find(({ label }) => label === 'harbour-at-dusk.jpg')?.pdq ?? '',
    );
    expect(bits).toBeLessThanOrEqual(24);
    const nobodys = await pdqOf('nobodys-town.jpg');
    expect(Math.min(...truth.prints.map((print) => distance(print.pdq, nobodys)))).toBeGreaterThan(45);
    expect(sizes[1]).toMatchObject({
      width: (sizes[0]?.width ?? 0) / 2,
      height: (sizes[0]?.height ?? 0) / 2,
    });
    expect(chapter('2. A copy is recognised')).toBe(
      `harbour-at-dusk.jpg (${sizes[0]?.words}) comes back at half size, JPEG 60 (${sizes[1]?.words}). Asked by its ` +
        `PDQ hash alone: match, ${bits} of 256 bits differ. Verdict: disallow for train-ai; act: stop. A picture of ` +
        'the same kind that is not registered: no match. Verdict: unknown for train-ai; act: proceed. That is not a ' +
        'permission.',
    );
  });

  test('the domain, by the row in the database', () => {
    const { since } = sql
      .prepare("SELECT since FROM records WHERE kind = 'domain' AND label = 'gallery.example'")
      .get() as { since: string };
    expect(chapter('3. An address is covered')).toBe(
      'https://shop.gallery.example/prints/regatta.html for GPTBot Verdict: disallow for train-ai; act: stop. ' +
        `Because: registry, "domain gallery.example: train-ai disallow, since ${since}" Proven by: domain`,
    );
  });

  test('the line of robots.txt, by reading the file that is served', () => {
    const served = (truth.robots.get('press.example') ?? '').split('\n');
    const line = served.indexOf('Disallow: /archive/') + 1;
    const named = served.indexOf('User-agent: GPTBot');
    expect(named).toBeGreaterThan(0);
    // Nothing but names stands between, so the rule is of GPTBot's group.
    expect(served.slice(named, line - 1).filter((other) => !other.startsWith('User-agent: '))).toEqual([]);
    expect(chapter('4. A site refuses one crawler')).toBe(
      'https://press.example/archive/2026/harvest.jpg GPTBot may not fetch it. Verdict: disallow for train-ai; act: ' +
        `stop. Because: https://press.example/robots.txt, line ${line}: User-agent: GPTBot / Disallow: /archive/ ` +
        'Googlebot may fetch it. Verdict: unknown for train-ai; act: proceed.',
    );
  });

  test('the filtered dataset, by deciding every row again', () => {
    expect(rows).toHaveLength(10_000);
    const decided = parse(readFileSync(story.filter.decisions), { columns: true }) as Record<
      string,
      string
    >[];
    const told = decided.map(({ row, verdict, act, trust }) => ({ row, verdict, act, trust }));
    const expected = rows.map(({ answer }, index) => ({
      row: String(index + 1),
      verdict: answer.verdict,
      act: answer.act,
    }));
    expect(told.map(({ trust: _, ...rest }) => rest)).toEqual(expected);
  });

  test('the printed counts of the filter', () => {
    const hosts = new Set(
      rows.flatMap(({ cells }) =>
        cells.slice(1, 3).flatMap((cell) => (URL.canParse(cell) ? [new URL(cell).hostname] : [])),
      ),
    );
    const gone = [...hosts].filter((host) => goneHosts.includes(host)).length;
    expect(new Set([...world.sites.robotsRead.keys(), ...goneHosts])).toEqual(hosts);
    expect([...world.sites.robotsRead.values()].every((times) => times > 0)).toBe(true);
    const of = (act: string, kind: string) => recount((answer) => answer.act === act && answer.kind === kind);
    const lines = (act: string, words: Record<string, string>) =>
      Object.entries(words)
        .map(([kind, sentence]) => ({ count: of(act, kind), sentence }))
        .filter(({ count }) => count > 0)
        .sort((a, b) => b.count - a.count)
        .map(({ count, sentence }) => `${grouped(count)} ${sentence}`);
    const byTrust = (['domain', 'email', 'none'] as const)
      .map((trust) => ({
        trust,
        count: recount((answer) => answer.act === 'stop' && answer.trust === trust),
      }))
      .sort((a, b) => b.count - a.count)
      .map(({ trust, count }) =>
        trust === 'none'
          ? `${grouped(count)} refused by the site itself`
          : `${grouped(count)} by records with proof of ${trust}`,
      );
    expect(chapter('5. A dataset is filtered')).toBe(
      [
        `${grouped(rows.length)} rows asked for GPTBot and train-ai in TIME, after the robots.txt of ${hosts.size} sites`,
        `was asked for; ${gone} did not answer.`,
        `Not checked in ${grouped(recount(({ verdict, nothing }) => verdict !== 'bad' && !nothing))} rows: response:`,
        'headers, HTML and file metadata are read when you send them to POST /v1/signals/inspect.',
        ...['ai.txt', 'tdmrep', 'trust.txt'].map(
          (source) =>
            `Not checked in ${grouped(recount(({ closed }) => closed))} rows: ${source}: disallowed-by-robots.`,
        ),
        ...['ai.txt', 'robots.txt', 'tdmrep', 'trust.txt'].map(
          (source) =>
            `Not checked in ${grouped(recount(({ silent }) => silent))} rows: ${source}: unreachable.`,
        ),
        `${grouped(recount(({ act }) => act === 'proceed'))} kept,`,
        `${grouped(recount(({ nothing }) => nothing))} of them with nothing to check`,
        `${grouped(recount(({ act }) => act === 'stop'))} dropped`,
        ...lines('stop', {
          'registry, address': 'The registry covers the address',
          'registry, same file': 'The registry holds the same file',
          'registry, same picture': 'The registry holds the same picture',
          'robots.txt': 'robots.txt refuses this crawler, which only trains',
          'crawl refused': 'The site lets this crawler fetch nothing there',
          'site unreachable': 'The site does not answer, so nothing may be fetched there for now',
        }),
        `${grouped(recount(({ act }) => act === 'review'))} to review`,
        ...lines('review', {
          'registry, address': 'Somebody names the address without proof',
          'registry, similar picture': 'The registry holds a similar picture',
          'robots.txt not checked': 'A robots.txt could not be read',
        }),
        `${grouped(recount(({ verdict }) => verdict === 'bad'))} broken`,
        `Of those dropped: ${byTrust[0]}, ${byTrust[1]} and ${byTrust[2]}.`,
        `Dataset ${story.filter.dataset} Decisions ${story.filter.decisions}`,
      ].join(' '),
    );
    for (const act of ['proceed', 'stop', 'review'])
      expect(recount((answer) => answer.act === act)).toBeGreaterThan(50);
    expect(recount(({ verdict }) => verdict === 'allow')).toBeGreaterThan(50);
  });

  test('the times are true to the clock', () => {
    const { ada: optOut, filter, tookMs } = story;
    for (const part of [optOut.tookMs, filter.tookMs]) {
      expect(part).toBeGreaterThan(0);
      expect(part).toBeLessThan(tookMs);
    }
    expect(tookMs).toBeLessThan(wallMs);
    const words = (ms: number) => (ms < 1_000 ? `${Math.ceil(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`);
    const printed = [...flat(text).matchAll(/\b\d+(\.\d)? (ms|s)\b/g)].map(([time]) => time);
    expect(printed).toEqual([tookMs, optOut.tookMs, filter.tookMs].map(words));
  });
});

async function pdqOf(name: string): Promise<string> {
  const { data, info } = await sharp(join(world.folder, name))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { hash } = pdq({ data: new Uint8ClampedArray(data), width: info.width, height: info.height });
  return Buffer.from(hash).toString('hex');
}

describe('the links lead where they say', () => {
  const origin = () => world.service.deps.config.origin;
  const open = async (link: string, init: RequestInit = {}) => {
    expect(text).toContain(`  ${link}\n`.trimEnd());
    expect(link.startsWith(`${origin()}/`)).toBe(true);
    return fetch(link, { ...init, headers: { Accept: 'text/html', ...init.headers } });
  };

  test('the check shows the verdict, the line and its words', async () => {
    const response = await open(story.links.check);
    expect(response.status).toBe(200);
    const page = await response.text();
    for (const words of [
      'Do not use',
      'https://press.example/robots.txt',
      `line ${(truth.robots.get('press.example') ?? '').split('\n').indexOf('Disallow: /archive/') + 1}`,
      'User-agent: GPTBot / Disallow: /archive/',
    ])
      expect(page).toContain(words);
  });

  test('the report shows what was counted again', async () => {
    const response = await open(story.links.report);
    expect(response.status).toBe(200);
    const page = flat(await response.text());
    const count = (fits: (answer: NaiveAnswer) => boolean) =>
      `<td class="count">${grouped(recount(fits))}</td>`;
    const cell = (words: string, fits: (answer: NaiveAnswer) => boolean) =>
      expect(page).toContain(`<th scope="row">${words}</th>${count(fits)}`);
    cell('Kept: nothing was found that forbids them', ({ act }) => act === 'proceed');
    cell('Dropped: the registry or the site says no', ({ act }) => act === 'stop');
    cell('For a person to review, kept until then', ({ act }) => act === 'review');
    cell('Broken: could not be read as a row', ({ verdict }) => verdict === 'bad');
    cell('The registry holds the same file', ({ kind }) => kind === 'registry, same file');
    cell('A proven domain', ({ act, trust }) => act === 'stop' && trust === 'domain');
    cell('robots.txt: <bdi>the site did not answer</bdi>', ({ silent }) => silent);
    for (const [word, verdict] of [
      ['Refused', 'disallow'],
      ['Allowed', 'allow'],
      ['Nothing said', 'unknown'],
    ] as const) {
      expect(page).toMatch(new RegExp(`${word}</span></th>${count((answer) => answer.verdict === verdict)}`));
    }
    expect(page.indexOf('What was not checked')).toBeLessThan(page.indexOf('What became of the rows'));
  });

  test('the letters are there', async () => {
    const response = await open(story.links.letters);
    expect(response.status).toBe(200);
    const page = await response.text();
    expect(page).toContain(ada.email);
    // One to confirm and one with the receipt for everybody, and Ada's link.
    const count = async () =>
      (await (await open(story.links.letters)).text()).split('<article class="letter"').length - 1;
    await expect.poll(count, { timeout: 20_000 }).toBe(truth.members.length * 2 + 1);
  });

  test("Ada's link signs in once and shows her records", async () => {
    const response = await open(story.links.creator);
    expect(response.status).toBe(200);
    const csrf = /name="csrf" value="([^"]+)"/.exec(await response.text())?.[1] ?? '';
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    const pressed = await fetch(story.links.creator, {
      method: 'POST',
      redirect: 'manual',
      headers: { Cookie: cookies.join('; '), Origin: origin() },
      body: new URLSearchParams({ csrf }),
    });
    expect(pressed.status).toBe(303);
    const session = pressed.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    const mine = await fetch(new URL(pressed.headers.get('location') ?? '', origin()), {
      headers: { Accept: 'text/html', Cookie: [...cookies, ...session].join('; ') },
    });
    expect(mine.status).toBe(200);
    const page = await mine.text();
    for (const { label } of ada.works) expect(page).toContain(label);
    expect(page).toContain('14 in force');
    expect((await open(story.links.creator)).status).toBe(410);
  });
});

describe('what the demo touches', () => {
  test('no network: every connection stays on this machine, and no name is looked up', () => {
    expect([...peers]).toEqual(['127.0.0.1']);
    expect(looked).toEqual([]);
    // Faults inside the service would be told here.
    expect(spoken().split('withhold: ')).toHaveLength(2);
    expect(spoken()).toContain(`stays up; Ctrl-C ends the demo and deletes ${world.folder}\n`);
  });
});

describe('withhold demo', () => {
  const others = () => readdirSync(ownTmp).filter((name) => !world.folder.endsWith(name));

  test(
    'tells the same story every time, and with --once ends there',
    async () => {
      const once = await spawned(['demo', '--port', '0', '--once']).ended;
      expect(once).toMatchObject({ code: 0, stderr: '' });
      expect(anonymous(once.stdout)).toBe(anonymous(text));
      expect(others()).toEqual([]);
    },
    storyMsMax,
  );

  test('a stop in the middle of the story leaves nothing and is no success', async () => {
    const early = new AbortController();
    const { io, stderr } = openIo(early.signal, (words) => {
      if (words.includes('3 of')) early.abort();
    });
    expect(await run(['--port', '0', '--once'], io)).toBe(2);
    expect(stderr()).toContain('creators opt out: 3 of 26');
    expect(others()).toEqual([]);
  });

  test('one Ctrl-C that npm passes on a second time leaves nothing either', async () => {
    const command = spawned(['demo', '--port', '0']);
    await vi.waitFor(() => expect(others()).toHaveLength(1), { timeout: storyMsMax });
    await vi.waitFor(() => expect(readdirSync(join(ownTmp, others()[0] ?? ''))).toContain('secrets'), {
      timeout: storyMsMax,
    });
    command.kill('SIGINT');
    command.kill('SIGINT');
    expect(await command.ended).toMatchObject({ code: 2, stdout: '' });
    expect(others()).toEqual([]);
  }, 30_000);

  test('a port that is taken is said in one sentence, with what to do', async () => {
    const taken = new URL(world.service.url).port;
    expect(await runCommand(['demo', '--port', taken])).toEqual({
      code: 2,
      stdout: '',
      stderr: `withhold: port ${taken} is in use; give another with --port, or none for any that is free\n`,
    });
    expect(others()).toEqual([]);
  });
});
