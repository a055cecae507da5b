import { startChild } from './child.ts';

const rounds = 3;

/**
 * Reads the whole feed as a stream from a service in a process of its own.
 * @returns records a second, the median of a few rounds after one to warm up, and how many records there are.
 */
export async function measureFeed(folder: string): Promise<{ records: number; perSecond: number }> {
  const service = await startChild('./service.ts', [folder]);
  try {
    const rates: number[] = [];
    let records = 0;
    for (let round = 0; round <= rounds; round += 1) {
      const from = performance.now();
      records = await readFeed(service.origin);
      if (round > 0) rates.push(records / ((performance.now() - from) / 1_000));
    }
    rates.sort((a, b) => a - b);
    return { records, perSecond: rates[rates.length >> 1] ?? Number.NaN };
  } finally {
    await service.stop();
  }
}

/** @returns how many records there were before the line that ends a whole stream. */
async function readFeed(origin: string): Promise<number> {
  const response = await fetch(`${origin}/v1/records`, { headers: { Accept: 'application/x-ndjson' } });
  if (!response.ok || response.body === null) throw new Error(`the feed answers ${response.status}`);
  let lines = 0;
  let tail = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    for (const byte of chunk) if (byte === 10) lines += 1;
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4_000);
  }
  const last = tail.trimEnd().split('\n').at(-1) ?? '';
  if (!last.includes('"checkpoint"')) throw new Error('the feed broke off');
  return lines - 1;
}
