import autocannon, { type Request } from 'autocannon';

/** One load, run in a process of its own so that it does not share the thread of what it measures. */
export interface LoadOrder {
  origin: string;
  /** Asked in turn, a share of them over each connection; at least as many as connections. */
  paths: readonly string[];
  connections: number;
  seconds: number;
}

export interface LoadResult {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  requests: number;
  /** Answers that were not 2xx, broken connections, timeouts. */
  failed: number;
}

async function load({ origin, paths, connections, seconds }: LoadOrder): Promise<LoadResult> {
  const requests: Request[] = paths.map((path) => ({ method: 'GET', path }));
  const share = requests.length / connections;
  let clients = 0;
  const times: number[] = [];
  const running = autocannon({
    url: origin,
    connections,
    duration: seconds,
    setupClient(client) {
      client.setRequests(requests.slice(Math.floor(clients * share), Math.floor((clients + 1) * share)));
      clients += 1;
    },
  });
  // autocannon's own histogram counts whole milliseconds, which is longer than most answers take.
  running.on('response', (_client, _status, _bytes, ms) => times.push(ms));
  const result = await running;
  times.sort((a, b) => a - b);
  return {
    perSecond: times.length / result.duration,
    p50Ms: times[Math.floor(times.length * 0.5)] ?? Number.NaN,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? Number.NaN,
    requests: times.length,
    failed: result.non2xx + result.errors + result.timeouts,
  };
}

process.once('message', async (order: LoadOrder) => {
  process.send?.(await load(order));
  process.disconnect();
});
