import type { ResolvedAgent } from '../agent.ts';
import type { HtmlReading } from '../html.ts';
import {
  headerRslLinks,
  htmlRslLinks,
  inlineRslSources,
  type RslLink,
  type RslLinks,
  robotsRslLinks,
} from '../rsl/discovery.ts';
import { parseRsl, type RslParse } from '../rsl/document.ts';
import { type RslReading, type RslSource, readRsl } from '../rsl/rsl.ts';
import type { SignalReading } from '../signal.ts';
import type { SiteFile, SitePage, SiteTexts } from './files.ts';
import type { SiteRobots } from './robots.ts';

const none: RslLinks = { links: [], warnings: [], incomplete: false };

/** The RSL documents a page names, in its headers or its HTML, as absolute URLs. */
export function pageRslLinks(page: SitePage, html: HtmlReading | null): RslLinks {
  const header = headerRslLinks(page.headers.link ?? [], page.url, `${page.url}, response header`);
  const inPage = html === null ? none : htmlRslLinks(html, page.url);
  return {
    links: [...header.links, ...inPage.links],
    warnings: [...header.warnings, ...inPage.warnings],
    incomplete: header.incomplete || inPage.incomplete,
  };
}

/** RSL for every crawler: which documents speak to it is up to robots.txt, what they say is the same for all. */
export function siteRsl(
  texts: SiteTexts,
  robots: SiteRobots,
  html: HtmlReading | null,
): (agent: ResolvedAgent | null) => SignalReading {
  const files = new Map(
    texts.files.filter(({ source }) => source === 'rsl').map((file) => [file.url, readFile(file)]),
  );
  const onPage = texts.page === null ? none : pageRslLinks(texts.page, html);
  const inline = texts.page === null || html === null ? [] : inlineRslSources(html, texts.page.url);
  const read = new Map<string, RslReading>();
  return (agent) => {
    const own =
      robots.parsed === null ? none : robotsRslLinks(robots.parsed, agent?.token ?? '*', robots.url);
    const links = [...own.links, ...onPage.links];
    const incomplete = own.incomplete || onPage.incomplete;
    // There are few combinations of the few documents, and what they say is the same for all.
    const named = new Set(links.map(addressOf).filter((url) => files.has(url)));
    const key = JSON.stringify([incomplete, links.length - named.size > 0, [...named].sort()]);
    const known = read.get(key) ?? readAll(links, incomplete);
    read.set(key, known);
    return { evidence: known.evidence, warnings: [...own.warnings, ...onPage.warnings, ...known.warnings] };
  };

  function readAll(links: readonly RslLink[], incomplete: boolean): RslReading {
    const linked = links.flatMap((link) => sourceOf(link, files.get(addressOf(link))));
    const missing = linked.length < links.length;
    const observedAt = [...files.values()][0]?.file.observedAt ?? texts.page?.observedAt ?? '';
    const context = { url: texts.url, agent: null, observedAt };
    return readRsl([...linked, ...inline], context, incomplete || missing);
  }
}

/** A document is fetched without the fragment of the link. */
function addressOf({ href }: RslLink): string {
  return href.split('#', 1)[0] ?? '';
}

/** Nothing for a document nobody has asked for yet, or whose host does not answer: that is no fault of the link. */
function sourceOf({ href, quote }: RslLink, known: ReadFile | undefined): RslSource[] {
  if (known === undefined || (known.parsed === null && known.file.state !== 'absent')) return [];
  return [{ where: href, licence: href, parsed: known.parsed, quote }];
}

interface ReadFile {
  file: SiteFile;
  parsed: RslParse | null;
}

function readFile(file: SiteFile): ReadFile {
  return { file, parsed: file.text === null ? null : parseRsl(file.text) };
}
