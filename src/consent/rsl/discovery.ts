import type { HtmlReading } from '../html.ts';
import { parseLinkHeader } from '../link-header.ts';
import type { ParsedRobots, RobotsExtension } from '../robots/file.ts';
import { readings } from '../robots/readings.ts';
import type { SignalWarning } from '../signal.ts';
import { signalWarningsMax, warningOf } from '../statement.ts';
import { parseRsl } from './document.ts';
import type { RslSource } from './rsl.ts';

/** Licence documents that are looked at for one URL, per channel. */
export const rslLinksMax = 10;
/** Longest address that is followed. */
export const rslLinkLengthMax = 2_048;

export const rslMediaType = 'application/rsl+xml';

export interface RslLink {
  /** Absolute http or https URL of a licence document. */
  href: string;
  where: string;
  quote: string;
}

export interface RslLinks {
  links: RslLink[];
  warnings: SignalWarning[];
  /** True when there are more than are looked at, or one that cannot be followed: nothing is then granted. */
  incomplete: boolean;
}

/** Lines that some pages show as RSL. None of them is in the specification. */
const invented = new Set([
  'permits',
  'prohibits',
  'compensation',
  'payment',
  'rsl',
  'rsl-license',
  'licensing',
]);
const misspelt = new Set(['licence', 'license-url', 'licenses', 'liscense', 'lisence']);

/**
 * The `License:` lines of a robots.txt file that speak to one agent (RSL 1.0 §4.4): those of its group, or, when it
 * has none there, those that stand before any group.
 *
 * @param agent product token, `*` when none is named.
 */
export function robotsRslLinks(parsed: ParsedRobots, agent: string, robotsUrl: string): RslLinks {
  const perReading = readings(parsed, agent).map((governing) => {
    const own = governing.flatMap(({ group }) => group.extensions).filter(isLicence);
    return own.length > 0 ? own : parsed.extensions.filter(isLicence);
  });
  const lines = [...new Set(perReading.flat())].sort((a, b) => a.line - b.line);
  const found = collect(lines.map((line) => placed(line, robotsUrl)));
  return { ...found, incomplete: found.incomplete || parsed.truncated || parsed.overflow };
}

/** What the owner of a robots.txt file should mend in what it says about licences, in any group. */
export function robotsRslWarnings(parsed: ParsedRobots, robotsUrl: string): SignalWarning[] {
  const all = [...parsed.extensions, ...parsed.groups.flatMap(({ extensions }) => extensions)];
  const licences = all.filter(isLicence).map((line) => placed(line, robotsUrl));
  const relative = licences
    .filter(({ target }) => addressOf(target) === null)
    .map(({ target, where, quote }) => warningOf(where, quote, notAbsolute(target)));
  return [...relative, ...inventedLines(all, robotsUrl)].slice(0, signalWarningsMax);
}

function placed({ value, line }: RobotsExtension, robotsUrl: string) {
  return { target: value, where: `${robotsUrl}, line ${line}`, quote: `License: ${value}` };
}

function isLicence({ key }: RobotsExtension): boolean {
  return key === 'license';
}

function inventedLines(extensions: readonly RobotsExtension[], robotsUrl: string): SignalWarning[] {
  const wrong = extensions.filter(({ key }) => invented.has(key) || misspelt.has(key));
  return wrong.slice(0, signalWarningsMax).map(({ key, value, line }) => {
    const isAddress = /^https?:\/\//i.test(value);
    return warningOf(`${robotsUrl}, line ${line}`, `${key}: ${value}`, {
      message: `this says nothing: RSL has no ${key} line in robots.txt`,
      fix: isAddress
        ? `write \`License: ${value}\``
        : 'put the terms into a document and write `License: https://…/license.xml`',
    });
  });
}

/**
 * `Link: <…>; rel="license"; type="application/rsl+xml"` of a response (RSL 1.0 §4.5).
 *
 * @param values the Link field lines, each apart or joined by commas.
 * @param url of the response, for relative targets.
 */
export function headerRslLinks(values: readonly string[], url: string, where: string): RslLinks {
  const licences = values
    .slice(0, rslLinksMax)
    .flatMap(parseLinkHeader)
    .filter(({ parameters }) => {
      const relations = (parameters.get('rel') ?? '').toLowerCase().split(/\s+/);
      return relations.includes('license') && aboutThis(parameters.get('anchor'), url);
    });
  const typed = licences.filter(({ parameters }) => mediaTypeOf(parameters.get('type')) === rslMediaType);
  const untyped = licences.filter(
    ({ parameters, target }) => !parameters.has('type') && looksLikeRsl(target),
  );
  const found = collect(
    typed.map(({ target, quote }) => ({ target: absolute(target, url), where, quote: `Link: ${quote}` })),
  );
  const warnings = untyped.map(({ quote }) => warningOf(where, `Link: ${quote}`, missingType));
  return {
    ...found,
    warnings: [...found.warnings, ...warnings].slice(0, signalWarningsMax),
    incomplete: found.incomplete || values.length > rslLinksMax,
  };
}

/** `<link rel="license" type="application/rsl+xml">` of a page (RSL 1.0 §4.6). */
export function htmlRslLinks(html: HtmlReading, pageUrl: string): RslLinks {
  const typed = html.licenceLinks.filter(({ type }) => type === rslMediaType);
  const untyped = html.licenceLinks.filter(({ type, href }) => type === '' && looksLikeRsl(href));
  const found = collect(
    typed.map(({ href, quote, line }) => ({ target: href, where: `${pageUrl}, line ${line}`, quote })),
  );
  const warnings = untyped.map(({ quote, line }) =>
    warningOf(`${pageUrl}, line ${line}`, quote, missingType),
  );
  return {
    ...found,
    warnings: [...found.warnings, ...warnings].slice(0, signalWarningsMax),
    incomplete: found.incomplete || html.truncated,
  };
}

/** `<script type="application/rsl+xml">` of a page: the document itself (RSL 1.0 §4.6). */
export function inlineRslSources(html: HtmlReading, pageUrl: string): RslSource[] {
  return html.inlineRsl.slice(0, rslLinksMax).map(({ text, line, quote }) => ({
    where: `${pageUrl}, script on line ${line}`,
    licence: null,
    parsed: parseRsl(text),
    quote,
  }));
}

const missingType = {
  message: 'this is not read as RSL, because its type does not say so',
  fix: `add \`type="${rslMediaType}"\``,
};

function collect(found: readonly { target: string; where: string; quote: string }[]): RslLinks {
  const links = new Map<string, RslLink>();
  const warnings: SignalWarning[] = [];
  let incomplete = false;
  for (const { target, where, quote } of found) {
    const href = addressOf(target);
    if (href === null || links.size >= rslLinksMax) incomplete = true;
    if (href === null) warnings.push(warningOf(where, quote, notAbsolute(target)));
    else if (links.size < rslLinksMax && !links.has(href)) links.set(href, { href, where, quote });
  }
  return { links: [...links.values()], warnings, incomplete };
}

function notAbsolute(target: string): { message: string; fix: string } {
  const example =
    target.startsWith('/') && !target.startsWith('//') ? `https://example.com${target}` : 'https://…';
  return {
    message: 'this says nothing: a licence is named by its whole http or https address',
    fix: `write \`License: ${example.slice(0, 200)}\`, with your own host`,
  };
}

function addressOf(target: string): string | null {
  const text = target.trim();
  if (text.length > rslLinkLengthMax || !/^https?:\/\//i.test(text) || !URL.canParse(text)) return null;
  return new URL(text).href;
}

function absolute(target: string, base: string): string {
  return URL.canParse(target, base) ? new URL(target, base).href : target;
}

/** RFC 8288 §3.2: an anchor makes the link one of another resource. */
function aboutThis(anchor: string | undefined, url: string): boolean {
  if (anchor === undefined) return true;
  const [about, here] = [absolute(anchor, url), absolute('', url)].map((address) => address.split('#', 1)[0]);
  return about === here;
}

function mediaTypeOf(type: string | undefined): string {
  return (type ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function looksLikeRsl(target: string): boolean {
  return /\.rsl(?:$|[?#])|rsl[^/]*\.xml(?:$|[?#])/i.test(target);
}
