import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { headersBytesMax } from '../../src/net/fetching.ts';
import { localNet, text } from './local-net.ts';

const { site, raw, get } = localNet();

describe('bodies', () => {
  const page = 'User-agent: *\nDisallow: /\n'.repeat(50);

  test.each([
    ['gzip', gzipSync(page)],
    ['x-gzip', gzipSync(page)],
    ['GZIP', gzipSync(page)],
    ['deflate', deflateSync(page)],
    ['deflate', deflateRawSync(page)],
    ['br', brotliCompressSync(page)],
    ['identity', Buffer.from(page)],
    ['', Buffer.from(page)],
  ])('content coding %j is undone', async (coding, packed) => {
    const { port } = await site((_request, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(packed),
    );
    expect(text(await get(port))).toBe(page);
  });

  test.each(['gzip, gzip', 'zstd', 'constructor', '__proto__', 'compress'])(
    'content coding %j is refused',
    async (coding) => {
      const { port } = await site((_request, response) =>
        response.writeHead(200, { 'content-encoding': coding }).end(gzipSync(page)),
      );
      expect(await get(port)).toMatchObject({ ok: false, kind: 'decode' });
    },
  );

  test.each([
    ['gzip', Buffer.from('this is not gzip at all')],
    ['gzip', gzipSync(page).subarray(0, 40)],
    ['br', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['deflate', Buffer.from([0x78, 0x9c, 0xff, 0xff])],
  ])('a broken %s body is said to be broken', async (coding, packed) => {
    const { port } = await site((_request, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(packed),
    );
    expect(await get(port)).toMatchObject({ ok: false, kind: 'decode' });
  });

  test('an empty body with a content coding is an empty body', async () => {
    const { port } = await site((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(),
    );
    expect(await get(port)).toMatchObject({ ok: true, body: new Uint8Array(), truncated: false });
  });

  test.each([
    [9, 'exactly-10', true],
    [10, 'exactly-10', false],
    [11, 'exactly-10', false],
    [0, 'exactly-10', true],
  ])('a cap of %i bytes on %j', async (maxBytes, body, truncated) => {
    const { port } = await site((_request, response) => response.end(body));
    const result = await get(port, { maxBytes });
    expect(result).toMatchObject({ ok: true, truncated });
    expect(text(result)).toBe(body.slice(0, maxBytes));
  });

  const bomb = Buffer.alloc(64 * 1024 * 1024);
  test.each([
    ['gzip', gzipSync(bomb)],
    ['br', brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
    ['deflate', deflateSync(bomb)],
  ])('a %s bomb is cut at the cap', async (coding, packed) => {
    expect(packed.length).toBeLessThan(100_000);
    const { port } = await site((_request, response) =>
      response.writeHead(200, { 'content-encoding': coding }).end(packed),
    );
    const result = await get(port, { maxBytes: 100_000 });
    expect(result).toMatchObject({ ok: true, truncated: true });
    expect(result.ok && result.body.length).toBe(100_000);
  });

  test('a compressed body that never unpacks to anything is ended', async () => {
    // Ten bytes of gzip header, then empty stored blocks without end.
    const blocks = Buffer.alloc(5 * 10_000);
    for (let i = 0; i < blocks.length; i += 5) blocks.set([0, 0, 0, 0xff, 0xff], i);
    const { port } = await site((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.write(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]));
      const more = (): void => {
        while (response.writable && response.write(blocks));
        if (response.writable) response.once('drain', more);
      };
      more();
    });
    expect(await get(port, { maxBytes: 1_000 })).toMatchObject({ ok: false, kind: 'decode' });
  });

  test('an endless body is cut, and the connection closed', async () => {
    const closed = Promise.withResolvers<void>();
    const { port } = await site((_request, response) => {
      response.on('close', () => closed.resolve());
      endless().pipe(response);
    });
    const result = await get(port, { maxBytes: 200_000 });
    expect(result).toMatchObject({ ok: true, truncated: true });
    await closed.promise;
  });
});

describe('servers that misbehave', () => {
  test.each<[string, (socket: Socket) => void]>([
    ['accepts and says nothing', () => {}],
    ['drips its headers', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\n')],
    ['drips its body', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')],
    [
      'promises more than it sends and stays',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'),
    ],
    ['sends early hints for ever', (socket) => drip(socket, '', 'HTTP/1.1 103 Early Hints\r\n\r\n')],
  ])('%s: the deadline ends it', async (_name, behave) => {
    const { port } = await raw(behave);
    expect(await get(port, { timeoutMs: 60 })).toMatchObject({ ok: false, kind: 'timeout' });
  });

  test('a redirect each just within the deadline does not extend it', async () => {
    const { port } = await site((request, response) => {
      setTimeout(() => response.writeHead(302, { location: `${request.url}x` }).end(), 25);
    });
    expect(await get(port, { timeoutMs: 60, maxRedirects: 100 })).toMatchObject({
      ok: false,
      kind: 'timeout',
    });
  });

  test('fewer bytes than promised', async () => {
    const { port } = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'));
    expect(await get(port)).toMatchObject({ ok: false, kind: 'connect' });
  });

  test('fewer compressed bytes than promised', async () => {
    const packed = gzipSync('x'.repeat(1000)).subarray(0, 15);
    const { port } = await raw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 900\r\n\r\n');
      socket.end(packed);
    });
    expect(await get(port)).toMatchObject({ ok: false, kind: 'connect' });
  });

  test('more bytes than promised: the promise counts', async () => {
    const { port } = await raw((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdefgh'),
    );
    expect(text(await get(port))).toBe('abc');
  });

  test('an answer inside the excess is not another answer', async () => {
    const { port } = await raw((socket) =>
      socket.end(
        'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcHTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n',
      ),
    );
    expect(await get(port)).toMatchObject({ ok: true, status: 200 });
  });

  test.each([
    ['one long header', `x: ${'a'.repeat(headersBytesMax)}\r\n`],
    ['very many headers', 'x: a\r\n'.repeat(headersBytesMax)],
  ])('headers beyond the cap: %s', async (_name, lines) => {
    const { port } = await raw((socket) => socket.end(`HTTP/1.1 200 OK\r\n${lines}\r\nbody`));
    expect(await get(port)).toMatchObject({ ok: false, kind: 'protocol' });
  });

  test('thousands of headers within the cap all arrive', async () => {
    const { port } = await raw((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\n${'x: a\r\n'.repeat(4_000)}y: last\r\n\r\n`),
    );
    const result = await get(port);
    expect(result.ok && result.headers.x?.length).toBe(4_000);
    expect(result.ok && result.headers.y).toEqual(['last']);
  });

  test.each([
    ['not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabcd'],
    [
      'a length beside chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a broken chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n'],
    ['a bare line feed in a header', 'HTTP/1.1 200 OK\nx: y\n\n'],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ])('%s is a fault of the protocol', async (_name, bytes) => {
    const { port } = await raw((socket) => socket.once('data', () => socket.end(bytes)));
    expect(await get(port)).toMatchObject({ ok: false, kind: 'protocol' });
  });

  test.each([
    ['before an answer', ''],
    ['inside the headers', 'HTTP/1.1 200 OK\r\nx: '],
    ['inside the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
  ])('a reset %s', async (_name, bytes) => {
    const { port } = await raw((socket) => {
      socket.once('data', () => socket.write(bytes, () => socket.resetAndDestroy()));
    });
    expect(await get(port)).toMatchObject({ ok: false, kind: 'connect' });
  });

  test('a port where nobody listens', async () => {
    const gone = createTcpServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as { port: number };
    await new Promise((resolve) => gone.close(resolve));
    expect(await get(port)).toMatchObject({
      ok: false,
      kind: 'connect',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

/** Sends a head, then a byte now and then until the other side goes away. */
function drip(socket: Socket, head: string, piece = 'x'): void {
  socket.write(head);
  const timer = setInterval(() => socket.write(piece), 5);
  socket.on('close', () => clearInterval(timer));
}

function endless(): Readable {
  const block = Buffer.alloc(65_536);
  return new Readable({
    read() {
      this.push(block);
    },
  });
}
