import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { createFetcher } from '../../src/net/fetcher-node.ts';
import type { Fetcher, Resolver } from '../../src/net/fetching.ts';

/** What one path answers; `broken` ends the connection, `page` is a front page in place of the file. */
export type Answer =
  | { status: number; body: string; headers: Record<string, string> }
  | 'broken'
  | { redirect: string; status: number };
export type RandomSite = Record<string, Answer>;

export const hostOf = (at: number) => `site-${at}.test`;
const sitesMax = 8;
const paths = [
  '/robots.txt',
  '/.well-known/tdmrep.json',
  '/ai.txt',
  '/trust.txt',
  '/.well-known/trust.txt',
  '/license.xml',
];

const robotsLine = fc.oneof(
  fc.constantFrom(
    'User-agent: *',
    'User-agent: GPTBot',
    'User-agent: WithholdBot',
    'User-agent: Google-Extended',
  ),
  fc.constantFrom('User-agent: ClaudeBot', 'User-agent: __usage_ai-training', 'User-agent: CCBot', ''),
  fc.constantFrom(
    'Disallow: /',
    'Disallow: /art/',
    'Allow: /',
    'Allow: /art/*.jpg$',
    'Disallow:',
    'Disallow: /*.json',
  ),
  fc.constantFrom(
    'Content-Usage: train-ai=n',
    'Content-Usage: /art/ train-ai=y, search=n',
    'Content-Usage: ai-use=no',
  ),
  fc.constantFrom('Content-Signal: search=yes, ai-train=no', 'Content-Signal: ai-input=no,use=reference'),
  fc.constantFrom('Disalow: /', 'Crawl-delay: 3', '# nothing', '<!doctype html>', 'Sitemap: /s.xml'),
  fc.nat(sitesMax - 1).map((at) => `License: http://${hostOf(at)}:PORT/license.xml`),
);
const robotsText = fc.array(robotsLine, { maxLength: 12 }).map((lines) => lines.join('\n'));
const texts: Record<string, fc.Arbitrary<string>> = {
  '/robots.txt': fc.oneof(
    { weight: 8, arbitrary: robotsText },
    { weight: 1, arbitrary: robotsText.map((text) => `${text}\n${'# long\n'.repeat(80_000)}Disallow: /`) },
  ),
  '/.well-known/tdmrep.json': fc.constantFrom(
    '[{"location": "/", "tdm-reservation": 1}]',
    '[{"location": "/art/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]',
    '{"location": "/", "tdm-reservation": 1}',
    '[{"location": "/music/"',
  ),
  '/ai.txt': fc.constantFrom(
    'User-Agent: *\nDisallow: *.jpg',
    'User-Agent: *\nDisallow: /\nAllow: *.png',
    'hello',
  ),
  '/trust.txt': fc.constantFrom(
    'datatrainingallowed=no',
    'datatrainingallowed=yes',
    'datatrainingallowed=maybe',
  ),
  '/.well-known/trust.txt': fc.constantFrom('datatrainingallowed=no', 'member=https://example.org/'),
  '/license.xml': fc.constantFrom(
    '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><prohibits type="usage">ai-all</prohibits></license></content></rsl>',
    '<rsl xmlns="https://rslstandard.org/rsl"><content url="/art/"><license><permits type="usage">search</permits></license></content></rsl>',
    '<rsl',
  ),
};

const headers = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { 'Cache-Control': 'max-age=600' },
  { 'Content-Type': 'text/html' },
  { 'Retry-After': '1800' },
);

function answers(path: string): fc.Arbitrary<Answer> {
  const served = fc.record({
    status: fc.constant(200),
    body: texts[path] ?? fc.constant(''),
    headers,
  });
  const refused = fc.record({
    status: fc.constantFrom(403, 404, 410, 429, 500, 503),
    body: fc.constantFrom('', 'no'),
    headers,
  });
  const redirect = fc.record({
    status: fc.constantFrom(301, 302, 308),
    redirect: fc.oneof(
      fc.nat(sitesMax - 1).map((at) => `http://${hostOf(at)}:PORT${path}`),
      fc.constantFrom('/elsewhere', path, 'ftp://site-1.test/', 'http://', 'https://site-1.test/'),
    ),
  });
  const page = fc.constant({ status: 200, body: '<!doctype html><p>home', headers: {} });
  return fc.oneof(
    { weight: 6, arbitrary: served },
    { weight: 3, arbitrary: refused },
    { weight: 2, arbitrary: redirect },
    { weight: 1, arbitrary: page },
    { weight: 1, arbitrary: fc.constant('broken' as const) },
  );
}

const site = fc.record(Object.fromEntries(paths.map((path) => [path, answers(path)])), { requiredKeys: [] });
export const randomSites: fc.Arbitrary<RandomSite[]> = fc.array(site as fc.Arbitrary<RandomSite>, {
  minLength: 1,
  maxLength: sitesMax,
});

/** The sites on one port of this machine, told apart by name. */
export async function serveSites(list: () => readonly RandomSite[]) {
  const busy = new Map<string, number>();
  const seen: string[] = [];
  let together = 0;
  const server = createServer((request, response) => {
    const host = (request.headers.host ?? '').split(':')[0] ?? '';
    seen.push(`${host}${request.url}`);
    const open = (busy.get(host) ?? 0) + 1;
    busy.set(host, open);
    together = Math.max(together, open);
    response.once('close', () => busy.set(host, (busy.get(host) ?? 1) - 1));
    answer(list()[Number(/^site-(\d+)\./.exec(host)?.[1])]?.[request.url ?? ''], request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;

  function answer(said: Answer | undefined, request: IncomingMessage, response: ServerResponse): void {
    const here = (text: string) => text.replaceAll('PORT', `${port}`);
    if (said === undefined) response.writeHead(404).end('not here');
    else if (said === 'broken') request.socket.destroy();
    else if ('redirect' in said) response.writeHead(said.status, { Location: here(said.redirect) }).end();
    else response.writeHead(said.status, said.headers).end(here(said.body));
  }

  const resolver: Resolver = {
    resolve: async (name) => (name.startsWith('site-') ? ['127.0.0.1'] : []),
    resolveTxt: async () => [],
  };
  const allow = [
    `127.0.0.1:${port}`,
    ...Array.from({ length: sitesMax }, (_none, at) => `${hostOf(at)}:${port}`),
  ];
  return {
    port,
    resolver,
    seen,
    /** The most requests one host was answering at once. */
    together: () => together,
    forget() {
      together = 0;
      seen.length = 0;
    },
    fetcher: (keepMs?: number): Fetcher =>
      createFetcher({
        userAgent: 'WithholdBot/1 (+test)',
        resolver,
        allow,
        ...(keepMs === undefined ? {} : { keepMs }),
      }),
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
