import { urlCharsMax } from './url-key.ts';

// Upper-case triplets of everything but the unreserved characters of RFC 3986 §2.3.
const triplet = '%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF])';
const segmentStart = `(?:[A-Za-z0-9_~!$&'()*+,;=:@-]|${triplet})`;
const segmentRest = `(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|${triplet})`;
const queryCharacter = `(?:[A-Za-z0-9._~!$&()*+,;=:@/?-]|${triplet})`;

/**
 * URLs that canonicalisation would not change, so that a scanner may reshape their bytes into a key without
 * parsing. Written without look-around, back-references or anchors: JavaScript, RE2 (DuckDB) and Java (Spark) read
 * it alike. It must match the whole text (in Java up to `\z`: its `$` also matches before a last line end).
 *
 * - scheme in lower case, no userinfo, no port, a path;
 * - host labels of lower-case letters, digits, `_` and single inner hyphens (so no `xn--`), the last label starting
 *   with a letter (so never an IPv4 address), no trailing dot;
 * - no path segment starting with a dot (so no dot segments);
 * - RFC 3986 characters only; percent triplets in upper case that do not encode an unreserved character;
 * - no `'` in the query, which the URL Standard encodes there; no fragment.
 */
export const cleanUrlPattern =
  'https?://' +
  '(?:[a-z0-9_]+(?:-[a-z0-9_]+)*\\.)*[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*' +
  `(?:/(?:${segmentStart}${segmentRest}*)?)+` +
  `(?:\\?${queryCharacter}*)?`;

const cleanUrl = new RegExp(`^(?:${cleanUrlPattern})$`);

/** Whether `fastSurt` may be used for this URL: it then equals `urlKey(url).surt`. */
export function isClean(url: string): boolean {
  return url.length <= urlCharsMax && cleanUrl.test(url);
}

/** The exact key of a URL for which `isClean` holds, by reshaping alone; meaningless for any other. */
export function fastSurt(cleanedUrl: string): string {
  const hostAt = cleanedUrl.indexOf('/') + 2;
  const pathAt = cleanedUrl.indexOf('/', hostAt);
  const hostSurt = cleanedUrl.slice(hostAt, pathAt).split('.').reverse().join(',');
  return `${hostSurt})${cleanedUrl.slice(pathAt)}`;
}
