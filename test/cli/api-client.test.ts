import { afterEach, describe, expect, test } from 'vitest';
import { type ClientOptions, createClient } from '../../src/cli/api-client.ts';
import { type Before, type FakeRegistry, problem, startRegistry } from './fake-registry.ts';

let registry: FakeRegistry;
afterEach(() => registry.close());

/** A client whose time only passes by waiting. */
async function start(before?: Before, options: Partial<ClientOptions> = {}) {
  registry = await startRegistry(before);
  const waits: number[] = [];
  const words: string[] = [];
  let now = 0;
  const client = createClient({
    server: registry.url,
    clock: () => now,
    random: () => 0.5,
    sleep: async (ms) => {
      waits.push(ms);
      now += ms;
    },
    onRetry: (line) => words.push(line),
    ...options,
  });
  return { client, waits, words };
}

const items = [{ url: 'https://stop.example/a' }, { url: 'https://free.example/b' }];
const question = { agent: 'GPTBot', usage: 'train-ai' };

describe('createClient', () => {
  test('gives one decision per item, in order, and sends the key and the question', async () => {
    const seen: unknown[] = [];
    const { client } = await start(
      ({ headers }) => {
        seen.push(headers.authorization);
        return undefined;
      },
      { key: 'k-1' },
    );
    const decisions = await client.check(items, question);
    expect(decisions.map(({ act }) => act)).toEqual(['stop', 'proceed']);
    expect(seen).toEqual(['Bearer k-1']);
    expect(JSON.parse(registry.bodies[0] as string)).toEqual({ ...question, items });
  });

  test('a path in the address is kept', async () => {
    let path: string | undefined;
    registry = await startRegistry();
    const client = createClient({
      server: 'https://example.com/registry/',
      fetch: async (url) => {
        path = String(url);
        return Response.json({ decisions: [] });
      },
    });
    await client.check([], question);
    expect(path).toBe('https://example.com/registry/v1/check');
  });

  test('waits longer each time, half of it by chance', async () => {
    const { client, waits, words } = await start(({ number }, response) =>
      number <= 4 ? problem(response, 503, 'unavailable', 'restarting') : undefined,
    );
    await client.check(items, question);
    expect(waits).toEqual([375, 750, 1_500, 3_000]);
    expect(words[0]).toBe(`${registry.url} is busy or being restarted: restarting; trying again in 1 s`);
  });

  test.each([
    [429, '7', 7_000],
    [503, '7', 7_000],
    [503, '0', 375],
    [503, 'soon', 375],
    [503, 'Fri, 20 Nov 2026 10:00:09 GMT', 9_000],
    [503, 'Fri, 20 Nov 2026 09:00:00 GMT', 375],
  ])('status %d with Retry-After %s waits %d ms', async (status, value, expected) => {
    const { client, waits } = await start(({ number }, response) => {
      if (number > 1) return undefined;
      response.setHeader('retry-after', value);
      response.setHeader('date', 'Fri, 20 Nov 2026 10:00:00 GMT');
      return problem(response, status, 'rate-limited', 'slow down');
    });
    await client.check(items, question);
    expect(waits).toEqual([expected]);
  });

  test('gives up when the time is over, and never waits past it', async () => {
    const { client, waits } = await start((_request, response) => problem(response, 502, 'x', 'down'), {
      retryForS: 10,
    });
    await expect(client.check(items, question)).rejects.toMatchObject({
      code: 'unavailable',
      message: `${registry.url} answers with status 502: down`,
    });
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(10_000);
    expect(waits).toHaveLength(4);
  });

  test('a Retry-After past the time ends it at once and says so', async () => {
    const { client, waits } = await start((_request, response) => {
      response.setHeader('retry-after', '3600');
      return problem(response, 429, 'rate-limited', 'enough for today');
    });
    await expect(client.check(items, question)).rejects.toThrow('it is back in 3600 s');
    expect(waits).toEqual([]);
  });

  test('a server that is gone and comes back', async () => {
    const { client, words } = await start(({ number }, response) => {
      if (number > 2) return undefined;
      response.destroy();
      return 'done';
    });
    expect(await client.check(items, question)).toHaveLength(2);
    expect(words).toHaveLength(2);
    expect(words[0]).toContain('cannot be reached (');
  });

  test('an answer cut off in the middle is asked for again', async () => {
    const { client, words } = await start(({ number }, response) => {
      if (number > 1) return undefined;
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"decisions":[', () => response.destroy());
      return 'done';
    });
    expect(await client.check(items, question)).toHaveLength(2);
    expect(words).toHaveLength(1);
  });

  test.each([
    [400, 'invalid', 'does not accept the request: bad items[0].url'],
    [401, 'unauthorized', 'wants an API key it knows'],
    [403, 'forbidden', 'does not let this API key do that'],
    [404, 'not-found', 'is not a withhold registry'],
    [413, 'too-large', 'refuses a request of that size'],
    [418, 'unavailable', 'answers with status 418'],
  ])('status %d is told once and not tried again', async (status, code, words) => {
    const { client, waits } = await start((_request, response) =>
      problem(response, status, 'x', 'bad items[0].url'),
    );
    await expect(client.check(items, question)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
    expect(waits).toEqual([]);
  });

  test('the code too-many-items is told apart, whatever the status', async () => {
    const { client } = await start((_request, response) =>
      problem(response, 400, 'too-many-items', 'max 100'),
    );
    await expect(client.check(items, question)).rejects.toMatchObject({ code: 'too-many-items' });
  });

  test('a redirect is not followed: the key would travel along', async () => {
    const { client } = await start((_request, response) => {
      response.writeHead(301, { location: 'https://elsewhere.example/v1/check' }).end();
      return 'done';
    });
    await expect(client.check(items, question)).rejects.toMatchObject({
      message: `${registry.url} redirects to https://elsewhere.example/v1/check`,
      fix: 'give that as --server',
    });
  });

  test.each([
    ['<html>', 'did not answer in JSON'],
    ['{"decisions":[]}', 'gave 0 decisions for 2 items'],
    ['{"decisions":[{"verdict":"perhaps"}]}', 'an answer this version does not understand'],
  ])('the answer %s is refused', async (body, words) => {
    const { client } = await start((_request, response) => {
      response.end(body);
      return 'done';
    });
    await expect(client.check(items, question)).rejects.toThrow(words);
  });

  test('stops waiting when asked to', async () => {
    const stop = new AbortController();
    registry = await startRegistry((_request, response) => problem(response, 503, 'x', 'busy'));
    const client = createClient({ server: registry.url, signal: stop.signal, onRetry: () => stop.abort() });
    await expect(client.check(items, question)).rejects.toThrow('stopped');
  });

  test.each(['ftp://example.com', 'example.com', '', 'http://a.example/?x=1', 'http://u:p@a.example'])(
    'the address %j is refused',
    async (server) => {
      registry = await startRegistry();
      expect(() => createClient({ server })).toThrow(/address of a registry/);
    },
  );
});
