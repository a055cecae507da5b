import { readdirSync, readFileSync } from 'node:fs';
import { readHtml } from '../../src/consent/html.ts';
import { readImageMetadata, readXmpPacket } from '../../src/consent/image-metadata.ts';
import { findAssertions } from '../../src/consent/in-file/jumbf.ts';
import { decodeAssertion, readTrainingMining } from '../../src/consent/in-file/training-mining.ts';
import { headerRslLinks, htmlRslLinks, inlineRslSources } from '../../src/consent/rsl/discovery.ts';
import { parseRsl } from '../../src/consent/rsl/document.ts';
import { readRsl } from '../../src/consent/rsl/rsl.ts';
import type { SignalReading } from '../../src/consent/signal.ts';
import { quoteLengthMax, signalWarningsMax } from '../../src/consent/statement.ts';
import type { Seeded } from '../../src/demo/seeded.ts';
import { manifestStore } from '../consent/picture-bytes.ts';
import { contextOf } from '../consent/signal-verdicts.ts';
import { ownVectors } from '../consent/vectors.ts';
import { mutated, noise, sequence } from './mutations.ts';
import type { AnyTarget, FuzzTarget } from './targets.ts';

const url = 'https://example.com/articles/x.jpg';
const context = contextOf({ url, where: url });
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Large ones are rare: they take as long as thousands of others. */
const largeChance = 1 / 4_000;
const largeLength = 500_000;
/** As long as XML is read at all. */
const largeXmlLength = 250_000;

const xmlWords = [
  ...[
    '<',
    '>',
    '</',
    '/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?x',
    '?>',
    '<!DOCTYPE a [',
    ']>',
    '<!ENTITY a "b">',
  ],
  ...['&a;', '&amp;', '&#65;', '&#x', '"', "'", '=', ' ', '\n', '\0', '\ufeff', '<a>', '</a>', '<a b="c">'],
];
const rslWords = [
  ...['<rsl xmlns="https://rslstandard.org/rsl">', '</rsl>', '<content url="/">', '</content>', '<license>'],
  ...[
    '</license>',
    '<permits type="usage">',
    '</permits>',
    '<prohibits type="usage">',
    '</prohibits>',
    'all',
  ],
  ...[
    'ai-train',
    'search',
    ',',
    '<payment type="free"/>',
    '<content url="/*a*b$" server="x">',
    'type="user"',
  ],
];
const htmlWords = [
  ...[
    '<meta name=robots content=noai>',
    '<link rel=license type=application/rsl+xml href=a>',
    '<svg>',
    '</svg>',
  ],
  ...[
    '<template>',
    '</template>',
    '<script type=application/rsl+xml>',
    '</script>',
    '<title>',
    '</title>',
    '<base',
  ],
  ...[' href=', '<plaintext>', '<math>', '<desc>', '<body>', '</head>', ' name', ' content="'],
];
const linkWords = [
  '<',
  '>',
  ';',
  ',',
  '"',
  '\\',
  '=',
  ' rel=license',
  'type="application/rsl+xml"',
  'anchor=',
  'a',
];

const rslSamples = ownVectors<{ documents?: Record<string, { body: string }> }, unknown>(
  'signals/rsl.json',
).flatMap(({ input }) => Object.values(input.documents ?? {}).map(({ body }) => body));
const xmpSamples = ownVectors<{ xmp?: string }, unknown>('signals/image-metadata.json').flatMap(
  ({ input }) => (input.xmp === undefined ? [] : [input.xmp]),
);

interface TextKind<Output> {
  samples: readonly string[];
  words: readonly string[];
  run: (text: string) => Output;
  check: (text: string, output: Output) => void;
  lengthMax?: number;
}

function textTarget<Output>({
  samples,
  words,
  run,
  check,
  lengthMax = largeLength,
}: TextKind<Output>): FuzzTarget<string, Output> {
  const bytes = samples.map((sample) => encoder.encode(sample));
  return {
    generate(random) {
      if (random.chance(largeChance)) {
        const piece = sequence(random, words, 4) + decoder.decode(noise(random, 4));
        return `${random.pick(samples).slice(0, random.below(200))}${(piece || ' ').repeat(lengthMax)}`.slice(
          0,
          lengthMax,
        );
      }
      const kind = random.below(10);
      if (kind < 3) return sequence(random, words, 30);
      if (kind < 9) return decoder.decode(mutated(random, bytes));
      return decoder.decode(noise(random, 200));
    },
    bytesOf: (text) => text.length,
    run,
    check,
    show: (text) => JSON.stringify({ length: text.length, text: text.slice(0, 1_000) }),
  };
}

function bytesTarget<Output>(
  samples: readonly Uint8Array[],
  run: (bytes: Uint8Array) => Output,
  check: (bytes: Uint8Array, output: Output) => void,
): FuzzTarget<Uint8Array, Output> {
  return {
    generate: (random: Seeded) =>
      random.chance(0.9) ? mutated(random, samples) : joinedHead(random, samples),
    bytesOf: (bytes) => bytes.length,
    run,
    check,
    show: (bytes) =>
      JSON.stringify({
        bytes: bytes.length,
        base64: Buffer.from(bytes.subarray(0, 1_000)).toString('base64'),
      }),
  };
}

function joinedHead(random: Seeded, samples: readonly Uint8Array[]): Uint8Array {
  const head = random.pick(samples).subarray(0, 8 + random.below(60));
  return new Uint8Array(Buffer.concat([head, noise(random, 400)]));
}

function wellSaid({ evidence, warnings }: SignalReading): void {
  if (warnings.length > signalWarningsMax) throw new Error('more warnings than the cap');
  for (const { quote, where } of [...evidence, ...warnings]) {
    const bounded = quote.length <= quoteLengthMax + 1 && quote.isWellFormed();
    if (!bounded || !where.isWellFormed() || where === '')
      throw new Error('a quote too long, broken, or without its place');
  }
}

function grantsOnly(reading: SignalReading, condition: boolean): void {
  wellSaid(reading);
  if (!condition && reading.evidence.some(({ preference }) => preference === 'allow'))
    throw new Error('a grant nobody wrote');
}

const rsl = textTarget({
  samples: rslSamples,
  lengthMax: largeXmlLength,
  words: [...rslWords, ...xmlWords],
  run: (text) =>
    readRsl([{ where: url, licence: url, parsed: parseRsl(text), quote: 'License: x' }], context),
  check: (text, reading) => grantsOnly(reading, /permits/.test(text)),
});

const html = textTarget({
  samples: rslSamples.map(
    (body) =>
      `<head><base href="/b"><meta name="robots" content="noai"><script type="application/rsl+xml">${body}</script>`,
  ),
  words: [...htmlWords, ...xmlWords],
  run: (text) => {
    const page = readHtml(text, url);
    return { page, links: htmlRslLinks(page, url), sources: inlineRslSources(page, url) };
  },
  check(text, { page, links }) {
    const lines = text.split('\n').length;
    for (const { line, quote } of [...page.metas, ...page.licenceLinks, ...page.inlineRsl]) {
      if (line < 1 || line > lines || !quote.startsWith('<'))
        throw new Error('a place that is not in the page');
    }
    for (const { href } of links.links)
      if (!/^https?:/.test(href)) throw new Error('an address of another scheme');
  },
});

const link = textTarget({
  samples: [
    '</l.xml>; rel="license"; type="application/rsl+xml"',
    '<a>; rel=next, <b,c>; title="x,;<" ;rel=license',
  ],
  words: linkWords,
  run: (text) => headerRslLinks([text], url, 'response header'),
  check(_text, { links }) {
    for (const { href } of links) if (!/^https?:/.test(href)) throw new Error('an address of another scheme');
  },
});

const xmp = textTarget({
  samples: xmpSamples,
  lengthMax: largeXmlLength,
  words: [...xmlWords, 'plus:DataMining', 'DMI-PROHIBITED', 'rdf:resource=', '<rdf:li>'],
  run: (text) => readXmpPacket(text, context),
  check: (text, reading) => grantsOnly(reading, /DMI-ALLOWED|SEARCHENGINE|&#|reservation/.test(text)),
});

const folder = new URL('../vectors/pictures/', import.meta.url);
const pictures = readdirSync(folder)
  .filter((name) => !name.endsWith('.md'))
  .map((name) => new Uint8Array(readFileSync(new URL(name, folder))));

const picture = bytesTarget(
  pictures,
  (bytes) => readImageMetadata(bytes, context),
  (_bytes, reading) => grantsOnly(reading, false),
);

const cbor = Uint8Array.from(
  Buffer.from(
    'a167656e7472696573a17163617767 2e61695f696e666572656e6365a1637573656a6e6f74416c6c6f776564'.replaceAll(
      ' ',
      '',
    ),
    'hex',
  ),
);
const store = manifestStore([
  {
    label: 'cawg.training-mining',
    content: new Uint8Array(
      Buffer.concat([Buffer.from([0, 0, 0, 8 + cbor.length]), Buffer.from('cbor'), cbor]),
    ),
  },
]);

const jumbf = bytesTarget(
  [store],
  (bytes) =>
    findAssertions(bytes).assertions.map((assertion) =>
      readTrainingMining(assertion.label, decodeAssertion(assertion)),
    ),
  (_bytes, readings) => {
    for (const { refusals } of readings) {
      for (const { quote } of refusals)
        if (quote.length > quoteLengthMax + 1) throw new Error('a quote too long');
    }
  },
);

/** Readers of documents and files. */
export const documents = { rsl, html, link, xmp, picture, jumbf } as unknown as Readonly<
  Record<string, AnyTarget>
>;
