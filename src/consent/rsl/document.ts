import type { Slip } from '../statement.ts';
import { attributeOf, isXml, readXml, type XmlElement } from '../xml.ts';
import { parseRslTerms, type RslLicence, rslNamespace } from './terms.ts';

/** Longest document that is read, in characters. */
export const rslLengthMax = 256 * 1024;
/** `content` elements of one document that are read. */
export const rslContentsMax = 1_000;
/** Longest `url` of a content element that is compared. */
export const rslUrlLengthMax = 4_096;

/** RSL 1.0 §3.2: how long a document may be kept when it does not say, in days. */
export const rslMaxAgeDefaultDays = 30;

export interface RslContent {
  /** Absolute URL or path, with `*` and `$` as in robots.txt (§3.3). */
  url: string;
  /** A licence server: a licence is needed from there, even a free one. */
  server: string | null;
  licences: RslLicence[];
  line: number;
}

/** A slip with the words it is about and where in the document they stand. */
export interface RslSlip extends Slip {
  quote: string;
  line: number;
}

export interface RslDocument {
  maxAgeDays: number;
  contents: RslContent[];
  /** True when something that may refuse could not be read: what is granted beside it does not hold. */
  broken: boolean;
}

/** What became of one text. Plain data: read once, it answers for every URL. */
export interface RslParse {
  /** Null when this is no RSL document; `slips` then say why. */
  document: RslDocument | null;
  slips: RslSlip[];
}

/** Reads an RSL 1.0 document. The namespace decides, not the media type (§2.2). Never throws. */
export function parseRsl(text: string): RslParse {
  // Blank lines before the declaration are a slip of many generators, and harmless.
  const root = readXml(text.replace(/^\ufeff?\s+(?=<\?xml\s)/, ''), rslLengthMax);
  const none = (message: string, fix?: string, line = 1): RslParse => ({
    document: null,
    slips: [{ message, quote: text.trim(), line, ...(fix === undefined ? {} : { fix }) }],
  });
  if (!isXml(root)) {
    return /^\s*(?:<!doctype html|<html)/i.test(text)
      ? none('this is a web page, not an RSL document, so it says nothing')
      : none(`this says nothing: ${root.problem}`, root.fix);
  }
  if (root.ns !== rslNamespace || root.name !== 'rsl') return none(...wrongRoot(root), root.line);
  const document: RslDocument = { maxAgeDays: maxAgeOf(root), contents: [], broken: false };
  const slips: RslSlip[] = [];
  for (const element of root.children) readContent({ document, slips }, element);
  if (document.contents.length === 0 && slips.length === 0) {
    slips.push({
      message: 'the document has no content element, so it says nothing',
      fix: 'put the licence into `<content url="/">`',
      quote: '<rsl>',
      line: root.line,
    });
  }
  return { document, slips };
}

/** A document that is being read. */
export interface RslUnderway {
  document: RslDocument;
  slips: RslSlip[];
}

function wrongRoot(root: XmlElement): [message: string, fix: string] {
  const fix = `write \`<rsl xmlns="${rslNamespace}">\``;
  if (root.name.toLowerCase() !== 'rsl') return ['this says nothing: the root element is not rsl', fix];
  if (root.ns === '') return ['this says nothing: the RSL namespace is missing', fix];
  return [`this says nothing: "${root.ns}" is not the RSL namespace`, fix];
}

/** A whole number of days; anything else is the default. */
function maxAgeOf(root: XmlElement): number {
  const value = attributeOf(root, '', 'max-age')?.trim() ?? '';
  return /^\d{1,6}$/.test(value) ? Number(value) : rslMaxAgeDefaultDays;
}

function readContent({ document, slips }: RslUnderway, element: XmlElement): void {
  const slip = (message: string, fix: string) =>
    slips.push({ message, fix, quote: `<${element.name}>`, line: element.line });
  if (element.ns !== rslNamespace || element.name !== 'content') {
    if (['license', 'licence', 'permits', 'prohibits'].includes(element.name)) {
      document.broken = true;
      slip('this stands outside of content, so it says nothing', 'put it into `<content url="/">`');
    }
    return;
  }
  const url = attributeOf(element, '', 'url')?.trim();
  if (url === undefined || url === '' || url.length > rslUrlLengthMax) {
    document.broken = true;
    slip('a content element needs a url, so this one says nothing', 'write `<content url="/">`');
    return;
  }
  if (!/^(?:\/|\*|https?:\/\/)/i.test(url)) {
    document.broken = true;
    slip(
      'the url of a content element begins with "/" or "https://", so this one matches nothing',
      `write \`<content url="/${url}">\``,
    );
    return;
  }
  if (document.contents.length >= rslContentsMax) {
    document.broken = true;
    return;
  }
  const licences = element.children
    .filter(({ ns, name }) => ns === rslNamespace && name === 'license')
    .map((licence) => parseRslTerms(licence, { document, slips }));
  for (const { ns, name, line } of element.children) {
    if (ns === rslNamespace && (name === 'permits' || name === 'prohibits')) {
      document.broken = true;
      slips.push({
        message: 'this stands outside of license, so it says nothing',
        fix: `put it into \`<license>\``,
        quote: `<${name}>`,
        line,
      });
    }
  }
  const server = attributeOf(element, '', 'server')?.trim() || null;
  document.contents.push({ url, server, licences, line: element.line });
}
