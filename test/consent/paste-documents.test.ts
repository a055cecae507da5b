import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crawlers } from '../../src/consent/crawlers.ts';
import { readHtml } from '../../src/consent/html.ts';
import { readImageMetadata, readXmpPacket } from '../../src/consent/image-metadata.ts';
import { rslToPaste, xmpToPaste } from '../../src/consent/paste/documents.ts';
import { robotsTxtToPaste } from '../../src/consent/paste/robots.ts';
import { type PasteUsage, pasteUsages } from '../../src/consent/paste/usages.ts';
import { parseRobots } from '../../src/consent/robots/parse.ts';
import {
  headerRslLinks,
  htmlRslLinks,
  type RslLinks,
  robotsRslLinks,
} from '../../src/consent/rsl/discovery.ts';
import { parseRsl } from '../../src/consent/rsl/document.ts';
import { readRsl } from '../../src/consent/rsl/rsl.ts';
import { pictureWithXmp } from './picture-bytes.ts';
import { contextOf, verdicts } from './signal-verdicts.ts';

const askedFor = fc.uniqueArray(fc.constantFrom(...pasteUsages), { minLength: 1 });
const agentName = fc.constantFrom(null, 'SomeBot', ...crawlers.map(({ token }) => token));
const path = fc.constantFrom('/', '/a', '/a/b.jpg?c=d', '/ö');
const origin = fc.constantFrom('https://example.com', 'http://a.example:8080', 'https://bücher.example');

function expected(refused: readonly PasteUsage[]) {
  return Object.fromEntries(
    pasteUsages.map((usage) => [usage, refused.includes(usage) ? 'disallow' : 'unknown']),
  );
}

describe('what we tell owners to paste into documents, our own parsers read back as meant', () => {
  it('RSL, found by robots.txt, header and page alike', () => {
    fc.assert(
      fc.property(askedFor, agentName, path, origin, (asked, agent, at, site) => {
        const paste = rslToPaste(asked, site);
        if (paste === null) throw new Error('nothing to paste');
        const url = new URL(at, site).href;
        // The line goes above everything, the other text of robots.txt to its end.
        const robots = `${paste.robotsLine}\n\nUser-agent: GPTBot\nDisallow: /x\n\n${robotsTxtToPaste(asked).text}`;
        const found: RslLinks[] = [
          robotsRslLinks(parseRobots(robots), agent ?? '*', `${site}/robots.txt`),
          headerRslLinks([paste.header.replace(/^Link: /, '')], url, 'response header'),
          htmlRslLinks(readHtml(`<head>${paste.element}</head>`, url), url),
        ];
        for (const { links, warnings, incomplete } of found) {
          expect(warnings).toEqual([]);
          expect(incomplete).toBe(false);
          expect(links.map(({ href }) => href)).toEqual([new URL(paste.path, site).href]);
          const sources = links.map(({ href, quote }) => ({
            where: href,
            licence: href,
            parsed: parseRsl(paste.document),
            quote,
          }));
          const reading = readRsl(sources, contextOf({ agent, url }));
          expect(reading.warnings).toEqual([]);
          expect(verdicts(reading.evidence, agent)).toEqual(expected(paste.refuses));
          expect(Object.values(reading.outcomes)).not.toContain('unlicensed');
          expect(new Set(paste.refuses)).toEqual(new Set(asked));
        }
      }),
    );
  });

  it('XMP, alone', () => {
    fc.assert(
      fc.property(askedFor, agentName, (asked, agent) => {
        const paste = xmpToPaste(asked);
        const reading = readXmpPacket(paste?.packet ?? '', contextOf());
        expect(reading.warnings).toEqual([]);
        expect(verdicts(reading.evidence, agent)).toEqual(expected(paste?.refuses ?? []));
        expect(reading.evidence.filter(({ preference }) => preference === 'allow')).toEqual([]);
        expect(asked.every((usage) => paste?.refuses.includes(usage))).toBe(true);
        expect(paste?.beyond).toEqual(paste?.refuses.filter((usage) => !asked.includes(usage)));
      }),
    );
  });

  it.each(['jpeg', 'png', 'webp', 'tiff', 'avif'] as const)('XMP, in a %s', async (format) => {
    const paste = xmpToPaste(['train-ai']);
    const reading = readImageMetadata(await pictureWithXmp(format, paste?.packet ?? ''), contextOf());
    expect(verdicts(reading.evidence, null)).toEqual(expected(['train-ai']));
    expect(paste).toMatchObject({ refuses: ['train-ai'], beyond: [] });
    // test/vectors/pictures/xmp.* are written with exactly this.
    expect(paste?.exiftool).toBe('-XMP-plus:DataMining#=DMI-PROHIBITED-AIMLTRAINING');
  });

  it('nothing asked, nothing to paste', () => {
    expect(rslToPaste([], 'https://example.com')).toBeNull();
    expect(xmpToPaste([])).toBeNull();
  });
});
