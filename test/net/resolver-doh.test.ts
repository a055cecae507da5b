import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { characterStrings, createDohResolver, dohBytesMax } from '../../src/net/resolver-doh.ts';
import { type Handler, here, localNet } from './local-net.ts';

const { site } = localNet();

async function service(handler: Handler) {
  const server = await site(handler);
  return { server, resolver: createDohResolver({ url: `http://${here(server.port)}/dns-query` }) };
}

function json(body: unknown): Handler {
  return (_request, response) => {
    response.end(JSON.stringify(body));
  };
}

test('asks for A and AAAA, and passes over the aliases on the way', async () => {
  const { server, resolver } = await service((request, response) => {
    const type = new URL(request.url ?? '', 'http://x').searchParams.get('type');
    const record = type === 'A' ? { type: 1, data: '93.184.216.34' } : { type: 28, data: '2606:4700::1111' };
    response.end(JSON.stringify({ Status: 0, Answer: [{ type: 5, data: 'alias.example.com.' }, record] }));
  });
  expect(await resolver.resolve('www.example.com')).toEqual(['93.184.216.34', '2606:4700::1111']);
  expect(server.seen.toSorted()).toEqual([
    '/dns-query?name=www.example.com&type=A',
    '/dns-query?name=www.example.com&type=AAAA',
  ]);
  expect(server.lastHeaders.accept).toBe('application/dns-json');
});

test('TXT records come as character strings', async () => {
  const { resolver } = await service(
    json({
      Status: 0,
      Answer: [
        { type: 16, data: '"withhold=" "abc"' },
        { type: 16, data: 'bare' },
      ],
    }),
  );
  expect(await resolver.resolveTxt('_withhold.example.com')).toEqual([['withhold=', 'abc'], ['bare']]);
});

test.each([
  ['no such name', { Status: 3 }],
  ['no such record', { Status: 0 }],
  ['records of another type', { Status: 0, Answer: [{ type: 5, data: 'x.' }] }],
  ['records without data', { Status: 0, Answer: [{ type: 16 }, {}] }],
])('%s is the empty list', async (_name, body) => {
  const { resolver } = await service(json(body));
  expect(await resolver.resolveTxt('_withhold.example.com')).toEqual([]);
});

test.each<[string, Handler]>([
  ['SERVFAIL', json({ Status: 2 })],
  ['no status', json({})],
  ['an error of the service', (_request, response) => response.writeHead(503).end('{"Status":0}')],
  ['a redirect', (_request, response) => response.writeHead(302, { location: '/x' }).end('{"Status":0}')],
  ['something that is not JSON', (_request, response) => response.end('<html>')],
  ['more than fits', (_request, response) => response.end(`{"Status":0,"x":"${'x'.repeat(dohBytesMax)}"}`)],
])('%s throws', async (_name, handler) => {
  const { resolver } = await service(handler);
  await expect(resolver.resolveTxt('_withhold.example.com')).rejects.toThrow();
});

describe('character strings', () => {
  test.each([
    ['"a" "b"', ['a', 'b']],
    ['"a"', ['a']],
    ['""', ['']],
    ['"say \\"hi\\""', ['say "hi"']],
    ['"back\\\\slash"', ['back\\slash']],
    ['"caf\\195\\169"', ['caf\u00c3\u00a9']],
    ['plain text', ['plain text']],
    ['"open', []],
  ])('%j', (data, expected) => {
    expect(characterStrings(data)).toEqual(expected);
  });

  test('quoting and reading back changes nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme-ascii' }), { minLength: 1 }), (strings) => {
        const data = strings.map((part) => `"${part.replace(/["\\]/g, '\\$&')}"`).join(' ');
        expect(characterStrings(data)).toEqual(strings);
      }),
    );
  });
});
