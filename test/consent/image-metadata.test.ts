import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/consent/decision.ts';
import { readImageMetadata, readXmpPacket } from '../../src/consent/image-metadata.ts';
import { carriedMax, xmpBytesMax } from '../../src/consent/in-file/carriers.ts';
import { findAssertions } from '../../src/consent/in-file/jumbf.ts';
import { readTrainingMining } from '../../src/consent/in-file/training-mining.ts';
import {
  app11,
  box,
  bytesOf,
  concat,
  gifWithXmp,
  itxt,
  jpegSegment,
  jpegWith,
  manifestStore,
  picture,
  pictureWithXmp,
  pngChunk,
  pngWith,
  storedPicture,
  superbox,
  u16,
  u32,
  u32le,
} from './picture-bytes.ts';
import { contextOf, type SignalUsage, signalUsages, verdicts } from './signal-verdicts.ts';
import { ownVectors } from './vectors.ts';

type Input =
  | { kind: 'xmp'; xmp: string }
  | { kind: 'assertion'; label: string; data: unknown; signature: 'valid' | 'invalid' };
type Expected = Partial<Record<SignalUsage, Verdict>> & {
  dmi?: string | null;
  constraints?: string;
  reason?: string;
};

const vectors = ownVectors<Input, Expected>('signals/image-metadata.json');
const where = 'https://example.com/a.jpg';
const context = contextOf({ url: where, where });
const plus = 'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"';
const vocabulary = 'http://ns.useplus.org/ldf/vocab/';
const read = (bytes: Uint8Array) => readImageMetadata(bytes, context);

function xmp(inside: string, attributes = ''): string {
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ${plus} ${attributes}>${inside}</rdf:Description></rdf:RDF></x:xmpmeta>`;
}

const prohibited = xmp(`<plus:DataMining>${vocabulary}DMI-PROHIBITED</plus:DataMining>`);
const allowed = xmp(`<plus:DataMining>${vocabulary}DMI-ALLOWED</plus:DataMining>`);

function assertion(entries: unknown, label = 'cawg.training-mining') {
  return { label, content: box('cbor', encode({ entries })) };
}
const refusal = assertion({ 'cawg.ai_generative_training': { use: 'notAllowed' } });

describe('in the file, our own vectors', () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(40));

  it.each(vectors)('$id', async ({ input, expect: { dmi, constraints, reason, ...expected } }) => {
    if (input.kind === 'xmp') {
      const reading = readXmpPacket(input.xmp, context);
      expect(verdicts(reading.evidence, null)).toMatchObject(expected);
      if (dmi !== undefined) expect(reading.dataMining[0] ?? null).toBe(dmi);
      if (constraints !== undefined) expect(reading.constraints).toBe(constraints);
      // The same packet in a picture says the same.
      const inPicture = read(pngWith(await picture('png'), itxt(bytesOf(input.xmp))));
      expect(verdicts(inPicture.evidence, null)).toEqual(verdicts(reading.evidence, null));
      return;
    }
    const { label, data } = input;
    const store = manifestStore([{ label, content: box('cbor', encode(data)) }]);
    const { evidence } = read(pngWith(await picture('png'), pngChunk('caBX', store)));
    expect(verdicts(evidence, null)).toMatchObject(expected);
    const reasons = readTrainingMining(label, data).refusals.map((refused) => refused.reason);
    if (reason !== undefined) expect(reasons).toContain(reason);
  });
});

describe('XMP in every format', () => {
  it.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)('%s as sharp writes it', async (format) => {
    const reading = read(await pictureWithXmp(format, prohibited));
    expect(verdicts(reading.evidence, null)).toEqual({
      'train-ai': 'disallow',
      'ai-use': 'disallow',
      search: 'disallow',
    });
    expect(reading.warnings).toEqual([]);
    const granted = read(await pictureWithXmp(format, allowed));
    expect(verdicts(granted.evidence, null)['train-ai']).toBe('allow');
  });

  it.each(['jpg', 'png', 'webp', 'gif', 'tiff', 'avif'])('%s as exiftool writes it', (extension) => {
    const reading = read(storedPicture(`xmp.${extension}`));
    expect(reading.dataMining).toEqual(['DMI-PROHIBITED-AIMLTRAINING']);
    expect(reading.warnings).toEqual([]);
  });

  it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const)(
    '%s without metadata says nothing',
    async (format) => {
      expect(read(await picture(format))).toEqual({
        evidence: [],
        warnings: [],
        dataMining: [],
        constraints: null,
        recognised: true,
      });
    },
  );

  it.each([
    ['compressed iTXt', async () => pngWith(await picture('png'), itxt(bytesOf(prohibited), true))],
    ['a GIF application extension', async () => gifWithXmp(await picture('gif'), prohibited)],
    [
      'a uuid box',
      async () =>
        concat(
          await picture('avif'),
          box('uuid', Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex'), prohibited),
        ),
    ],
    [
      'a packet padded with zeros',
      async () => pngWith(await picture('png'), itxt(concat(prohibited, new Uint8Array(100)))),
    ],
  ])('%s', async (_name, make) => {
    const reading = read(await make());
    expect(reading.dataMining).toEqual(['DMI-PROHIBITED']);
    expect(reading.warnings).toEqual([]);
  });

  it('place and words are told', async () => {
    expect(read(await pictureWithXmp('jpeg', prohibited)).evidence[0]).toEqual({
      source: 'image-metadata',
      usage: 'train-ai',
      preference: 'disallow',
      where: `${where}, XMP packet (APP1)`,
      quote: `plus:DataMining: ${vocabulary}DMI-PROHIBITED`,
      observedAt: '2026-11-23T12:00:00.000Z',
    });
  });

  const digest = '0123456789ABCDEF0123456789ABCDEF';
  const main = xmp('', `xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="${digest}"`);
  const part = (text: string, offset: number, length: number) =>
    jpegSegment(0xe1, concat('http://ns.adobe.com/xmp/extension/\0', digest, u32(length), u32(offset), text));
  const first = jpegSegment(0xe1, concat('http://ns.adobe.com/xap/1.0/\0', main));
  const cut = 100;
  const parts = [
    part(prohibited.slice(0, cut), 0, prohibited.length),
    part(prohibited.slice(cut), cut, prohibited.length),
  ] as const;
  it.each([
    ['in order', [first, ...parts], ['DMI-PROHIBITED'], 0],
    ['in any order', [first, parts[1], parts[0]], ['DMI-PROHIBITED'], 0],
    ['with a part missing', [first, parts[0]], [], 1],
    ['that no packet names', [...parts], [], 0],
  ])('extended XMP %s', async (_name, segments, keys, warnings) => {
    const reading = read(jpegWith(await picture('jpeg'), ...segments));
    expect(reading.dataMining).toEqual(keys);
    expect(reading.warnings).toHaveLength(warnings);
  });

  it('TDMRep in XMP, in both namespaces', () => {
    for (const ns of ['http://www.w3.org/ns/tdmrep/', 'http://www.w3.org/ns/tdmrep#']) {
      const packet = xmp(
        '<t:reservation>1</t:reservation><t:policy>https://example.com/p.json</t:policy>',
        `xmlns:t="${ns}"`,
      );
      expect(readXmpPacket(packet, context).evidence).toMatchObject([
        {
          source: 'tdmrep',
          usage: 'train-ai',
          preference: 'disallow',
          licence: 'https://example.com/p.json',
          quote: 'tdm:reservation: 1',
        },
        { source: 'tdmrep', usage: 'ai-use', preference: 'disallow' },
      ]);
    }
  });

  it.each([
    ['a resource', `<plus:DataMining rdf:resource="${vocabulary}DMI-PROHIBITED"/>`],
    [
      'a qualified value',
      `<plus:DataMining rdf:parseType="Resource"><rdf:value>DMI-PROHIBITED</rdf:value></plus:DataMining>`,
    ],
    [
      'an item of a bag',
      '<plus:DataMining><rdf:Bag><rdf:li>DMI-PROHIBITED</rdf:li></rdf:Bag></plus:DataMining>',
    ],
    ['white space around it', '<plus:DataMining>\n DMI-PROHIBITED\n</plus:DataMining>'],
    ['CDATA', '<plus:DataMining><![CDATA[DMI-PROHIBITED]]></plus:DataMining>'],
  ])('the value as %s', (_name, inside) => {
    expect(readXmpPacket(xmp(inside), context).dataMining).toEqual(['DMI-PROHIBITED']);
  });

  it('a property of an ingredient is not one of the file', () => {
    const inside =
      '<plus:Nested rdf:parseType="Resource"><plus:DataMining>DMI-ALLOWED</plus:DataMining></plus:Nested>';
    expect(readXmpPacket(xmp(inside), context).dataMining).toEqual([]);
  });
});

describe('what a writer of XMP probably meant', () => {
  it.each([
    [
      '<plus:DataMining>DMI-PROHIBITED-AITRAINING</plus:DataMining>',
      'unknown',
      `write \`${vocabulary}DMI-PROHIBITED-AIMLTRAINING\``,
    ],
    [
      '<plus:DataMining>DMI-PROHIBITED-GENAITRAINING</plus:DataMining>',
      'unknown',
      `write \`${vocabulary}DMI-PROHIBITED-GENAIMLTRAINING\``,
    ],
    ['<plus:DataMining>not allowed</plus:DataMining>', 'unknown', `write \`${vocabulary}DMI-PROHIBITED\``],
    ['<plus:DataMining>yes</plus:DataMining>', 'unknown', /^write one of DMI-UNSPECIFIED/],
    [
      '<plus:DataMining>https://ns.useplus.org/ldf/vocab/DMI-PROHIBITED</plus:DataMining>',
      'disallow',
      `write \`${vocabulary}DMI-PROHIBITED\``,
    ],
    [
      '<plus:DataMining>dmi-prohibited</plus:DataMining>',
      'disallow',
      `write \`${vocabulary}DMI-PROHIBITED\``,
    ],
    ['<plus:DataMining>dmi-allowed</plus:DataMining>', 'unknown', `write \`${vocabulary}DMI-ALLOWED\``],
    ['<plus:datamining>DMI-PROHIBITED</plus:datamining>', 'unknown', /^write `plus:DataMining`/],
    [
      '<p:DataMining xmlns:p="http://ns.useplus.org/ldf/xmp/1.0">DMI-PROHIBITED</p:DataMining>',
      'unknown',
      /^write `plus:DataMining`/,
    ],
    ['<x:DataMining xmlns:x="urn:x">DMI-PROHIBITED</x:DataMining>', 'unknown', /^write `plus:DataMining`/],
    [
      '<t:reservation xmlns:t="http://www.w3.org/ns/tdmrep">1</t:reservation>',
      'unknown',
      /^write `tdm:reservation`/,
    ],
    [
      '<t:tdm-reservation xmlns:t="http://www.w3.org/ns/tdmrep/">1</t:tdm-reservation>',
      'unknown',
      /^write `tdm:reservation`/,
    ],
    [
      '<t:reservation xmlns:t="http://www.w3.org/ns/tdmrep/">true</t:reservation>',
      'unknown',
      /^write `<tdm:reservation>1/,
    ],
    [
      '<t:policy xmlns:t="http://www.w3.org/ns/tdmrep/">/policy</t:policy>',
      'unknown',
      /^write the whole address/,
    ],
    ['<u:DataMining>DMI-PROHIBITED</u:DataMining>', 'unknown', /^declare the prefix/],
  ])('%s', (inside, verdict, fix) => {
    const { evidence, warnings } = readXmpPacket(xmp(inside), context);
    expect(verdicts(evidence, null)['train-ai']).toBe(verdict);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.fix).toEqual(typeof fix === 'string' ? fix : expect.stringMatching(fix));
  });

  it('what cannot be read takes away a grant beside it', () => {
    const both = xmp(
      '<plus:DataMining>DMI-ALLOWED</plus:DataMining><plus:DataMining>DMI-PROHIBITED-AITRAINING</plus:DataMining>',
    );
    expect(readXmpPacket(both, context).evidence).toEqual([]);
  });
});

describe('C2PA', () => {
  it.each(['cawg.jpg', 'cawg.png', 'cawg.webp', 'cawg.gif', 'cawg.avif', 'cawg.tiff'])(
    '%s, signed with c2pa-rs',
    (name) => {
      const reading = read(storedPicture(name));
      expect(reading.warnings).toEqual([]);
      expect(reading.evidence).toMatchObject([
        {
          source: 'c2pa',
          usage: 'train-ai',
          preference: 'disallow',
          quote: 'cawg.training-mining: cawg.ai_generative_training use=notAllowed',
          where: expect.stringMatching(/C2PA manifest urn:c2pa:[0-9a-f-]{36} \(not validated\)$/),
        },
        {
          source: 'c2pa',
          usage: 'ai-use',
          preference: 'disallow',
          licence: 'https://example.com/terms',
          quote:
            'cawg.training-mining: cawg.ai_inference use=constrained: Ask first: https://example.com/terms',
        },
      ]);
    },
  );

  it('the predecessor, signed with c2pa-rs', () => {
    expect(read(storedPicture('c2pa.webp')).evidence).toMatchObject([
      { usage: 'train-ai', preference: 'disallow' },
    ]);
  });

  const inPng = async (...chunks: Uint8Array[]) =>
    read(pngWith(await picture('png'), ...chunks.map((jumbf) => pngChunk('caBX', jumbf))));

  it('in several APP11 packets, in any order', async () => {
    const segments = app11(manifestStore([refusal]), 50);
    expect(segments.length).toBeGreaterThan(3);
    expect(read(jpegWith(await picture('jpeg'), ...segments.reverse())).evidence).toMatchObject([
      { usage: 'train-ai' },
    ]);
  });

  it.each([
    [
      'a flat map (CAWG 1.0)',
      {
        label: 'cawg.training-mining',
        content: box('cbor', encode({ 'cawg.ai_inference': { use: 'notAllowed' } })),
      },
      ['ai-use', undefined],
    ],
    [
      'JSON',
      {
        label: 'c2pa.training-mining',
        content: box('json', '{"entries":{"c2pa.ai_inference":{"use":"notAllowed"}}}'),
      },
      ['ai-use', undefined],
    ],
    [
      'a second instance',
      assertion({ 'cawg.ai_inference': { use: 'notAllowed' } }, 'cawg.training-mining__2'),
      ['ai-use', undefined],
    ],
    [
      'constrained without words',
      assertion({ 'cawg.ai_inference': { use: 'constrained' } }),
      ['ai-use', undefined],
    ],
    [
      'a tagged date beside',
      {
        label: 'cawg.training-mining',
        content: box(
          'cbor',
          concat(
            [0xa2, 0x67],
            'entries',
            encode({ 'cawg.ai_inference': { use: 'notAllowed' } }),
            [0x64],
            'when',
            [0xc0, 0x61],
            'x',
          ),
        ),
      },
      ['ai-use', undefined],
    ],
    [
      'indefinite lengths',
      {
        label: 'cawg.training-mining',
        content: box(
          'cbor',
          concat(
            [0xbf, 0x67],
            'entries',
            [0xbf, 0x71],
            'cawg.ai_inference',
            [0xbf, 0x63],
            'use',
            [0x6a],
            'notAllowed',
            [0xff, 0xff, 0xff],
          ),
        ),
      },
      ['ai-use', undefined],
    ],
    [
      'ours: data mining alone',
      assertion({ 'cawg.data_mining': { use: 'notAllowed' } }),
      ['train-ai', 'possible'],
    ],
    [
      'ours: other training alone',
      assertion({ 'cawg.ai_training': { use: 'constrained' } }),
      ['train-ai', 'possible'],
    ],
    ['another spelling', assertion({ 'cawg.ai_inference': { use: 'not_allowed' } }), ['ai-use', undefined]],
    ['a word instead of a map', assertion({ 'cawg.ai_inference': 'notAllowed' }), ['ai-use', undefined]],
  ])('%s', async (_name, one, [usage, weight]) => {
    const { evidence } = await inPng(manifestStore([one]));
    expect(evidence.map((said) => [said.usage, said.preference, said.weight])).toEqual([
      [usage, 'disallow', weight],
    ]);
  });

  it('earlier manifests are possible, and those an update adds to count', async () => {
    const weights = async (store: Uint8Array) => (await inPng(store)).evidence.map(({ weight }) => weight);
    expect(await weights(manifestStore([refusal], [assertion({})]))).toEqual(['possible']);
    expect(await weights(manifestStore([refusal], [{ ...assertion({}), kind: 'c2um' }]))).toEqual([
      undefined,
    ]);
  });

  const inner = (depth: number) => concat(new Uint8Array(depth).fill(0x81), [0]);
  it.each([
    ['not CBOR', box('cbor', [0xff, 0xff]), /cannot be decoded/],
    [
      'cut off',
      box('cbor', encode({ entries: { 'cawg.ai_inference': { use: 'notAllowed' } } }).slice(0, -2)),
      /cannot be decoded/,
    ],
    ['keys said twice', box('cbor', concat([0xa2, 0x61], 'a', [0, 0x61], 'a', [0])), /cannot be decoded/],
    ['nested 60,000 deep', box('cbor', inner(60_000)), /cannot be decoded/],
    ['an array of 2^53', box('cbor', [0x9b, 0, 0x1f, 255, 255, 255, 255, 255, 255]), /cannot be decoded/],
    ['JSON nested 60,000 deep', box('json', '['.repeat(60_000)), /cannot be decoded/],
    [
      'a use nobody knows',
      box('cbor', encode({ entries: { 'cawg.ai_inference': { use: 'maybe' } } })),
      /says nothing/,
    ],
    [
      'longer than is read',
      box('cbor', encode({ entries: {}, more: 'x'.repeat(70_000) })),
      /broken, compressed or too large/,
    ],
  ])('%s says nothing', async (_name, content, message) => {
    const { evidence, warnings } = await inPng(manifestStore([{ label: 'cawg.training-mining', content }]));
    expect(evidence).toEqual([]);
    expect(warnings).toMatchObject([{ message: expect.stringMatching(message) }]);
  });

  it.each([
    ['compressed', superbox('c2pa', 'c2pa', box('brob', 'x'))],
    ['without description', box('jumb', box('cbor', [0]))],
    ['a length of 4', concat(u32(4), 'jumb')],
    ['a length of 2^64', concat(u32(1), 'jumb', u32(0xffffffff), u32(0xffffffff))],
    ['20,000 boxes', superbox('c2pa', 'c2pa', ...Array.from({ length: 20_000 }, () => box('free')))],
  ])('a store that is %s is told', (_name, store) => {
    expect(findAssertions(store)).toEqual({ assertions: [], cut: true });
  });

  it('another use of JUMBF is no concern', () => {
    expect(findAssertions(superbox('json', 'other', box('json', '{}')))).toEqual({
      assertions: [],
      cut: false,
    });
  });
});

describe('hostile and broken files', () => {
  it.each([
    ['inflates to 100 MB', async () => itxt(new Uint8Array(100 * 1024 * 1024), true)],
    ['is longer than is read', async () => itxt(new Uint8Array(xmpBytesMax + 1))],
    ['is not zlib', async () => pngChunk('iTXt', concat('XML:com.adobe.xmp', [0, 1, 0, 0, 0], 'nonsense'))],
    ['has no text', async () => pngChunk('iTXt', bytesOf('XML:com.adobe.xmp\0'))],
  ])('a packet that %s takes away a grant beside it', async (_name, make) => {
    const png = await picture('png');
    expect(read(pngWith(png, itxt(bytesOf(allowed)))).evidence).toHaveLength(3);
    const reading = read(pngWith(png, itxt(bytesOf(allowed)), await make()));
    expect(reading.evidence).toEqual([]);
    expect(reading.warnings).toHaveLength(1);
    expect(read(pngWith(png, itxt(bytesOf(prohibited)), await make())).evidence).toHaveLength(3);
  });

  it('only so many packets are decompressed', async () => {
    const bomb = itxt(new Uint8Array(4 * 1024 * 1024), true);
    const bombs = Array.from({ length: carriedMax * 20 }, () => bomb);
    const reading = read(pngWith(await picture('png'), ...bombs, itxt(bytesOf(allowed))));
    expect(reading.evidence).toEqual([]);
  });

  it.each([
    [
      'an item location table of empty extents',
      () => {
        const info = box(
          'iinf',
          [0, 0, 0, 0, 0, 1],
          box('infe', [2, 0, 0, 0], u16(1), u16(0), 'mime', 'x\0application/rdf+xml\0'),
        );
        const places = box(
          'iloc',
          [0, 0, 0, 0],
          u16(0),
          u16(65_535),
          ...Array.from({ length: 60_000 }, () => [...u16(1), ...u16(0), ...u16(65_535)]),
        );
        return concat(box('ftyp', 'avif', u32(0), 'avif'), box('meta', u32(0), info, places));
      },
    ],
    ['a TIFF that points at itself', () => concat('II', [42, 0], u32le(8), [0, 0], u32le(8))],
    ['a JPEG of fill bytes', () => concat([0xff, 0xd8], new Uint8Array(2_000_000).fill(0xff))],
    [
      'a GIF of empty blocks',
      () => concat('GIF89a', new Uint8Array(7), new Uint8Array(2_000_000).fill(0x21)),
    ],
    ['a WebP that ends early', () => concat('RIFF', u32le(100), 'WEBP', 'XMP ', u32le(50))],
    [
      'boxes of 8 bytes',
      () => concat(box('ftyp', 'avif'), ...Array.from({ length: 10_000 }, () => box('free'))),
    ],
  ])('%s is given up', (_name, make) => {
    const reading = read(make());
    expect(reading.evidence).toEqual([]);
    expect(reading.warnings).toHaveLength(1);
  });

  it('a file that is none of these formats is not recognised', () => {
    expect(read(bytesOf('<svg/>')).recognised).toBe(false);
    expect(read(new Uint8Array()).recognised).toBe(false);
  });

  it('a file cut anywhere grants nothing', async () => {
    const png = pngWith(await picture('png'), itxt(bytesOf(allowed)));
    for (let at = 0; at < png.length - 12; at++) expect(read(png.subarray(0, at)).evidence).toEqual([]);
    const jpeg = await pictureWithXmp('jpeg', allowed);
    const scan = jpeg.findIndex((byte, at) => byte === 0xff && jpeg[at + 1] === 0xda);
    for (let at = 0; at < scan; at++) expect(read(jpeg.subarray(0, at)).evidence).toEqual([]);
  });

  it('never throws, whatever bytes are changed, and assertions never grant', async () => {
    const signed = ['cawg.jpg', 'cawg.png', 'cawg.webp', 'cawg.gif', 'cawg.avif', 'cawg.tiff'].map(
      storedPicture,
    );
    const written = await Promise.all(
      (['jpeg', 'png', 'webp', 'tiff', 'avif'] as const).map((format) => pictureWithXmp(format, prohibited)),
    );
    const change = fc.record({ at: fc.nat(), by: fc.uint8Array({ maxLength: 8 }) });
    fc.assert(
      fc.property(
        fc.constantFrom(...signed, ...written),
        fc.array(change, { maxLength: 8 }),
        (file, changes) => {
          const bytes = file.slice();
          for (const { at, by } of changes)
            bytes.set(by.subarray(0, bytes.length - (at % bytes.length)), at % bytes.length);
          const { evidence } = read(bytes);
          expect(evidence.filter(({ preference }) => preference === 'allow')).toEqual([]);
          expect(() => JSON.stringify(evidence)).not.toThrow();
        },
      ),
      { numRuns: 500 },
    );
    const heads = [
      '\x89PNG\r\n\x1a\n',
      '\xff\xd8\xff',
      'RIFF    WEBP',
      'GIF89a',
      'II*\0',
      'MM\0*',
      '    ftyp',
    ].map((head) => Buffer.from(head, 'latin1'));
    fc.assert(
      fc.property(
        fc.constantFrom(...heads),
        fc.uint8Array({ maxLength: 300 }),
        (head, rest) => void read(concat(head, rest)),
      ),
    );
  });

  const entries = fc.dictionary(
    fc.constantFrom('cawg.ai_generative_training', 'c2pa.ai_inference', 'cawg.data_mining', 'x', '__proto__'),
    fc.oneof(
      fc.record({ use: fc.constantFrom('allowed', 'notAllowed', 'constrained', 'x') }),
      fc.jsonValue(),
    ),
  );
  it('any assertion refuses or is silent', () => {
    fc.assert(
      fc.property(entries, fc.boolean(), (given, flat) => {
        const { refusals } = readTrainingMining('cawg.training-mining', flat ? given : { entries: given });
        for (const { usage } of refusals) expect(signalUsages).toContain(usage);
      }),
    );
  });
});
