import { encode } from 'cborg';
import { zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { readHtml } from '../../src/consent/html.ts';
import { readImageMetadata, readXmpPacket } from '../../src/consent/image-metadata.ts';
import { xmpToPaste } from '../../src/consent/paste/documents.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import { htmlRslLinks, inlineRslSources, robotsRslLinks } from '../../src/consent/rsl/discovery.ts';
import { parseRsl } from '../../src/consent/rsl/document.ts';
import { readRsl } from '../../src/consent/rsl/rsl.ts';
import imageVectors from '../vectors/signals/image-metadata.json' with { type: 'json' };
import rslVectors from '../vectors/signals/rsl.json' with { type: 'json' };

const url = 'https://example.com/a.png';
const context = { url, agent: null, where: url, observedAt: '2026-11-23T12:00:00.000Z' };

/** A PNG of nothing but these chunks: their readers look at no pixels. */
function png(...chunks: [type: string, data: Uint8Array][]): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)];
  for (const [type, data] of [...chunks, ['IEND', new Uint8Array()] as const]) {
    parts.push(number(data.length), latin1(type), data, new Uint8Array(4));
  }
  return joined(...parts);
}

function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function number(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function box(type: string, ...content: Uint8Array[]): Uint8Array {
  const data = joined(...content);
  return joined(number(data.length + 8), latin1(type), data);
}

function superbox(kind: string, label: string, ...content: Uint8Array[]): Uint8Array {
  return box('jumb', box('jumd', latin1(kind), new Uint8Array(12), latin1(`\x03${label}\0`)), ...content);
}

describe('documents and files are read in workerd as in Node', () => {
  it('RSL', () => {
    for (const { id, input, expect: expected } of rslVectors.vectors) {
      const { crawl: _crawl, ...outcomes } = expected as Record<string, string>;
      const documents = ('documents' in input ? input.documents : {}) as Record<string, { body: string }>;
      const { links } = robotsRslLinks(
        parseRobots(input.robots),
        input.agent,
        'https://example.com/robots.txt',
      );
      const sources = links.map(({ href, quote }) => ({
        where: href,
        licence: href,
        parsed: documents[href] === undefined ? null : parseRsl(documents[href].body),
        quote,
      }));
      expect(readRsl(sources, { ...context, url: input.url }).outcomes, id).toMatchObject(outcomes);
    }
  });

  it('XMP', () => {
    for (const { id, input, expect: expected } of imageVectors.vectors) {
      if (!('xmp' in input) || input.xmp === undefined || !('dmi' in expected)) continue;
      expect(readXmpPacket(input.xmp, context).dataMining[0] ?? null, id).toBe(expected.dmi);
    }
  });

  it('a page', () => {
    const html = readHtml(
      '<meta name="robots" content="no&#97;i"><link rel=license type="application/rsl+xml" href="/l"><script type="application/rsl+xml"><rsl xmlns="https://rslstandard.org/rsl"/></script>',
      url,
    );
    expect(html.metas).toMatchObject([{ name: 'robots', content: 'noai' }]);
    expect(htmlRslLinks(html, url).links).toMatchObject([{ href: 'https://example.com/l' }]);
    expect(inlineRslSources(html, url)[0]?.parsed?.document).not.toBeNull();
  });

  it('a picture, with compressed XMP and a manifest', () => {
    const packet = zlibSync(new TextEncoder().encode(xmpToPaste(['train-ai'])?.packet ?? ''));
    const entries = { 'cawg.ai_inference': { use: 'notAllowed' } };
    const assertion = superbox('cbor', 'cawg.training-mining', box('cbor', encode({ entries })));
    const store = superbox(
      'c2pa',
      'c2pa',
      superbox('c2ma', 'urn:c2pa:1', superbox('c2as', 'c2pa.assertions', assertion)),
    );
    const bytes = png(['zTXt', joined(latin1('XML:com.adobe.xmp\0\0'), packet)], ['caBX', store]);
    const { evidence, warnings } = readImageMetadata(bytes, context);
    expect(warnings).toEqual([]);
    expect(evidence.map(({ source, usage, preference }) => [source, usage, preference])).toEqual([
      ['image-metadata', 'train-ai', 'disallow'],
      ['c2pa', 'ai-use', 'disallow'],
    ]);
  });

  it('depth is refused by count, before any stack runs out', () => {
    const deep = superbox('cbor', 'cawg.training-mining', box('cbor', new Uint8Array(60_000).fill(0x81)));
    const store = superbox(
      'c2pa',
      'c2pa',
      superbox('c2ma', 'urn:c2pa:1', superbox('c2as', 'c2pa.assertions', deep)),
    );
    expect(readImageMetadata(png(['caBX', store]), context).warnings).toHaveLength(1);
    expect(parseRsl('<a>'.repeat(60_000)).document).toBeNull();
  });
});
