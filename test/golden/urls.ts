import type { Seeded } from '../../src/demo/seeded.ts';
import type { Place } from './records.ts';

/** What a cell holds: text, or bytes that are no text. */
export type Cell = string | Uint8Array | null;

const plain = ({ host, port, path }: Place): string => `https://${host}${port}${path}`;

/** Places at, above, below and beside the one a record is of. */
const relations: ((place: Place, random: Seeded) => Place)[] = [
  (place) => place,
  (place) => place,
  (place) => ({ ...place, path: below(place.path, 'x.jpg') }),
  (place) => ({ ...place, path: below(place.path, 'deep/er/still/y.png') }),
  (place) => ({ ...place, path: below(place.path, '') }),
  (place) => ({ ...place, path: `${place.path}ist` }),
  (place) => ({ ...place, path: place.path.replace(/\/[^/]*$/, '/') }),
  (place) => ({ ...place, path: place.path.replace(/\/[^/]*\/?$/, '') || '/' }),
  (place) => ({ ...place, path: '/' }),
  (place) => ({ ...place, path: place.path.toUpperCase() }),
  (place) => ({ ...place, path: `${place.path}${place.path.includes('?') ? '&' : '?'}utm=1` }),
  (place) => ({ ...place, path: place.path.replace(/\?.*$/, '') }),
  (place) => ({ ...place, path: `${place.path}/` }),
  (place) => ({ ...place, host: `www.${place.host}` }),
  (place) => ({ ...place, host: `a.b.c.${place.host}`, path: below(place.path, 'x.jpg') }),
  (place) => ({ ...place, host: `evil-${place.host}` }),
  (place) => ({ ...place, host: `x${place.host}` }),
  (place) => ({ ...place, host: `${place.host}.evil.example` }),
  (place) => ({ ...place, host: place.host.replace(/^[^.]*\./, '') }),
  (place) => ({ ...place, host: place.host.replace(/^[^.]*\./, 'other.') }),
  (place) => ({ ...place, port: place.port === '' ? ':8443' : '' }),
  (place) => ({ ...place, path: `/elsewhere${place.path}` }),
];

function below(path: string, what: string): string {
  const [before = '', query] = path.split('?', 2);
  return `${before.replace(/\/$/, '')}/${what}${query === undefined ? '' : `?${query}`}`;
}

/** Other ways to write the same, or nearly the same. */
const disguises: ((url: string, random: Seeded) => string)[] = [
  (url) => url.replace(/^https/, 'http'),
  (url) => url.replace(/^https?/, (scheme) => scheme.toUpperCase()),
  (url) => inHost(url, (host) => host.toUpperCase()),
  (url, random) => inHost(url, (host) => atRandom(host, random, (character) => character.toUpperCase())),
  (url) => inHost(url, (host) => `user:p%40ss@${host}`),
  (url) => inHost(url, (host) => `evil.example@${host}`),
  (url) => inHost(url, (host) => `${host}@evil.example`),
  (url) => inHost(url, (host) => (/:\d+$/.test(host) ? host : `${host}:443`)),
  (url) => inHost(url, (host) => (/:\d+$/.test(host) ? host : `${host}:80`)),
  (url) => inHost(url, (host) => (/:\d+$/.test(host) ? host : `${host}:0443`)),
  (url) => inHost(url, (host) => `${host}:`),
  (url) => inHost(url, (host) => host.replace(/(:\d+)?$/, '.$1')),
  (url) => inHost(url, (host) => host.replace(/(:\d+)?$/, '..$1')),
  (url, random) =>
    inHost(url, (host) =>
      atRandom(host, random, (character) => encodeURIComponent(character).replace(/^[a-z]$/, hexed)),
    ),
  (url, random) => inHost(url, (host) => atRandom(host, random, wide)),
  (url, random) => inHost(url, (host) => atRandom(host, random, (character) => `${character}\u00ad`)),
  (url) => inHost(url, (host) => host.replace('.', '。')),
  (url) => inHost(url, (host) => host.replace('.', '..')),
  (url) => inHost(url, (host) => `.${host}`),
  (url, random) => inPath(url, (path) => atRandom(path, random, hexed)),
  (url, random) =>
    inPath(url, (path) => atRandom(path, random, (character) => hexed(character).toLowerCase())),
  (url) => inPath(url, (path) => path.replaceAll('a', '%61').replaceAll('~', '%7e')),
  (url) => inPath(url, (path) => path.replace(/%[0-9A-F]{2}/gi, (triplet) => triplet.toLowerCase())),
  (url) => inPath(url, (path) => `/.${path}`),
  (url) => inPath(url, (path) => `/none/..${path}`),
  (url) => inPath(url, (path) => `/none/%2e%2E${path}`),
  (url) => inPath(url, (path) => `/../..${path}`),
  (url) => inPath(url, (path) => `/${path}`),
  (url) => inPath(url, (path) => `${path}/.`),
  (url) => inPath(url, (path) => `${path}/more/..`),
  (url) => inPath(url, (path) => path.replaceAll('/', '\\')),
  (url) => url.replaceAll('/', '\\'),
  (url) => url.replace('//', ''),
  (url) => url.replace('//', '///'),
  (url, random) => atRandom(url, random, (character) => `${character}\t`),
  (url, random) => atRandom(url, random, (character) => `\r\n${character}`),
  (url, random) => atRandom(url, random, (character) => `${character} `),
  (url, random) => atRandom(url, random, (character) => `${character}\u0000`),
  (url, random) => atRandom(url, random, (character) => `${character}"`),
  (url) => ` ${url}`,
  (url) => `\t${url}\n`,
  (url) => `\u00a0${url}\u3000`,
  (url) => `\ufeff${url}`,
  (url) => `\u0001${url}\u001f`,
  (url) => `\u200b${url}`,
  (url) => `${url}#here?not/a/query`,
  (url) => `${url}#`,
  (url) => `${url}?`,
  (url) => `${url}${url.includes('?') ? '&' : '?'}q=%7e'"<>`,
  (url) => `${url}%`,
  (url) => `${url}%4`,
  (url) => `${url}%zz`,
  (url) => `${url}${'/s'.repeat(20)}`,
  (url, random) => atRandom(url, random, () => '\ufffd'),
  (url) => url.replace(/^https?:/, ''),
  (url) => url.replace(/^https?:\/\//, ''),
  (url) => url.replace(/^https?/, 'ftp'),
  (url) => `view-source:${url}`,
];

/** As long as a URL may be, a character longer, and far too long. */
const lengthened: ((url: string) => string)[] = [
  (url) => url.padEnd(8_192, 'x'),
  (url) => url.padEnd(8_193, 'x'),
  (url) => `${url}?${'q'.repeat(10_240)}`,
];

const hexed = (character: string): string =>
  Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  );

const wide = (character: string): string =>
  /[!-~]/.test(character) ? String.fromCodePoint((character.codePointAt(0) as number) + 0xfee0) : character;

function atRandom(text: string, random: Seeded, change: (character: string) => string): string {
  const characters = Array.from(text);
  if (characters.length === 0) return text;
  const at = random.below(characters.length);
  characters[at] = change(characters[at] as string);
  return characters.join('');
}

function inHost(url: string, change: (host: string) => string): string {
  const [, before = '', host = '', after = ''] = /^([a-z]*:?\/{0,2})([^/\\?#]*)(.*)$/is.exec(url) ?? [];
  return `${before}${change(host)}${after}`;
}

function inPath(url: string, change: (path: string) => string): string {
  const [, before = '', path = '', after = ''] = /^([a-z]*:?\/{0,2}[^/\\?#]*)([^?#]*)(.*)$/is.exec(url) ?? [];
  return `${before}${change(path)}${after}`;
}

/** Bytes of no text: a lone surrogate, an over-long slash, a byte of no character, a character cut short. */
const illFormed = [[0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xff], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80]];

function broken(url: string, random: Seeded): Uint8Array {
  const bytes = Buffer.from(url);
  const at = random.chance(0.2) ? bytes.length : random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(illFormed)), bytes.subarray(at)]);
}

/** A URL that has to do with a record: at, above, below or beside its place, plainly or in disguise. */
export function urlAround(place: Place, random: Seeded): Cell {
  let url = plain(random.pick(relations)(place, random));
  if (random.chance(0.35)) return url;
  for (let count = random.pick([1, 1, 1, 2, 3]); count > 0; count -= 1)
    url = random.pick(disguises)(url, random);
  if (random.chance(0.005)) return random.pick(lengthened)(url);
  return random.chance(0.01) ? broken(url, random) : url;
}

/** What stands where a URL is expected, and addresses in every notation a URL parser knows. */
const oddities = [
  ...[
    '',
    ' ',
    '\t',
    '-',
    'null',
    'undefined',
    'N/A',
    'n/a',
    '0',
    'http',
    'http:',
    'http:/',
    'http://',
    'https:///',
    '//',
  ],
  ...[
    '//art.example/x',
    '/art/x.jpg',
    'x.jpg',
    'art.example',
    'art.example/x.jpg',
    'mailto:a@b.example',
    'data:,x',
  ],
  ...[
    'javascript:alert(1)',
    'file:///etc/passwd',
    'ftp://art.example/x',
    'blob:https://a.example/1',
    'ws://a.example/',
  ],
  ...[
    'http://127.1/',
    'http://0x7f.1/',
    'http://2130706433/',
    'http://0177.0.0.1/x',
    'http://127.0.0.1:80/',
    'http://127.0.0.1./',
  ],
  ...[
    'http://0x7F000001/a',
    'http://1.2.3.4.5/',
    'http://256.1.1.1/',
    'http://1.2.3/',
    'http://１２７.0.0.1/',
    'http://0/',
  ],
  ...[
    'http://192.0.2.7:8080/art',
    'http://192.0.2.7:8080/art/x',
    'http://0xc0.0.2.7:8080/art/',
    'http://3221225991:8080/art',
  ],
  ...[
    'http://192.0.2.8/x.jpg',
    'http://192.0.520/x.jpg',
    'http://0300.0.02.010/x.jpg',
    'http://[2001:db8::1]/art/x',
  ],
  ...[
    'http://[2001:DB8:0:0:0:0:0:1]/art',
    'http://[2001:db8::1]:80/art/',
    'http://[2001:db8::1/',
    'http://[::1]/',
    'http://[::1%25eth0]/',
  ],
  ...[
    'http://[::ffff:192.0.2.9]/x.jpg',
    'http://[::ffff:c000:209]/x.jpg',
    'http://[::FFFF:C000:0209]/x.jpg#1',
    'http://[v1.a]/',
  ],
  ...[
    'http://localhost/art',
    'http://LOCALHOST/art/x',
    'http://localhost./art',
    'https://intranet/x.jpg',
    'https://com/',
    'https://co.uk/',
  ],
  ...[
    'http://a,b.example/',
    'http://a!b.example/',
    'http://a$.example/',
    "http://it's.example/",
    'http://a*b.example/x',
    'http://a)b.example/',
  ],
  ...[
    'http://a(b.example/',
    'http://a;b=c.example/',
    'http://a&b.example/',
    'http://a+b.example/',
    'http://a~b.example/',
    'http://a`b.example/',
  ],
  ...[
    'http://a b.example/',
    'http://a%20b.example/',
    'http://a%00.example/',
    'http://a<b.example/',
    'http://a^b.example/',
    'http://a|b.example/',
  ],
  ...[
    'http://-a.example/',
    'http://a-.example/',
    'http://a--b.example/',
    'http://xn--a.example/',
    'http://xn--.example/',
    'http://ab--c.example/',
  ],
  ...[
    'http://a..example/',
    'http://.a.example/',
    'http://a.example../',
    'http://./',
    'http://../',
    'http://%2e/',
    'http://_/',
  ],
  ...[
    'http://xn--mnchen-3ya.example/',
    'http://münchen.example/',
    'http://MÜNCHEN.example/',
    'http://mu\u0308nchen.example/',
  ],
  ...[
    'http://faß.example/',
    'http://ς.example/',
    'http://a\u200db.example/',
    'http://\u202eabc.example/',
    'http://☃.example/',
    'http://💩.example/',
  ],
  ...[
    'http://a.example:0/',
    'http://a.example:65535/',
    'http://a.example:65536/',
    'http://a.example:99999/',
    'http://a.example:8a/',
    'http://a.example:-1/',
  ],
  ...[
    'http://user@/',
    'http://@a.example/',
    'http://:@a.example/',
    'http://a:b@c:d@e.example/',
    'http://a@b@c.example/',
    'http:a.example/x',
  ],
  ...[
    'http:\\\\a.example\\x',
    'http:/a.example/x',
    'HtTpS:\\/a.example',
    'h\nttp://a.example/',
    'https ://a.example/',
    'http//a.example/',
  ],
  ...[
    'straße.example/ß.jpg',
    'https://straße.example/%C3%9F.jpg',
    'https://strasse.example/ß.jpg',
    'https://xn--strae-oqa.example/%c3%9f.jpg',
  ],
];

/** A cell of a column of URLs that has to do with no record, or with one of those at a limit. */
export function oddUrl(random: Seeded): Cell {
  const url = random.pick(oddities);
  if (random.chance(0.5)) return url;
  if (random.chance(0.1)) return broken(url, random);
  return random.pick(disguises)(url, random);
}

/** A clean URL on a host that no record speaks of, as most rows of a dataset have. */
export function strangeUrl(random: Seeded): string {
  const host = `${random.pick(['', 'www.', 'img.', 'cdn.img.'])}stranger${random.below(5_000)}.${random.pick(['com', 'net', 'de'])}`;
  const folder = random.pick(['', 'art/', 'images/2024/05/', 'wp-content/uploads/']);
  return `https://${host}/${folder}${random.hex(8)}.jpg${random.chance(0.1) ? '?w=1200&q=80' : ''}`;
}
