import fc from 'fast-check';
import { type Scope, scopeKey } from '../../../src/opt-outs/scope.ts';
import { canonicalUrl, urlKey } from '../../../src/opt-outs/url-key.ts';
import {
  type About,
  emptyTally,
  type Rule,
  type RuleFormat,
  ruleOf,
  type Tally,
} from '../../../src/snapshots/export/rule.ts';
import { anyUrl, prefixOf, siteHost } from '../../opt-outs/url-arbitraries.ts';

/** Everything that means something to one of the formats. */
export const trickyRests = [
  '/a*b$c',
  '/price$',
  '/*',
  '/a(b)+[x]{2}|y',
  '/.*',
  '/a.b',
  '/q?x=[1]',
  '/q?a|b',
  "/it's",
  "/q?it's",
  '/q?it%27s',
  '/%22quoted%22',
  '/q?"quoted"',
  '/a%23b',
  '/a%0Ab',
  '/q?%0A#x',
  '/a%20b',
  '/café',
  '/caf%C3%A9?ü',
  '/~ann/',
  '/%7e',
  '/a\\b',
  '/q?a\\b',
  '/a^b',
  '/q?a^b`c{d}',
  '/`{}',
  '/a%2Fb',
  '/q?',
  '/q??',
  '/a;v=1',
  '/%5E%7C',
  '/q?%7C%5c',
  '//a',
  '/a//',
  '/A/b',
  '/a%24b',
  '/a%2ab',
  '/)',
  '/(',
  '/,',
  '/a:80',
  '/http://x',
  '/<b>',
  '/DenyPath',
  '/q?&=+',
  '/art',
  '/art/',
  '/',
];
const tricky = fc
  .tuple(
    fc.constantFrom(
      'example.com',
      'www.example.com',
      'a.b.example.co.uk',
      'bücher.example.com',
      'me.github.io',
      'a.lan',
      '1.2.3.4',
      '[::1]',
      '[2001:db8::1]',
      'x_y.example.com',
      'example.com:8443',
      '1.2.3.4:81',
      '[::1]:81',
      'example.com:80',
      'example.com:443',
    ),
    fc.constantFrom(...trickyRests),
  )
  .map((parts) => parts.join(''));

const scopeOf = (kind: Scope['kind'], value: string): Scope | null => {
  try {
    return scopeKey(kind, value);
  } catch {
    return null;
  }
};

/** Scopes as somebody may register them, with every trap of URL parsing among them. */
export const anyScope: fc.Arbitrary<Scope> = fc
  .oneof(
    siteHost.map((host) => scopeOf('domain', host)),
    prefixOf.map((prefix) => scopeOf('prefix', prefix)),
    tricky.map((place) => scopeOf('prefix', place.replace(/[?#].*$/, ''))),
    anyUrl.map((url) => scopeOf('url', url)),
    fc.tuple(fc.constantFrom('http://', 'https://'), tricky).map((parts) => scopeOf('url', parts.join(''))),
  )
  .filter((scope) => scope !== null);

const canonical = (url: string): string | null => {
  const key = urlKey(url);
  return key === null ? null : canonicalUrl(key);
};

/** Canonical URLs under, beside and above what scopes speak for, and others. */
export function urlsNear(scopes: readonly Scope[]): fc.Arbitrary<string> {
  const near = scopes.flatMap(({ kind, key }) => {
    const { host, port, path, query } = ruleOf(kind, key);
    const at = `${host}${port === '' ? '' : `:${port}`}`;
    const whole = `${path}${query === null ? '' : `?${query}`}`;
    const rests = [
      whole,
      `${whole}/x`,
      `${whole}x`,
      `${whole}?q`,
      `${whole}&y=1`,
      path,
      path.slice(0, -1),
      `${path}?`,
      whole.toUpperCase(),
      whole.toLowerCase(),
      whole.replace(/[*$]/, 'xx'),
      '/',
      '/other',
      decoded(whole),
    ];
    const hosts = [
      at,
      `sub.${at}`,
      `a.b.${at}`,
      host,
      `${host}:8443`,
      host.replace(/^[^.]+\./, ''),
      `x${at}`,
    ];
    return hosts.flatMap((each) => rests.map((rest) => `//${each}${rest.startsWith('/') ? '' : '/'}${rest}`));
  });
  const found = near
    .flatMap((rest) => [`http:${rest}`, `https:${rest}`])
    .flatMap((url) => canonical(url) ?? []);
  const others = anyUrl.map(canonical).filter((url) => url !== null);
  return found.length === 0 ? others : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...found) }, others);
}

const decoded = (text: string): string =>
  text.replace(/%[2-7][0-9A-F]/g, (found) => String.fromCharCode(Number.parseInt(found.slice(1), 16)));

export const rulesOf = (scopes: readonly Scope[]): Rule[] => {
  const rules = new Map(scopes.map(({ kind, key }) => [`${kind} ${key}`, ruleOf(kind, key)]));
  const order = (rule: Rule) => [rule.hostSurt, rule.kind, rule.key].join('\0');
  return [...rules.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1));
};

export const about: About = {
  ...{ format: 'test', origin: 'registry.example/log', size: 7, root: 'ab'.repeat(32) },
  ...{ snapshotAt: '2026-11-01T00:00:00.000Z', notAfter: '2026-12-02T00:00:00.000Z', isStale: false },
  ...{ usage: 'train-ai', agent: null, host: null },
};

export async function written(
  format: RuleFormat,
  rules: readonly Rule[],
): Promise<{ text: string; tally: Tally }> {
  const tally = emptyTally();
  async function* batches() {
    // One by one, so that a host goes on from one batch to the next.
    for (const rule of rules) yield [rule];
  }
  let text = '';
  for await (const part of format.write(batches(), about, tally)) text += part;
  return { text, tally };
}
