import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DocumentEntry } from '../../src/net/document-outcome.ts';
import { robotsOf } from '../../src/net/robots-outcome.ts';
import { documentNames } from '../../src/net/site-documents.ts';
import { PackedSite, packSite, unpackSite } from '../../src/snapshots/signals-entry.ts';

const time = fc.integer({ min: 1.6e12, max: 2e12 });
const body = fc.option(fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.toWellFormed()));
const place = fc.constantFrom(
  null,
  'https://a.example/robots.txt',
  'https://a.example/ai.txt',
  'https://b.example/',
);

/** Whatever a gatherer may find out, and more. */
const entries: fc.Arbitrary<DocumentEntry> = fc
  .record({
    state: fc.constantFrom('read' as const, 'absent' as const, 'unreachable' as const, 'disallowed' as const),
    ...{ body, url: place, checkedAt: time, bodyTime: time, refreshAt: time, expiresAt: time },
    isBodyOld: fc.boolean(),
    warnings: fc.subarray(['truncated', 'too-large', 'html', 'not-utf-8', 'too-many-redirects'] as const),
    status: fc.option(fc.integer({ min: 100, max: 599 })),
    failure: fc.constantFrom(null, 'dns' as const, 'timeout' as const, 'protocol' as const),
    redirects: fc.array(fc.record({ status: fc.constant(301), from: fc.webUrl(), to: fc.webUrl() }), {
      maxLength: 3,
    }),
    failures: fc.nat(3),
  })
  .map(({ bodyTime, isBodyOld, ...rest }) => ({
    ...rest,
    bodyAt: rest.body === null ? null : isBodyOld ? bodyTime : rest.checkedAt,
  }));

test('what is packed comes out as it was, with each text kept once', () => {
  const property = fc.property(
    entries,
    fc.array(entries, { minLength: 3, maxLength: 3 }),
    (robots, others) => {
      const texts: string[] = [];
      const keep = (text: string) => {
        const known = texts.indexOf(text);
        return known < 0 ? texts.push(text) - 1 : known;
      };
      const documents = Object.fromEntries(
        documentNames.map((name, at) => [name, others[at] as DocumentEntry]),
      );
      const site = { robots: robotsOf(robots), documents };
      const packed = JSON.parse(JSON.stringify(packSite('https://a.example', site, { keep })));
      const read = (at: number) => texts[at] ?? '';
      expect(unpackSite('https://a.example', PackedSite.parse(packed), { read })).toEqual(site);
      expect(new Set(texts).size).toBe(texts.length);
    },
  );
  fc.assert(property, { numRuns: 300 });
});
