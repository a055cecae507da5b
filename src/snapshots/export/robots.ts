import { lineFormat } from './lines.ts';

/** Longest robots.txt that crawlers have to read (RFC 9309 §2.5). */
export const robotsBytesMax = 500 * 1024;

/** Special in a rule, or compared raw by some readers and encoded by others; keys have them raw. */
const doubtful = /[*$|[\]\\^`{}]+/g;
/** Triplets that RFC 9309 §2.2.2 has mean the same as their characters, while keys keep the two apart. */
const sameAsRaw = /%(?:24|2A|5C|5E|60|7B|7C|7D)/;

/**
 * A group of robots.txt for one host (RFC 9309): three lines say where a prefix ends, for a value alone would go on
 * within a segment. A `*` stands for what readers understand in different ways, so that each of them refuses it: of
 * `%2A` and `%24` some take the characters, some do not; robots-parser encodes brackets of rules and not of URLs, and
 * drops an empty query.
 */
export const robotsFormat = lineFormat({
  limits: 'robots.txt itself may always be fetched',
  elsewhere: null,
  opening: ({ agent }) => [`User-agent: ${agent ?? '*'}`],
  say({ kind, path, query }) {
    if (kind === 'domain') return { lines: ['Disallow: /'], isWider: false };
    const place = query === null ? path : `${path}?${query}`;
    const value = place.replace(doubtful, '*');
    const isWider = place.search(doubtful) !== -1 || sameAsRaw.test(place);
    if (kind === 'url' && query === '') {
      return { lines: [`Disallow: ${value}$`, `Disallow: ${value.slice(0, -1)}$`], isWider: true };
    }
    if (kind === 'url') return { lines: [`Disallow: ${value}$`], isWider };
    const ends = path.endsWith('/') ? [''] : ['/', '$', '?'];
    return { lines: ends.map((end) => `Disallow: ${value}${end}`), isWider };
  },
});
