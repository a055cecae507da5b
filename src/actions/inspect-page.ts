import { readContentUsage } from '../consent/content-usage.ts';
import type { NotChecked } from '../consent/decision.ts';
import type { Evidence } from '../consent/evidence.ts';
import { type HtmlReading, readHtml } from '../consent/html.ts';
import type { ParsedRobots } from '../consent/robots/file.ts';
import { type Asked, readRobotsMeta, readXRobotsTag } from '../consent/robots-directives.ts';
import {
  headerRslLinks,
  htmlRslLinks,
  inlineRslSources,
  type RslLinks,
  robotsRslLinks,
} from '../consent/rsl/discovery.ts';
import { parseRsl } from '../consent/rsl/document.ts';
import { type RslSource, readRsl } from '../consent/rsl/rsl.ts';
import type { SignalContext, SignalReading } from '../consent/signal.ts';
import { readTdmrep, type TdmCarriers } from '../consent/tdmrep/tdmrep.ts';
import type { InspectInput } from './inspect.ts';

/** What one reader made of one signal. */
export interface NamedReading {
  signal: Evidence['source'];
  reading: SignalReading;
}

/** A response as it was sent to us: its headers by name, and what its HTML says of itself. */
export interface Page {
  /** Values of a header in order, each line apart. */
  header(name: string): string[];
  html: HtmlReading | null;
  asked: Asked;
}

const headersPlace = 'response header';

/** @param url of the response, against which relative addresses are read. */
export function readPage({ headers, html, image }: InspectInput, url: string): Page {
  const header = (name: string) =>
    (headers ?? []).filter(([own]) => own.trim().toLowerCase() === name).map(([, value]) => value);
  const type = header('content-type')[0]?.trim().toLowerCase() ?? '';
  const isPage = image === undefined && (html !== undefined || /^(?:text\/|application\/xhtml)/.test(type));
  // Where it cannot be told, what refuses pictures only is taken as meant.
  return { header, html: html === undefined ? null : readHtml(html, url), asked: isPage ? 'page' : 'image' };
}

/** What the headers and the page say by Content-Usage and by directives for robots. */
export function readResponse(
  { header, html, asked }: Page,
  context: Omit<SignalContext, 'where'>,
  pageUrl: string,
): NamedReading[] {
  const inHeaders = { ...context, where: headersPlace };
  return [
    { signal: 'content-usage', reading: readContentUsage(header('content-usage'), inHeaders) },
    { signal: 'x-robots-tag', reading: readXRobotsTag(header('x-robots-tag'), asked, inHeaders) },
    {
      signal: 'x-robots-tag',
      reading: readRobotsMeta(html?.metas ?? [], asked, { ...context, where: pageUrl }),
    },
  ];
}

/** TDMRep from all its carriers together: each supersedes the one before. */
export function readReservation(
  { tdmrep }: Pick<InspectInput, 'tdmrep'>,
  { header, html }: Page,
  context: Omit<SignalContext, 'where'>,
  places: { file: string; page: string },
): SignalReading {
  const carriers: TdmCarriers = {
    header: {
      reservation: header('tdm-reservation'),
      policy: header('tdm-policy'),
      where: headersPlace,
    },
  };
  if (tdmrep !== undefined) carriers.file = { text: tdmrep, where: places.file };
  if (html !== null) carriers.meta = { ...html.tdm, where: places.page };
  return readTdmrep(carriers, context);
}

/** RSL documents that were sent, and those that stand in the page; what is only pointed to is named as missing. */
export function readLicences(
  input: InspectInput,
  page: Page,
  robots: { parsed: ParsedRobots; url: string } | null,
  context: Omit<SignalContext, 'where'>,
  pageUrl: string,
): SignalReading & { notChecked: NotChecked[] } {
  const pointers: RslLinks[] = [
    ...(robots === null ? [] : [robotsRslLinks(robots.parsed, context.agent?.token ?? '*', robots.url)]),
    headerRslLinks(page.header('link'), context.url, headersPlace),
    ...(page.html === null ? [] : [htmlRslLinks(page.html, pageUrl)]),
  ];
  const links = pointers.flatMap((found) => found.links);
  const sent = (input.rsl ?? []).map((text, at): RslSource => {
    const pointer = links.length === 1 && input.rsl?.length === 1 ? links[0] : undefined;
    const where = pointer?.href ?? `rsl document ${at + 1}`;
    return { where, licence: pointer?.href ?? null, parsed: parseRsl(text), quote: pointer?.quote ?? '' };
  });
  const inPage = page.html === null ? [] : inlineRslSources(page.html, pageUrl);
  const isMissing = links.length > sent.length;
  const incomplete = isMissing || pointers.some((found) => found.incomplete);
  const { evidence, warnings } = readRsl([...sent, ...inPage], context, incomplete);
  return {
    evidence,
    warnings: [...pointers.flatMap((found) => found.warnings), ...warnings],
    notChecked: isMissing
      ? [
          {
            source: 'rsl',
            why: `send the document at ${links
              .slice(0, 3)
              .map(({ href }) => href)
              .join(', ')} as rsl`,
          },
        ]
      : [],
  };
}
