import { deepEqual } from 'node:assert/strict';
import { type Case, type Check, runCases } from './cases.ts';
import { callPython, installPackage } from './python.ts';
import { type Registry, startRegistry } from './registry.ts';

/** The last release: Spawning's client, as dataset builders have it installed. */
const requirement = 'datadiligence==0.1.7';
const client = new URL('./datadiligence_client.py', import.meta.url);
const manyUrls = 25_003;

type Call = 'is_allowed' | 'filter_allowed' | 'is_allowed_async' | 'filter_allowed_async' | 'is_allowed_one';
type Ask = (
  call: Call,
  urls: readonly string[],
  over?: { key?: string; endpoint?: string },
) => Promise<unknown>;

/** URLs with what the registry must answer: may it be used to train? */
const small: readonly (readonly [url: string, allowed: boolean])[] = [
  ['https://www.studio-heron.com/works/1.jpg', false],
  ['https://unknown-otter.com/1.jpg', true],
  ['http://studio-heron.com', false],
  ['https://studio-heron.com.unknown-otter.com/', true],
  ['https://gallery-lynx.com/anna/2.png?w=100', false],
  ['https://gallery-lynx.com/annabel/2.png', true],
  ['https://gallery-lynx.com/anna', false],
  ['https://blog-stork.com/a.jpg', false],
  ['https://blog-stork.com/a.jpg?size=2', true],
  ['https://blog-stork.com/b.jpg', true],
  ['', true],
  ['not a url', true],
  ['ftp://studio-heron.com/a.jpg', true],
  ['data:image/png;base64,iVBORw0KGgo=', true],
  ['https://', true],
  ['HTTPS://STUDIO-HERON.COM:443/../a%2fb.jpg#top', false],
  ['https://studio-heron.com/künstlerin/ß 1.jpg', false],
  ['https://www.studio-heron.com/works/1.jpg', false],
  ['https://unknown-otter.com/1.jpg', true],
  ['https://www.studio-heron.com/works/1.jpg\r', false],
  [`https://unknown-otter.com/${'x'.repeat(9_000)}.jpg`, true],
  ['', true],
];
const smallUrls = small.map(([url]) => url);
const smallAllowed = small.map(([, allowed]) => allowed);

/** More than two requests' worth; where one request ends, the last line is empty, and some are garbage. */
const many = Array.from({ length: manyUrls }, (_none, n): readonly [string, boolean] => {
  if (n % 10_000 === 9_999) return ['', true];
  if (n % 97 === 0) return [`garbage ${n}`, true];
  if (n % 7 === 0) return [`https://www.studio-heron.com/works/${n % 500}.jpg`, false];
  if (n % 11 === 0) return ['https://blog-stork.com/a.jpg', false];
  return [`https://unknown-otter.com/${n}.jpg`, true];
});
const manyInOrder = many.map(([url]) => url);
const manyAllowed = many.map(([, allowed]) => allowed);
const kept = (rows: readonly (readonly [string, boolean])[]) =>
  rows.filter(([, allowed]) => allowed).map(([url]) => url);

function casesOf(ask: Ask, registry: Registry, withdraw: () => Promise<void>): Case[] {
  const equal = async (answer: Promise<unknown>, expected: unknown) =>
    deepEqual(await answer, { answer: expected });
  const refused = async (answer: Promise<unknown>, status: number) => {
    const { error, message } = (await answer) as { error?: string; message?: string };
    deepEqual([error, /\d{3}$/.exec(message ?? '')?.[0]], ['SpawningAIAPIError', String(status)]);
  };
  return [
    ['is_allowed answers a list in order', () => equal(ask('is_allowed', smallUrls), smallAllowed)],
    [
      'filter_allowed keeps what may be used, in order',
      () => equal(ask('filter_allowed', smallUrls), kept(small)),
    ],
    [
      'is_allowed_async answers a list in order',
      () => equal(ask('is_allowed_async', smallUrls), smallAllowed),
    ],
    [
      'filter_allowed_async keeps what may be used',
      () => equal(ask('filter_allowed_async', smallUrls), kept(small)),
    ],
    ['one URL alone', () => equal(ask('is_allowed_one', smallUrls), [false])],
    [
      'the path without its last slash, as other clients write it',
      () =>
        equal(ask('is_allowed', smallUrls, { endpoint: `${registry.url}/api/v2/query/urls` }), smallAllowed),
    ],
    ['25,003 URLs in three requests at once', () => equal(ask('is_allowed', manyInOrder), manyAllowed)],
    ['25,003 URLs filtered', () => equal(ask('filter_allowed', manyInOrder), kept(many))],
    ['25,003 URLs asynchronously', () => equal(ask('is_allowed_async', manyInOrder), manyAllowed)],
    [
      '25,003 URLs filtered asynchronously',
      () => equal(ask('filter_allowed_async', manyInOrder), kept(many)),
    ],
    [
      'a key that is not known is refused, not answered as free',
      () => refused(ask('is_allowed', smallUrls, { key: 'wh_unknown' }), 401),
    ],
    [
      'a key without the scope is refused',
      async () => refused(ask('is_allowed', smallUrls, { key: await registry.key('feed') }), 403),
    ],
    [
      'an opt-out that was withdrawn acts on the next question',
      async () => {
        await withdraw();
        await equal(
          ask('is_allowed', smallUrls),
          small.map(([url, allowed]) => (allowed || !/blog-stork/.test(url) ? allowed : true)),
        );
      },
    ],
  ];
}

export const datadiligence: Check = {
  tool: requirement,
  async run(folder) {
    const installed = await installPackage(folder, requirement);
    if ('missing' in installed) return installed;
    const registry = await startRegistry();
    try {
      await registry.optOut([
        { kind: 'domain', value: 'studio-heron.com' },
        { kind: 'prefix', value: 'gallery-lynx.com/anna' },
      ]);
      const { withdraw } = await registry.optOut([{ kind: 'url', value: 'https://blog-stork.com/a.jpg' }]);
      const goodKey = await registry.key('check');
      const ask: Ask = (call, urls, over = {}) => {
        const { key = goodKey, endpoint = `${registry.url}/api/v2/query/urls/` } = over;
        return callPython(installed.python, client, { call, urls, endpoint }, { SPAWNING_OPTS_KEY: key });
      };
      return await runCases(casesOf(ask, registry, withdraw));
    } finally {
      await registry.close();
    }
  },
};
