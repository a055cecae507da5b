import { lineFormat } from './lines.ts';

/** Longest robots.txt that crawlers have to read (RFC 9309 §2.5). */
export const robotsBytesMax = 500 * 1024;

/** Special here, or the same as its triplet for RFC 9309 §2.2.2, while keys keep the two apart. */
const notApart = /[*$\\^`{|}]|%(?:24|2A|5C|5E|60|7B|7C|7D)/;

/**
 * A group of robots.txt for one host (RFC 9309): three lines say where a prefix ends, for a value alone would go on
 * within a segment. A literal `*` or `$` is written as `*`, which every reader takes for both; of `%2A` and `%24`
 * some do, some do not.
 */
export const robotsFormat = lineFormat({
  limits: 'robots.txt itself may always be fetched',
  elsewhere: null,
  opening: ({ agent }) => [`User-agent: ${agent ?? '*'}`],
  say({ kind, path, query }) {
    if (kind === 'domain') return { lines: ['Disallow: /'], isWider: false };
    const place = query === null ? path : `${path}?${query}`;
    const value = place.replace(/[*$]+/g, '*');
    const isWider = notApart.test(place);
    if (kind === 'url') return { lines: [`Disallow: ${value}$`], isWider };
    const ends = path.endsWith('/') ? [''] : ['/', '$', '?'];
    return { lines: ends.map((end) => `Disallow: ${value}${end}`), isWider };
  },
});
