/** What one path of a site answers. */
export interface Served {
  status?: number;
  headers?: readonly (readonly [name: string, value: string])[];
  body?: string;
}

/** A site that says one thing in one channel. */
export interface Site {
  /** Its host is this name below `.test`. */
  name: string;
  channel: Channel;
  /** The words themselves, as the table of docs/signals.md shows them. */
  says: string;
  files: Readonly<Record<string, Served>>;
}

export const channels = [
  'robots.txt rules',
  'robots.txt Content-Usage',
  'robots.txt Content-Signal',
  'tdmrep.json',
  'ai.txt',
  'trust.txt',
  'RSL',
  'response header',
  'HTML',
  'picture file',
] as const;
export type Channel = (typeof channels)[number];

/** The path every site is asked about. Where a site says nothing else, it is a page of words. */
export const askedPath = '/art/heron.jpg';

const robots = (
  name: string,
  says: string,
  channel: Channel = 'robots.txt rules',
  more: Site['files'] = {},
): Site => ({
  name,
  channel,
  says,
  files: { '/robots.txt': { body: `${says}\n` }, ...more },
});

const file = (name: string, channel: Channel, path: string, says: string, type = 'text/plain'): Site => ({
  name,
  channel,
  says,
  files: { [path]: { headers: [['Content-Type', type]], body: says } },
});

const header = (name: string, ...headers: (readonly [string, string])[]): Site => ({
  name,
  channel: 'response header',
  says: headers.map(([field, value]) => `${field}: ${value}`).join('\n'),
  files: { [askedPath]: { headers: [['Content-Type', 'image/jpeg'], ...headers], body: '' } },
});

const html = (name: string, head: string): Site => ({
  name,
  channel: 'HTML',
  says: head,
  files: {
    [askedPath]: {
      headers: [['Content-Type', 'text/html; charset=utf-8']],
      body: `<!doctype html><html><head><title>Heron</title>${head}</head><body><p>A heron.</p></body></html>`,
    },
  },
});

const rsl = (inner: string) =>
  `<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>${inner}</license></content></rsl>`;

const licensed = (name: string, inner: string): Site => ({
  name,
  channel: 'RSL',
  says: inner,
  files: {
    '/robots.txt': { body: `License: http://${name}.test/license.xml\n` },
    '/license.xml': { headers: [['Content-Type', 'application/rsl+xml']], body: rsl(inner) },
  },
});

const xmp = (property: string, namespaces: string) =>
  `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ${namespaces}>${property}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;

/** The packet to put into a picture that `askedPath` answers with. */
export const pictures: Readonly<Record<string, string>> = {
  'plus-prohibited': xmp(
    '<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING</plus:DataMining>',
    'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"',
  ),
  'plus-allowed': xmp(
    '<plus:DataMining>http://ns.useplus.org/ldf/vocab/DMI-ALLOWED</plus:DataMining>',
    'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"',
  ),
  'xmp-tdm': xmp('<tdm:reservation>1</tdm:reservation>', 'xmlns:tdm="http://www.w3.org/ns/tdmrep#"'),
  'plus-wrong-namespace': xmp(
    '<x:DataMining>http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED</x:DataMining>',
    'xmlns:x="http://example.com/"',
  ),
};

const inFile = (name: string, says: string): Site => ({ name, channel: 'picture file', says, files: {} });

/** The web of the tests: each site says one thing in one channel. */
export const sites: readonly Site[] = [
  { name: 'silent', channel: 'robots.txt rules', says: '(404)', files: {} },
  robots('empty', ''),
  robots('all-disallowed', 'User-agent: *\nDisallow: /'),
  robots('gptbot', 'User-agent: GPTBot\nDisallow: /'),
  robots('claudebot', 'User-agent: ClaudeBot\nDisallow: /art/'),
  robots('elsewhere', 'User-agent: *\nDisallow: /private/'),
  robots('longest-wins', 'User-agent: *\nDisallow: /\nAllow: /art/'),
  robots('unknown-line', 'User-agent: GPTBot\nCrawl-delay: 10\nUser-agent: CCBot\nDisallow: /'),
  robots('group-without-rules', 'User-agent: GPTBot\n\nUser-agent: *\nDisallow: /'),
  robots('two-groups', 'User-agent: CCBot\nDisallow: /music/\n\nUser-agent: CCBot\nDisallow: /art/'),
  robots('google-extended', 'User-agent: Google-Extended\nDisallow: /'),
  robots('perplexity', 'User-agent: PerplexityBot\nDisallow: /'),
  robots('usage-token', 'User-agent: __usage_ai-training\nDisallow: /'),
  robots('percent', 'User-agent: *\nDisallow: /%61rt/'),
  robots('star-and-end', 'User-agent: *\nDisallow: /*.jpg$'),
  robots('typo', 'Useragent: *\nDisalow: /'),
  robots('byte-order-mark', '\uFEFFUser-agent: *\nDisallow: /'),
  { name: 'broken', channel: 'robots.txt rules', says: '(503)', files: { '/robots.txt': { status: 503 } } },
  { name: 'too-many', channel: 'robots.txt rules', says: '(429)', files: { '/robots.txt': { status: 429 } } },
  {
    name: 'forbidden',
    channel: 'robots.txt rules',
    says: '(403)',
    files: { '/robots.txt': { status: 403 } },
  },
  {
    name: 'moved',
    channel: 'robots.txt rules',
    says: '(301 to all-disallowed.test/robots.txt)',
    files: {
      '/robots.txt': { status: 301, headers: [['Location', 'http://all-disallowed.test/robots.txt']] },
    },
  },

  robots('usage-no', 'User-agent: *\nContent-Usage: train-ai=n\nAllow: /', 'robots.txt Content-Usage'),
  robots(
    'usage-path',
    'User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /art/ train-ai=y\nAllow: /',
    'robots.txt Content-Usage',
  ),
  robots(
    'usage-three',
    'User-agent: *\nContent-Usage: train-ai=n, ai-use=n, search=y\nAllow: /',
    'robots.txt Content-Usage',
  ),
  robots('usage-named', 'User-agent: GPTBot\nContent-Usage: ai-use=n\nAllow: /', 'robots.txt Content-Usage'),
  robots('usage-mistaken', 'User-agent: *\nContent-Usage: train-ai=no\nAllow: /', 'robots.txt Content-Usage'),
  robots(
    'usage-not-crawlable',
    'User-agent: *\nContent-Usage: train-ai=y\nDisallow: /art/',
    'robots.txt Content-Usage',
  ),

  robots('signal-no', 'User-agent: *\nContent-Signal: ai-train=no\nAllow: /', 'robots.txt Content-Signal'),
  robots(
    'signal-managed',
    'User-agent: *\nContent-Signal: search=yes,ai-train=no,use=reference\nAllow: /',
    'robots.txt Content-Signal',
  ),
  robots('signal-input', 'User-agent: *\nContent-Signal: ai-input=no\nAllow: /', 'robots.txt Content-Signal'),
  robots(
    'signal-aipref-words',
    'User-agent: *\nContent-Signal: train-ai=n\nAllow: /',
    'robots.txt Content-Signal',
  ),

  file(
    'tdm-all',
    'tdmrep.json',
    '/.well-known/tdmrep.json',
    '[{"location": "/", "tdm-reservation": 1}]',
    'application/json',
  ),
  file(
    'tdm-first-wins',
    'tdmrep.json',
    '/.well-known/tdmrep.json',
    '[{"location": "/art/", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}]',
    'application/json',
  ),
  file(
    'tdm-elsewhere',
    'tdmrep.json',
    '/.well-known/tdmrep.json',
    '[{"location": "/music/", "tdm-reservation": 1}]',
    'application/json',
  ),
  file(
    'tdm-object',
    'tdmrep.json',
    '/.well-known/tdmrep.json',
    '{"location": "/", "tdm-reservation": 1}',
    'application/json',
  ),

  file('ai-txt-jpg', 'ai.txt', '/ai.txt', 'User-Agent: *\nDisallow: *.jpg\n'),
  file('ai-txt-all', 'ai.txt', '/ai.txt', 'User-Agent: *\nDisallow: /\n'),
  file('ai-txt-page', 'ai.txt', '/ai.txt', '<!doctype html><title>Not found</title>', 'text/html'),

  file('trust-no', 'trust.txt', '/trust.txt', 'datatrainingallowed=no\n'),
  file('trust-well-known', 'trust.txt', '/.well-known/trust.txt', 'datatrainingallowed=no\n'),
  file('trust-yes', 'trust.txt', '/trust.txt', 'datatrainingallowed=yes\n'),
  file('trust-maybe', 'trust.txt', '/trust.txt', 'datatrainingallowed=maybe\n'),

  licensed('rsl-prohibits', '<prohibits type="usage">ai-all</prohibits>'),
  licensed('rsl-search-only', '<permits type="usage">search</permits>'),
  licensed('rsl-commas', '<permits type="usage">ai-train, search</permits>'),
  robots('rsl-relative', 'License: /license.xml', 'RSL', {
    '/license.xml': {
      headers: [['Content-Type', 'application/rsl+xml']],
      body: rsl('<prohibits type="usage">ai-all</prohibits>'),
    },
  }),
  robots('rsl-missing', 'License: http://rsl-missing.test/license.xml', 'RSL'),

  header('noai', ['X-Robots-Tag', 'noai, noimageai']),
  header('noai-named', ['X-Robots-Tag', 'GPTBot: noai']),
  header('usage-header', ['Content-Usage', 'train-ai=n']),
  header('usage-header-mistaken', ['Content-Usage', 'train-ai=no']),
  header('tdm-header', ['tdm-reservation', '1'], ['tdm-policy', 'https://tdm-header.test/policy']),
  header('noarchive', ['X-Robots-Tag', 'noarchive']),

  html('meta-noai', '<meta name="robots" content="noai">'),
  html('meta-tdm', '<meta name="tdm-reservation" content="1">'),
  html(
    'meta-rsl',
    `<script type="application/rsl+xml">${rsl('<prohibits type="usage">ai-train</prohibits>')}</script>`,
  ),

  inFile('plus-prohibited', 'plus:DataMining = DMI-PROHIBITED-AIMLTRAINING'),
  inFile('plus-allowed', 'plus:DataMining = DMI-ALLOWED'),
  inFile('xmp-tdm', 'tdm:reservation = 1'),
  inFile('cawg', 'cawg.training-mining: ai_generative_training notAllowed, ai_inference constrained'),
  inFile('plus-wrong-namespace', 'DataMining = DMI-PROHIBITED in another namespace'),
];
