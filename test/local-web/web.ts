import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { createFetcher } from '../../src/net/fetcher-node.ts';
import type { Fetcher, Resolver } from '../../src/net/fetching.ts';
import { askedPath, pictures, type Served, type Site, sites } from './sites.ts';

/** All sites on one port of this machine, told apart by their Host header, as the guarded fetcher sees them. */
export interface LocalWeb {
  /** What the service is asked about: `http://gptbot.test:34567/art/heron.jpg`. */
  urlOf(site: Site): string;
  /** Text in which this run's port is taken out again. */
  withoutPort(text: string): string;
  /** The real fetcher of the service; of its guard only these sites are excepted. */
  fetcher: Fetcher;
  resolver: Resolver;
  close(): Promise<void>;
}

export async function serveLocalWeb(userAgent: string): Promise<LocalWeb> {
  const byHost = new Map(sites.map((site) => [`${site.name}.test`, site]));
  const server = createServer(async (request, response) => {
    const [host = ''] = (request.headers.host ?? '').split(':');
    const site = byHost.get(host);
    const path = request.url ?? '/';
    const served = site?.files[path];
    if (site === undefined || (served === undefined && path !== askedPath)) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not here');
      return;
    }
    const picture = path === askedPath ? await pictureOf(site) : null;
    if (picture !== null) {
      response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(picture);
      return;
    }
    answer(response, served ?? {}, port);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const resolver: Resolver = { resolve: async () => ['127.0.0.1'], resolveTxt: async () => [] };
  const allow = [`127.0.0.1:${port}`, ...[...byHost.keys()].map((host) => `${host}:${port}`)];
  const fetcher = createFetcher({ userAgent, resolver, allow });
  return {
    urlOf: ({ name }) => `http://${name}.test:${port}${askedPath}`,
    withoutPort: (text) => text.replaceAll(`.test:${port}`, '.test'),
    fetcher,
    resolver,
    async close() {
      await fetcher.close();
      await new Promise<void>((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      });
    },
  };
}

function answer(
  response: ServerResponse,
  { status = 200, headers = [['Content-Type', 'text/plain']], body = '' }: Served,
  port: number,
): void {
  const here = (text: string) => text.replaceAll('.test/', `.test:${port}/`);
  response.writeHead(
    status,
    headers.flatMap(([name, value]) => [name, name === 'Location' ? here(value) : value]),
  );
  response.end(here(body));
}

/** The picture a site answers with, when what it says is in the file. */
async function pictureOf({ name }: Site): Promise<Buffer | null> {
  if (name === 'cawg') return readFile(new URL('../vectors/pictures/cawg.jpg', import.meta.url));
  const packet = pictures[name];
  if (packet === undefined) return null;
  return sharp({ create: { width: 96, height: 96, channels: 3, background: '#336' } })
    .jpeg()
    .withXmp(packet)
    .toBuffer();
}
