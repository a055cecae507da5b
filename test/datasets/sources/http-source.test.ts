import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { gathered, joinedRanges } from '../../../src/datasets/sources/byte-source.ts';
import { openHttpSource } from '../../../src/datasets/sources/http-source.ts';
import type { SourceDeps } from '../../../src/datasets/sources/requests.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));

let server: Server | undefined;
let requests: IncomingMessage[] = [];
let slept: number[] = [];
const deps: SourceDeps = { fetch, env: {}, sleep: async (ms) => void slept.push(ms) };

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  requests = [];
  slept = [];
});

/** A server that answers as told; without telling, as a good one. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, number: number) => void = good,
) {
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.parquet`;
}

function good(request: IncomingMessage, response: ServerResponse): void {
  range(request, response, content, { etag: '"one"' });
}

function range(
  request: IncomingMessage,
  response: ServerResponse,
  whole: Buffer,
  headers: Record<string, string>,
): void {
  const [, start, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (Number(start) >= whole.length) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${whole.length}` }).end();
    return;
  }
  const part = whole.subarray(Number(start), Number(last) + 1);
  response.writeHead(206, {
    ...headers,
    'content-range': `bytes ${start}-${Number(start) + part.length - 1}/${whole.length}`,
  });
  response.end(part);
}

describe('a file behind HTTP', () => {
  test('is read in parts, held to the first tag', async () => {
    const source = await openHttpSource(deps, await serve());
    expect(source).toMatchObject({ size: content.length, version: '"one"' });
    expect(content.subarray(10, 20).equals(await source.read(10, 20))).toBe(true);
    expect(content.equals(await source.read(0, content.length))).toBe(true);
    expect((await source.read(5, 5)).length).toBe(0);
    expect(
      requests.map(({ headers }) => [headers.range, headers['if-match'], headers['accept-encoding']]),
    ).toEqual([
      ['bytes=0-0', undefined, 'identity'],
      ['bytes=10-19', '"one"', 'identity'],
      [`bytes=0-${content.length - 1}`, '"one"', 'identity'],
    ]);
  });

  test('that is long is read in several requests at once', async () => {
    const long = Buffer.alloc(20 * 1024 * 1024, 'withhold');
    const source = await openHttpSource(
      deps,
      await serve((request, response) => range(request, response, long, { etag: '"l"' })),
    );
    expect(long.subarray(1).equals(await source.read(1, long.length))).toBe(true);
    expect(requests.length).toBe(4);
  });

  test('that is empty has no bytes', async () => {
    const source = await openHttpSource(
      deps,
      await serve((request, response) => range(request, response, Buffer.alloc(0), {})),
    );
    expect(source.size).toBe(0);
  });

  test.each([
    ['another strong tag', { etag: '"two"' }],
    ['another weak tag', { etag: 'W/"two"' }],
    ['no tag any more', {}],
  ])('that has %s has changed', async (_name, headers) => {
    const source = await openHttpSource(
      deps,
      await serve((request, response, number) =>
        range(request, response, content, number === 1 ? { etag: 'W/"one"' } : headers),
      ),
    );
    await expect(source.read(0, 9)).rejects.toMatchObject({
      code: 'conflict',
      message: 'has changed while it was read',
    });
    expect(requests[1]?.headers['if-match']).toBeUndefined();
  });

  test.each([
    ['412', (response: ServerResponse) => response.writeHead(412).end(), 'has changed while it was read'],
    [
      '416',
      (response: ServerResponse) => response.writeHead(416).end(),
      'has become shorter while it was read',
    ],
    ['404', (response: ServerResponse) => response.writeHead(404).end(), 'is not there (404)'],
  ])('that answers %s later on is told as it is', async (_name, answer, words) => {
    const source = await openHttpSource(
      deps,
      await serve((request, response, number) => (number === 1 ? good(request, response) : answer(response))),
    );
    await expect(source.read(0, 9)).rejects.toThrow(words);
  });

  test('of another size under the same tag has changed', async () => {
    const source = await openHttpSource(
      deps,
      await serve((request, response, number) =>
        range(request, response, content.subarray(number), { etag: '"one"' }),
      ),
    );
    await expect(source.read(0, 9)).rejects.toThrow('has changed while it was read');
  });

  test.each([
    [403, 'may not be read (403)'],
    [404, 'is not there (404)'],
    [200, 'its server knows no ranges'],
    [410, 'the server answers 410'],
  ])('that answers %d at once is refused', async (status, words) => {
    await expect(
      openHttpSource(deps, await serve((_request, response) => response.writeHead(status).end('x'))),
    ).rejects.toThrow(words);
    expect(slept).toEqual([]);
  });

  test('that answers with another part than asked for is refused', async () => {
    const address = await serve((request, response, number) => {
      if (number === 1) good(request, response);
      else
        response
          .writeHead(206, { etag: '"one"', 'content-range': `bytes 1-9/${content.length}` })
          .end(content.subarray(1, 10));
    });
    await expect((await openHttpSource(deps, address)).read(0, 9)).rejects.toThrow('knows no ranges');
  });

  test('that answers with more than asked for is refused', async () => {
    const address = await serve((request, response, number) => {
      if (number === 1) good(request, response);
      else
        response
          .writeHead(206, { etag: '"one"', 'content-range': `bytes 0-8/${content.length}` })
          .end(content);
    });
    await expect((await openHttpSource(deps, address)).read(0, 9)).rejects.toThrow(
      'more than it was asked for',
    );
  });

  test('is not read over http from elsewhere', async () => {
    await expect(openHttpSource(deps, 'http://data.example/x.parquet')).rejects.toThrow(
      'is not read over plain http',
    );
  });
});

describe('a server that fails', () => {
  test('is asked again after longer and longer waits, until it answers', async () => {
    const faults: ((response: ServerResponse) => void)[] = [
      (response) => response.writeHead(503).end(),
      (response) => response.writeHead(429, { 'retry-after': '7' }).end(),
      (response) => response.destroy(),
      (response) => {
        response.writeHead(206, {
          etag: '"one"',
          'content-range': `bytes 0-8/${content.length}`,
          'content-length': '9',
        });
        response.write('1234', () => response.destroy());
      },
    ];
    const address = await serve((request, response, number) => {
      if (number === 1 || number > 5) good(request, response);
      else faults[number - 2]?.(response);
    });
    const source = await openHttpSource(deps, address);
    expect(content.subarray(0, 9).equals(await source.read(0, 9))).toBe(true);
    expect(slept).toEqual([250, 7_000, 1_000, 2_000]);
  });

  test('for good is given up with its last words', async () => {
    const address = await serve((_request, response) => response.writeHead(500).end());
    await expect(openHttpSource(deps, address)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'cannot be read: the server answers 500, 6 times',
    });
    expect(slept).toEqual([250, 500, 1_000, 2_000, 4_000]);
  });

  test('by not being there is given up too', async () => {
    const address = await serve();
    await new Promise((resolve) => server?.close(resolve));
    await expect(openHttpSource(deps, address)).rejects.toThrow('no answer (ECONNREFUSED)');
  });
});

test('ranges that lie close together are read in one request', async () => {
  expect(
    joinedRanges([
      { start: 9_000_000, end: 9_000_010 },
      { start: 500, end: 900 },
      { start: 0, end: 100 },
    ]),
  ).toEqual([
    { start: 0, end: 900 },
    { start: 9_000_000, end: 9_000_010 },
  ]);
  const source = await openHttpSource(deps, await serve());
  const near = gathered(
    source,
    [
      { start: 10, end: 50 },
      { start: 200, end: 300 },
    ],
    1_000,
  );
  for (const [start, end] of [
    [10, 20],
    [200, 300],
    [40, 50],
  ] as const) {
    expect(content.subarray(start, end).equals(await near.read(start, end))).toBe(true);
  }
  expect(content.subarray(250, 400).equals(await near.read(250, 400))).toBe(true);
  expect(requests.map(({ headers }) => headers.range)).toEqual([
    'bytes=0-0',
    'bytes=10-299',
    'bytes=250-399',
  ]);
  expect(gathered(source, [{ start: 0, end: 2_000 }], 1_000)).toBe(source);
});
