import { describe, expect, test } from 'vitest';
import { here, localNet, text, userAgent } from './local-net.ts';

const { site, fetcher, get } = localNet();

describe('an ordinary fetch', () => {
  test('brings status, headers line by line, body, place and address', async () => {
    const { port, seen } = await site((_request, response) => {
      response.writeHead(200, [
        ['Content-Type', 'text/plain'],
        ['X-Robots-Tag', 'noai'],
        ['X-Robots-Tag', 'otherbot: noindex'],
        ['__proto__', 'a name like any other'],
      ] as unknown as string[]);
      response.end('User-agent: *\n');
    });
    const result = await get(port, {}, '/robots.txt?a=b#c');
    expect(result).toMatchObject({
      ok: true,
      status: 200,
      truncated: false,
      url: `http://127.0.0.1:${port}/robots.txt?a=b`,
      redirects: [],
      address: '127.0.0.1',
    });
    expect(text(result)).toBe('User-agent: *\n');
    expect(result.ok && result.headers['x-robots-tag']).toEqual(['noai', 'otherbot: noindex']);
    expect(result.ok && Object.entries(result.headers)).toContainEqual([
      '__proto__',
      ['a name like any other'],
    ]);
    expect(seen).toEqual(['/robots.txt?a=b']);
  });

  test('says who it is and nothing about anybody else', async () => {
    const server = await site((_request, response) => {
      response.setHeader('set-cookie', 'a=b');
      response.end();
    });
    const client = fetcher({ allow: [here(server.port)] });
    await client.fetch(`http://${here(server.port)}/`, { accept: 'text/plain' });
    await client.fetch(`http://${here(server.port)}/again`, { accept: 'text/plain' });
    expect(server.lastHeaders).toEqual({
      host: here(server.port),
      'user-agent': userAgent,
      accept: 'text/plain',
      'accept-encoding': 'gzip, deflate, br',
      connection: 'close',
    });
  });

  test('an answer of 404 is an answer', async () => {
    const { port } = await site((_request, response) => response.writeHead(404).end('no'));
    expect(await get(port)).toMatchObject({ ok: true, status: 404 });
  });

  test('a closed fetcher fetches nothing, and closing ends what is under way', async () => {
    const arrived = Promise.withResolvers<void>();
    const { port } = await site(() => arrived.resolve());
    const client = fetcher({ allow: [here(port)] });
    const pending = client.fetch(`http://${here(port)}/`);
    await arrived.promise;
    await client.close();
    expect(await pending).toMatchObject({ ok: false, kind: 'connect' });
    expect(await client.fetch(`http://${here(port)}/`)).toMatchObject({ ok: false, kind: 'connect' });
  });
});

describe('addresses in URLs', () => {
  test.each([
    ['decimal', '2130706433'],
    ['hex', '0x7f000001'],
    ['hex parts', '0x7f.0.0.1'],
    ['octal', '0177.0.0.1'],
    ['short', '127.1'],
    ['full-width', '１２７.０.０.１'],
    ['percent', '%31%32%37.0.0.1'],
    ['plain', '127.0.0.1'],
    ['mapped', '[::ffff:127.0.0.1]'],
    ['this host', '0'],
  ])('%s (%s) never reaches a server that listens there', async (_name, host) => {
    const server = await site((_request, response) => response.end('secret'));
    const result = await fetcher().fetch(`http://${host}:${server.port}/`, { ports: [server.port] });
    expect(result).toMatchObject({ ok: false, kind: 'refused' });
    expect(server.seen).toEqual([]);
  });

  test('schemes, credentials and ports are judged too', async () => {
    const client = fetcher();
    for (const url of [
      'file:///etc/passwd',
      'ftp://example.com/',
      'http://a:b@example.com/',
      'http://example.com:25/',
      'x',
    ]) {
      expect(await client.fetch(url)).toMatchObject({ ok: false, kind: 'refused' });
    }
  });
});

describe('redirects', () => {
  const targets = [
    'http://127.0.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://10.0.0.1/',
    'http://[::1]/',
    'http://[fd00:ec2::254]/',
    'http://168.63.129.16/',
    'http://2852039166/',
    'https://localhost/',
    'http://metadata.google.internal/',
    '//192.168.1.1/',
    'ftp://example.com/robots.txt',
    'file:///etc/passwd',
    'data:text/plain,User-agent:*',
    'javascript:alert(1)',
    'http://user:pass@example.com/',
    'http://example.com:22/',
  ];
  const cases = [301, 302, 303, 307, 308].flatMap((status) =>
    targets.map((target) => [status, target] as const),
  );

  test.each(cases)('%i to %s is refused', async (status, target) => {
    const { port } = await site((_request, response) =>
      response.writeHead(status, { location: target }).end('body'),
    );
    expect(await get(port)).toMatchObject({
      ok: false,
      kind: 'refused',
      message: expect.stringContaining('Redirect 1'),
    });
  });

  test.each([301, 302, 303, 307, 308])('%i is followed, relative to where it was said', async (status) => {
    const server = await site((request, response) => {
      if (request.url === '/a/b') response.writeHead(status, { location: '../c?d#e' }).end();
      else response.end('here');
    });
    const result = await get(server.port, {}, '/a/b');
    expect(text(result)).toBe('here');
    expect(result).toMatchObject({
      url: `http://${here(server.port)}/c?d`,
      redirects: [
        { status, from: `http://${here(server.port)}/a/b`, to: `http://${here(server.port)}/c?d#e` },
      ],
    });
    expect(server.seen).toEqual(['/a/b', '/c?d']);
  });

  test.each([
    [300, 'http://127.0.0.1/'],
    [304, 'http://127.0.0.1/'],
    [305, 'http://127.0.0.1/'],
    [200, 'http://127.0.0.1/'],
  ])('%i with a Location is no redirect', async (status, location) => {
    const { port } = await site((_request, response) => response.writeHead(status, { location }).end());
    expect(await get(port)).toMatchObject({ ok: true, status, redirects: [] });
  });

  test('a redirect without a target is the answer', async () => {
    const { port } = await site((_request, response) => response.writeHead(302).end('nowhere'));
    expect(await get(port)).toMatchObject({ ok: true, status: 302 });
  });

  test('a redirect to something that is no URL', async () => {
    const { port } = await site((_request, response) =>
      response.writeHead(302, { location: 'http://[' }).end(),
    );
    expect(await get(port)).toMatchObject({ ok: false, kind: 'protocol' });
  });

  test.each([
    [5, 5, true],
    [6, 5, false],
    [10, 10, true],
    [11, 10, false],
    [1, 0, false],
  ])('%i redirects where %i are allowed', async (hops, maxRedirects, arrives) => {
    const server = await site((request, response) => {
      const at = Number(request.url?.slice(1));
      if (at < hops) response.writeHead(302, { location: `/${at + 1}` }).end();
      else response.end('here');
    });
    const result = await get(server.port, { maxRedirects }, '/0');
    if (arrives) expect(text(result)).toBe('here');
    else expect(result).toMatchObject({ ok: false, kind: 'too-many-redirects' });
    expect(server.seen).toHaveLength(Math.min(hops, maxRedirects) + 1);
  });

  test('a loop ends at the first place seen twice', async () => {
    const server = await site((request, response) =>
      response.writeHead(302, { location: request.url === '/a' ? '/b' : '/a' }).end(),
    );
    expect(await get(server.port, { maxRedirects: 10 }, '/a')).toMatchObject({
      ok: false,
      kind: 'too-many-redirects',
    });
    expect(server.seen).toEqual(['/a', '/b']);
  });

  test('another origin can be ruled out', async () => {
    const other = await site((_request, response) => response.end('other'));
    const { port } = await site((_request, response) =>
      response.writeHead(302, { location: `http://${here(other.port)}/` }).end(),
    );
    const client = fetcher({ allow: [here(port), here(other.port)] });
    expect(text(await client.fetch(`http://${here(port)}/`))).toBe('other');
    expect(await client.fetch(`http://${here(port)}/`, { crossOriginRedirects: false })).toMatchObject({
      ok: false,
      kind: 'refused',
    });
  });

  test('the caller may stop before a redirect, and gets it as the answer', async () => {
    const { port, seen } = await site((request, response) => {
      if (request.url === '/a') response.writeHead(301, { location: '/b' }).end();
      else response.writeHead(302, { location: 'http://example.com/c' }).end();
    });
    const result = await get(port, { stopBefore: ({ hostname }) => hostname === 'example.com' }, '/a');
    expect(result).toMatchObject({
      ok: true,
      status: 302,
      url: `http://${here(port)}/b`,
      headers: { location: ['http://example.com/c'] },
      redirects: [{ status: 301 }],
    });
    expect(seen).toEqual(['/a', '/b']);
  });

  test('a rule of the caller is asked about every hop that is not on the allow-list', async () => {
    const { port } = await site((_request, response) =>
      response.writeHead(302, { location: 'http://example.com/x' }).end(),
    );
    const asked: string[] = [];
    const result = await get(port, {
      refuse: (url) => {
        asked.push(url.href);
        return 'not today';
      },
    });
    expect(result).toMatchObject({
      ok: false,
      kind: 'refused',
      message: 'Redirect 1 is not followed: not today.',
    });
    expect(asked).toEqual(['http://example.com/x']);
  });
});
