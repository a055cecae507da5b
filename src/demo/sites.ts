import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fetcher, Resolver } from '../net/fetching.ts';
import { homes, shops } from './cast.ts';

/** The newspaper of the story: it lets search engines read everything, and two training crawlers not its archive. */
const pressRobots = `# robots.txt of press.example
# Questions: robots@press.example

User-agent: *
Disallow: /account/
Disallow: /search

# The archive is licensed. Ask us before you train on it.
User-agent: GPTBot
User-agent: CCBot
Disallow: /archive/
`;

/** Robots.txt files as they are found on the web; null is a site without one. */
const usualRobots: readonly (string | null)[] = [
  null,
  'User-agent: *\nDisallow: /private/\nDisallow: /search\n',
  'User-agent: GPTBot\nUser-agent: CCBot\nUser-agent: ClaudeBot\nDisallow: /\n\nUser-agent: *\nDisallow:\n',
  'User-agent: *\nDisallow: /cgi-bin/\n\nUser-agent: GPTBot\nDisallow: /images/\nDisallow: /gallery/\n',
  'User-agent: CCBot\nDisallow: /\n',
  '# Nobody, please.\nUser-agent: *\nDisallow: /\n',
];

const tempers = ['amber', 'brisk', 'clear', 'dusty', 'early', 'fabled'];
const trades = ['news', 'recipes', 'maps', 'forum', 'tools'];

/** Sites of people who have registered nothing. */
export const strangers = tempers.flatMap((temper) => trades.map((trade) => `${temper}-${trade}.example`));

/** Names that exist in old datasets and nowhere else any more. */
export const goneHosts = ['gone.example', 'lost.example', 'moved.example'];

const galleries = ['gallery.example', 'shop.gallery.example', 'img.gallery.example'];

/** Every host the web server plays, with its robots.txt. */
export const playedRobots: ReadonlyMap<string, string | null> = new Map([
  ['press.example', pressRobots],
  ['open.example', null],
  ['fair.example', 'User-agent: *\nDisallow: /visitors/\n'],
  ...galleries.map((host) => [host, 'User-agent: *\nAllow: /\n'] as const),
  ...homes.flatMap((host) => [[host, null] as const, [`img.${host}`, null] as const]),
  ...shops.map((host) => [host, 'User-agent: *\nDisallow: /checkout/\n'] as const),
  ...strangers.map((host, index) => [host, usualRobots[index % usualRobots.length] ?? null] as const),
]);

export interface Sites {
  port: number;
  /** Knows the names of the demo and no other, so nothing is ever asked of the network. */
  resolver: Resolver;
  /** What the outbound guard has to let through. */
  allow: string[];
  /** Leads http and https URLs of the played hosts to the web server, over real HTTP; others pass as they are. */
  route(fetcher: Fetcher): Fetcher;
  /** Publishes a TXT record. */
  publish(name: string, value: string): void;
  /** How often the robots.txt of each host was fetched. */
  robotsRead: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Starts one web server on this machine that plays all sites of the demo, each by its Host header. */
export async function startSites(): Promise<Sites> {
  const robotsRead = new Map<string, number>();
  const txt = new Map<string, string>();
  const server = createServer((request, response) => {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const robots = request.url === '/robots.txt' ? playedRobots.get(host) : undefined;
    if (request.url === '/robots.txt') robotsRead.set(host, (robotsRead.get(host) ?? 0) + 1);
    const [status, body] = typeof robots === 'string' ? [200, robots] : [404, 'There is nothing here.\n'];
    response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    resolver: {
      resolve: async (host) => (playedRobots.has(host) ? ['127.0.0.1'] : []),
      async resolveTxt(name) {
        const value = txt.get(name);
        return value === undefined ? [] : [[value]];
      },
    },
    allow: ['127.0.0.1', ...playedRobots.keys()].map((host) => `${host}:${port}`),
    route: (fetcher) => routed(fetcher, port),
    publish: (name, value) => void txt.set(name, value),
    robotsRead,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * The ports of the web belong to others on this machine, and nobody gives out certificates for `.example`. So the
 * last step to a played host is plain HTTP at the server's own port, and the answer bears the URL that was asked.
 */
function routed(fetcher: Fetcher, port: number): Fetcher {
  return {
    async fetch(url, request) {
      const asked = URL.parse(url);
      if (asked === null || asked.port !== '' || !playedRobots.has(asked.hostname)) {
        return fetcher.fetch(url, request);
      }
      const result = await fetcher.fetch(
        `http://${asked.hostname}:${port}${asked.pathname}${asked.search}`,
        request,
      );
      return result.ok ? { ...result, url } : result;
    },
    close: () => fetcher.close(),
  };
}
