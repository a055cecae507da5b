/** A robots.txt built to be slow or large, at a size that can be scaled. */
export interface Hostile {
  name: string;
  /** @param scale 1 is the size that hurt other parsers. */
  make(scale: number): string | Uint8Array;
  urlLength: number;
}

const head = 'User-agent: *\n';
const many = (text: string, count: number) => text.repeat(Math.max(1, Math.round(count)));
const rule = (path: string, count: number) => many(`Disallow: ${path}\n`, count);
const listed = (count: number, line: (n: number) => string) =>
  Array.from({ length: Math.round(count) }, (_none, n) => line(n)).join('');

/** A legal product token for every number. */
export const tokenOf = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('');

/** What stalled or killed other parsers, and what was built against this one. */
export const hostileFiles: readonly Hostile[] = [
  { name: '1 rule, a* × 1,000', urlLength: 2_000, make: (s) => head + rule(`/${many('a*', 1_000 * s)}`, 1) },
  { name: '1 rule, *a × 8,000', urlLength: 8_000, make: (s) => head + rule(`/${many('*a', 8_000 * s)}b`, 1) },
  {
    name: '200 rules, *a × 1,000',
    urlLength: 2_000,
    make: (s) => head + rule(`/${many('*a', 1_000)}b`, 200 * s),
  },
  {
    name: '250 rules, *a × 1,000',
    urlLength: 8_000,
    make: (s) => head + rule(`/${many('*a', 1_000)}b`, 250 * s),
  },
  { name: '500 KB of *', urlLength: 2_000, make: (s) => `${head}Disallow: /${many('*', 500_000 * s)}b` },
  {
    name: '150,000 plain rules',
    urlLength: 2_000,
    make: (s) => head + listed(150_000 * s, (n) => `Disallow: /folder-${n}/and-more-of-it\n`),
  },
  {
    name: '1 MB of NUL in a rule',
    urlLength: 100,
    make: (s) => `${head}Disallow: /${many('\0', 1_000_000 * s)}\n`,
  },
  { name: 'invalid UTF-8', urlLength: 100, make: (s) => latin(head + rule('/é\u00ff', 90_000 * s)) },
  {
    name: 'one line of 2 MB',
    urlLength: 2_000,
    make: (s) => `${head}Disallow: /${many('x', 2_000_000 * s)}\n`,
  },
  { name: '1,000,000 rules', urlLength: 2_000, make: (s) => head + rule('/a', 1_000_000 * s) },
  { name: '100,000 agents, 1 rule', urlLength: 100, make: (s) => agents(100_000 * s) + rule('/', 1) },
  {
    name: '10,000 agents × 2,000 rules',
    urlLength: 2_000,
    make: (s) => agents(10_000 * s) + rule('/a', 2_000 * s),
  },
  {
    name: '25,000 agents × 8,000 rules',
    urlLength: 2_000,
    make: (s) => agents(25_000 * s) + rule('/a', 8_000 * s),
  },
  { name: '5 MB of line feeds', urlLength: 100, make: (s) => many('\n', 5_000_000 * s) },
  { name: 'line feeds and carriage returns', urlLength: 100, make: (s) => many('\n\r\r\n', 500_000 * s) },
  {
    name: 'a name of 30,000 groups',
    urlLength: 100,
    make: (s) => many('User-agent: x\nDisallow: /a\n', 30_000 * s),
  },
  {
    name: 'names with digits',
    urlLength: 100,
    make: (s) => listed(30_000 * s, (n) => `User-agent: x${n}\n`) + rule('/', 1),
  },
  {
    name: 'a star and what begins everywhere',
    urlLength: 8_000,
    make: (s) => head + rule('*aq', 36_000 * s),
  },
  {
    name: 'a long piece behind a star',
    urlLength: 8_000,
    make: (s) => head + rule(`/*${many('a', 1_000)}b`, 490 * s),
  },
  { name: 'escapes', urlLength: 100, make: (s) => head + rule(`/${many('%2a%zz%61', 1_000)}`, 50 * s) },
  {
    name: 'text outside ASCII',
    urlLength: 100,
    make: (s) => head + rule(`/${many('ö漢😀', 1_000)}`, 50 * s),
  },
  {
    name: 'slips',
    urlLength: 100,
    make: (s) => many('Disalow /x\nUseragent: a b\nDisalow: x\n', 15_000 * s),
  },
  { name: 'lines of others', urlLength: 100, make: (s) => many('a: b\nSitemap: c\n', 40_000 * s) },
  { name: 'colons', urlLength: 100, make: (s) => many(':\n', 250_000 * s) },
  { name: 'comments', urlLength: 100, make: (s) => many('#\n a # b # c\n', 40_000 * s) },
  {
    name: 'rules that outrank each other',
    urlLength: 2_000,
    make: (s) => head + listed(4_000 * s, (n) => `Allow: /${'a'.repeat((n * 37) % 200)}\n`),
  },
];

function agents(count: number): string {
  return listed(count, (n) => `User-agent: ${tokenOf(n)}\n`);
}

function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** @param most cut the URL to this length. */
export function hostileUrl({ urlLength }: Hostile, most = Infinity): string {
  return `https://example.com/${'a'.repeat(Math.min(urlLength, most) - 1)}`;
}
