import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { DocumentEntry } from '../../src/net/document-outcome.ts';
import type { FetchRequest } from '../../src/net/fetching.ts';
import { gatherSite, redirectsFollowedMax, type SiteEntry } from '../../src/net/gather-site.ts';
import { type DocumentName, documentNames, siteDocuments } from '../../src/net/site-documents.ts';
import { type Handler, here, localNet } from './local-net.ts';
import { start } from './signals-rig.ts';

const { site, fetcher } = localNet();
const minute = 60_000;
const hour = 60 * minute;

type Pages = Record<string, Handler | string>;

const serve =
  (pages: Pages): Handler =>
  (request, response) => {
    const page = pages[request.url ?? ''];
    if (typeof page === 'function') page(request, response);
    else response.writeHead(page === undefined ? 404 : 200).end(page ?? 'nothing here');
  };
const status =
  (code: number, headers: Record<string, string> = {}, body = ''): Handler =>
  (_request, response) =>
    response.writeHead(code, headers).end(body);
const to = (location: string) => status(302, { location });

/** Gathers from a server of this machine; `others` are servers it may lead to. */
async function gather(
  pages: Pages,
  {
    previous = null,
    others = [],
    over = {},
    now = start,
  }: { previous?: SiteEntry | null; others?: number[]; over?: FetchRequest; now?: number } = {},
) {
  const server = await site(serve(pages));
  const client = fetcher({ allow: [server.port, ...others].map(here) });
  const early: SiteEntry[] = [];
  const entry = await gatherSite(
    {
      fetcher: { fetch: (url, request) => client.fetch(url, { ...request, ...over }) },
      now: () => now,
      knownRobots: async () => null,
    },
    `http://${here(server.port)}`,
    previous,
    (known) => early.push(known),
  );
  const documents = entry.documents as Record<DocumentName, DocumentEntry>;
  return { entry, documents, early, seen: server.seen, origin: `http://${here(server.port)}` };
}

const lines = 'User-Agent: *\nDisallow: /\n';

describe('what each answer means, for every file', () => {
  const answers: (readonly [string, Handler | string, Partial<DocumentEntry>])[] = [
    ['200', lines, { state: 'read', body: lines, status: 200, warnings: [] }],
    ['200, empty', '', { state: 'read', body: '', status: 200 }],
    ['206', status(206, {}, lines), { state: 'read', body: lines }],
    ...[300, 304, 400, 401, 403, 404, 405, 408, 410, 418, 451].map(
      (code) => [`${code}`, status(code), { state: 'absent', body: null, status: code }] as const,
    ),
    ...[429, 500, 502, 503, 504].map(
      (code) =>
        [
          `${code}`,
          status(code),
          { state: 'unreachable', status: code, failures: 1, expiresAt: start + hour },
        ] as const,
    ),
    [
      '503 with Retry-After',
      status(503, { 'retry-after': '1800' }),
      { state: 'unreachable', expiresAt: start + 30 * minute },
    ],
    [
      '200 for ten minutes',
      status(200, { 'cache-control': 'max-age=600' }, lines),
      { state: 'read', expiresAt: start + 10 * minute },
    ],
    [
      '200 for ever',
      status(200, { 'cache-control': 'max-age=99999999' }, lines),
      { state: 'read', expiresAt: start + 24 * hour },
    ],
    [
      'a web page with its type',
      status(200, { 'content-type': 'text/html' }, '<!doctype html><title>Welcome</title>'),
      { state: 'absent', body: null, warnings: ['html'], status: 200 },
    ],
    [
      'a web page as plain text',
      status(200, { 'content-type': 'text/plain' }, '\n <html><body>Not found</body></html>'),
      { state: 'absent', body: null, warnings: ['html'] },
    ],
    [
      'the file with the type of a web page',
      status(200, { 'content-type': 'text/html; charset=utf-8' }, lines),
      { state: 'read', body: lines, warnings: [] },
    ],
    [
      'the file as bytes of no type',
      status(200, { 'content-type': 'application/octet-stream' }, lines),
      { state: 'read', body: lines },
    ],
    [
      'gzip',
      (_request, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.from(lines))),
      { state: 'read', body: lines },
    ],
    [
      'gzip that is none',
      status(200, { 'content-encoding': 'gzip' }, 'plain'),
      { state: 'unreachable', failure: 'decode' },
    ],
    [
      'bytes that are not UTF-8',
      (_request, response) => response.end(Buffer.from([0x61, 0xff, 0x0a])),
      { state: 'read', body: 'a\ufffd\n', warnings: ['not-utf-8'] },
    ],
    [
      'a connection that breaks',
      (request) => void request.socket.destroy(),
      { state: 'unreachable', status: null, failure: 'connect' },
    ],
    ['a redirect without a target', status(302), { state: 'absent', status: 302 }],
    [
      'a redirect to itself',
      (request, response) => to(request.url ?? '')(request, response),
      { state: 'absent', warnings: ['too-many-redirects'] },
    ],
    ['a redirect to another scheme', to('ftp://example.com/'), { state: 'unreachable', failure: 'refused' }],
    ['a redirect to an address within', to('http://10.0.0.1/'), { state: 'unreachable', body: null }],
  ];

  test.each(answers)('%s', async (_name, page, expected) => {
    const pages = Object.fromEntries(
      documentNames.flatMap((name) => siteDocuments[name].paths.map((path) => [path, page])),
    );
    const { documents } = await gather(pages);
    for (const name of documentNames) expect(documents[name], name).toMatchObject(expected);
  });

  test('no answer at all is unreachable', async () => {
    const { documents, early } = await gather(
      { '/ai.txt': () => {}, '/robots.txt': lines.replace('/', '/x') },
      { over: { timeoutMs: 150 } },
    );
    expect(documents['ai.txt']).toMatchObject({ state: 'unreachable', failure: 'timeout' });
    expect(documents['trust.txt'].state).toBe('absent');
    expect(early).toMatchObject([{ robots: { state: 'read' }, documents: {} }]);
  });
});

describe('size', () => {
  test.each(['ai.txt', 'trust.txt'] as const)(
    '%s is read up to the last whole line that fits',
    async (name) => {
      const { bytesMax, paths } = siteDocuments[name];
      const line = 'Disallow: /0123456789\n';
      const { documents } = await gather({ [paths[0]]: line.repeat(bytesMax / 16) });
      expect(documents[name]).toMatchObject({ state: 'read', warnings: ['truncated'] });
      expect(documents[name].body).toBe(line.repeat(Math.floor(bytesMax / line.length)));
    },
  );

  test('of tdmrep.json a part would say something else, so it says nothing', async () => {
    const { bytesMax, paths } = siteDocuments.tdmrep;
    const fits = await gather({ [paths[0]]: ' '.repeat(bytesMax) });
    expect(fits.documents.tdmrep).toMatchObject({ state: 'read', warnings: [] });
    const { documents } = await gather({ [paths[0]]: `[${' '.repeat(bytesMax)}]` });
    expect(documents.tdmrep).toMatchObject({
      state: 'read',
      body: null,
      bodyAt: null,
      warnings: ['too-large'],
    });
  });
});

describe('redirects', () => {
  const chain = (hops: number): Pages =>
    Object.fromEntries([
      ...Array.from(
        { length: hops },
        (_none, n) => [n === 0 ? '/ai.txt' : `/hop-${n}`, to(`/hop-${n + 1}`)] as const,
      ),
      [`/hop-${hops}`, lines],
    ]);

  test('are followed within an origin, as far as they may', async () => {
    const near = await gather(chain(redirectsFollowedMax));
    expect(near.documents['ai.txt']).toMatchObject({
      state: 'read',
      body: lines,
      url: `${near.origin}/hop-5`,
    });
    expect(near.documents['ai.txt'].redirects).toHaveLength(5);
    const far = await gather(chain(redirectsFollowedMax + 1));
    expect(far.documents['ai.txt']).toMatchObject({ state: 'absent', warnings: ['too-many-redirects'] });
  });

  test('lead to another origin only as its own robots.txt allows', async () => {
    const open = await site(serve({ '/ai.txt': lines }));
    const closed = await site(
      serve({ '/robots.txt': 'User-agent: WithholdBot\nDisallow: /', '/ai.txt': lines }),
    );
    const down = await site(serve({ '/robots.txt': status(503), '/ai.txt': lines }));
    const others = [open.port, closed.port, down.port];
    const lead = async (port: number) => {
      const target = `http://${here(port)}/ai.txt`;
      const { documents, origin } = await gather(
        { '/ai.txt': to('/moved'), '/moved': to(target) },
        { others },
      );
      return { document: documents['ai.txt'], origin, target };
    };
    const { document, origin, target } = await lead(open.port);
    expect(document).toMatchObject({
      state: 'read',
      body: lines,
      url: target,
      redirects: [
        { status: 302, from: `${origin}/ai.txt`, to: `${origin}/moved` },
        { status: 302, from: `${origin}/moved`, to: target },
      ],
    });
    expect(open.seen).toEqual(['/robots.txt', '/ai.txt']);
    expect((await lead(closed.port)).document).toMatchObject({ state: 'disallowed', body: null });
    expect(closed.seen).toEqual(['/robots.txt']);
    expect((await lead(down.port)).document).toMatchObject({ state: 'unreachable', body: null });
    expect(down.seen).toEqual(['/robots.txt']);
  });

  test('to a path that robots.txt forbids are not followed', async () => {
    const { documents, seen } = await gather({
      '/robots.txt': 'User-agent: *\nDisallow: /secret',
      '/ai.txt': to('/secret/ai.txt'),
      '/secret/ai.txt': lines,
    });
    expect(documents['ai.txt']).toMatchObject({ state: 'disallowed', body: null });
    expect(seen).not.toContain('/secret/ai.txt');
  });

  test('over ever more origins end', async () => {
    const last = await site(serve({ '/ai.txt': lines }));
    const leading = async (port: number) =>
      (await site(serve({ '/ai.txt': to(`http://${here(port)}/ai.txt`) }))).port;
    const third = await leading(last.port);
    const second = await leading(third);
    const { documents } = await gather(
      { '/ai.txt': to(`http://${here(second)}/ai.txt`) },
      { others: [last.port, third, second] },
    );
    expect(documents['ai.txt']).toMatchObject({ state: 'absent', warnings: ['too-many-redirects'] });
    expect(last.seen).toEqual([]);
  });
});

describe('robots.txt is obeyed for everything but itself', () => {
  test.each([
    ['User-agent: *\nDisallow: /', ['disallowed', 'disallowed', 'disallowed']],
    ['User-agent: WithholdBot\nDisallow: /', ['disallowed', 'disallowed', 'disallowed']],
    ['User-agent: GPTBot\nDisallow: /', ['read', 'read', 'read']],
    ['User-agent: *\nDisallow: /\nAllow: /.well-known/', ['read', 'disallowed', 'read']],
    ['User-agent: *\nDisallow: /ai.txt$', ['read', 'disallowed', 'read']],
    ['User-agent: *\nDisallow: /\n\nUser-agent: withholdbot\nDisallow: /trust', ['read', 'read', 'read']],
  ])('%j', async (robots, states) => {
    const there = Object.fromEntries(
      documentNames.flatMap((name) => siteDocuments[name].paths.map((path) => [path, 'x=1'])),
    );
    const { documents, seen } = await gather({ ...there, '/robots.txt': robots });
    expect(documentNames.map((name) => documents[name].state)).toEqual(states);
    for (const name of documentNames) {
      if (documents[name].state === 'disallowed') expect(seen).not.toContain(siteDocuments[name].paths[0]);
    }
  });

  test('one that cannot be read forbids all, until it can', async () => {
    const { entry, documents, seen } = await gather({ '/robots.txt': status(500), '/ai.txt': lines });
    for (const name of documentNames) {
      expect(documents[name]).toMatchObject({
        state: 'unreachable',
        status: null,
        expiresAt: entry.robots.expiresAt,
      });
    }
    expect(seen).toEqual(['/robots.txt']);
  });
});

describe('trust.txt has two places', () => {
  const [first, second] = siteDocuments['trust.txt'].paths;
  const said = 'datatrainingallowed=no\n';
  test.each<[string, Pages, Partial<DocumentEntry>, number]>([
    ['the first', { [first]: said, [second]: 'x' }, { state: 'read', body: said }, 1],
    ['the second, where the first is not there', { [second]: said }, { state: 'read', body: said }, 2],
    [
      'the second, where the first is a web page',
      { [first]: '<html>', [second]: said },
      { state: 'read', body: said },
      2,
    ],
    ['neither', {}, { state: 'absent', warnings: [] }, 2],
    ['neither, one of them a web page', { [first]: '<html>' }, { state: 'absent', warnings: ['html'] }, 2],
    ['nobody knows', { [first]: status(503), [second]: said }, { state: 'unreachable' }, 1],
    ['the second is down', { [second]: status(503) }, { state: 'unreachable' }, 2],
    [
      'the first is forbidden and the second not there',
      { '/robots.txt': 'User-agent: *\nDisallow: /trust.txt' },
      { state: 'disallowed' },
      1,
    ],
  ])('%s', async (_name, pages, expected, requests) => {
    const { documents, seen } = await gather(pages);
    expect(documents['trust.txt']).toMatchObject(expected);
    expect(seen.filter((path) => path.endsWith('trust.txt'))).toHaveLength(requests);
  });
});
