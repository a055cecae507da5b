import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { robotsTextOf } from './web.ts';

/** Hosts never asked about before, each with a registrable domain of its own. */
export const coldHosts = 3_000;

export const coldHostOf = (n: number): string => `www.cold-${n}.com`;

/** A local web server that answers every host with a robots.txt of the imagined web, at once. */
export async function startColdOrigin(): Promise<{ port: number; close(): void }> {
  const server = http.createServer((request, response) => {
    const n = Number(/cold-(\d+)\./.exec(request.headers.host ?? '')?.[1] ?? 0);
    const text = request.url === '/robots.txt' ? robotsTextOf(n) : null;
    response.writeHead(text === null ? 404 : 200, { 'content-type': 'text/plain' }).end(text ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

/** Milliseconds each question takes when `inFlight` are under way at any time. */
export async function timeEach(
  questions: readonly string[],
  inFlight: number,
  ask: (question: string) => Promise<void>,
): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const one = async () => {
    for (;;) {
      const question = questions[next++];
      if (question === undefined) return;
      const from = performance.now();
      await ask(question);
      times.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return times.sort((a, b) => a - b);
}
