import fc from 'fast-check';

// Small alphabets, so that rules and URLs meet often, with every trap of URL parsing among them.
const label = fc.constantFrom(
  'a',
  'b',
  'www',
  'EXAMPLE',
  'x_y',
  'a-b',
  'xn--bcher-kva',
  'bücher',
  '1',
  '0x1',
  'a,b',
  '',
);
const tail = fc.constantFrom(
  'example.com',
  'example.co.uk',
  'github.io',
  'com',
  'a.example',
  '1.2.3.4',
  '127.1',
);
const dot = fc.constantFrom('', '', '', '.');

/** Host names, some of them broken, some of them addresses. */
export const siteHost = fc
  .tuple(
    fc.array(label, { maxLength: 3 }),
    fc.oneof({ weight: 4, arbitrary: fc.constant('example.com') }, tail),
    dot,
  )
  .map(([labels, end, last]) => [...labels, end].join('.') + last);

const segment = fc.constantFrom(
  'art',
  'artist',
  'a',
  '',
  '.',
  '..',
  '%2e',
  '%2E.',
  '%61rt',
  '%7Eann',
  '~ann',
  '%',
  '%%36%31',
  '%2f',
  '%2F',
  '%zz',
  'a b',
  'café',
  'a;v=1',
  'a^b',
  'a|b',
  "it's",
  'a%25',
  ')',
  '.hidden',
  'a.jpg',
  '%C3%A9',
  'a\\b',
  'a\tb',
);
const path = fc.oneof(
  fc.array(segment, { maxLength: 4 }).map((parts) => parts.map((part) => `/${part}`).join('')),
  fc
    .array(fc.constantFrom('art', 'a'), { maxLength: 20 })
    .map((parts) => parts.map((part) => `/${part}`).join('')),
);
const port = fc.constantFrom('', '', '', ':80', ':443', ':8443', ':');
const query = fc.oneof(
  fc.constantFrom(
    '',
    '',
    '?',
    '?a=1&b=2',
    '?b=2&a=1',
    '?q=%41',
    "?it's",
    '?a?b',
    '?%',
    '?%%34%31',
    '?x=/../y',
    '?é',
  ),
  fc.string({ maxLength: 6 }).map((text) => `?${text}`),
);
const fragment = fc.constantFrom('', '', '#x', '#?x');
const userinfo = fc.constantFrom('', '', '', 'u@', 'u:p@', 'example.com@');
const scheme = fc.constantFrom(
  'https://',
  'https://',
  'http://',
  'HTTP://',
  'https:\\\\',
  'https:/',
  ' https://',
  'ftp://',
);

/** Host and path, as somebody may type a prefix. */
export const prefixOf = fc.tuple(siteHost, port, path).map((parts) => parts.join(''));

/** URLs as they stand in data: mostly good, some hostile. */
export const anyUrl = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(scheme, userinfo, siteHost, port, path, query, fragment)
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.webUrl({ withQueryParameters: true, withFragments: true }) },
  { weight: 1, arbitrary: fc.string() },
);

const hostUnit = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...'abz019_') },
  { weight: 1, arbitrary: fc.constantFrom('-', '.', 'xn--', ':8', 'A', '.1', ',') },
);
const pathUnit = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...'aZ0-_~/.=&', '%20', '%2F', '%C3%A9', '%00', '%25') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...'!$\'()*+,;:@?%#\\ ^|"`{}[]<>é\t\n', '%2f', '%7E', '%41', '/..', '/.'),
  },
);
/** URLs of which most are clean, and the others by one character. */
export const nearlyCleanUrl = fc
  .tuple(
    fc.constantFrom('https://', 'https://', 'https://', 'http://', 'HTTPS://', 'https:/'),
    fc.string({ unit: hostUnit, minLength: 1, maxLength: 6 }),
    fc.constantFrom('', '.com', '.example'),
    fc.string({ unit: pathUnit, maxLength: 8 }).map((text) => `/${text}`),
  )
  .map((parts) => parts.join(''));
