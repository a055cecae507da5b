import { Tokenizer, type TokenizerCallbacks } from 'htmlparser2';
import { type HtmlPlace, htmlPlace } from './html-place.ts';
import { cutQuote } from './statement.ts';

/** Longest part of a page that is read, in characters. */
export const htmlLengthMax = 500 * 1024;
/** Attributes of one element that are read; more are passed over. */
export const htmlAttributesMax = 100;
/** Statements of one kind that are kept. */
export const htmlStatementsMax = 200;

interface Placed {
  /** The element as it can be shown, shortened. */
  quote: string;
  /** Counted from 1. */
  line: number;
  /** False for what stands in the body, where most readers do not look. */
  inHead: boolean;
}

export interface HtmlMeta extends Placed {
  name: string;
  content: string;
}

export interface HtmlLink extends Placed {
  /** Absolute, by the `base` of the page. */
  href: string;
  /** Lower case, without parameters; empty when not said. */
  type: string;
}

export interface HtmlScript extends Placed {
  text: string;
}

/** What a page says about itself in ways that signals are written in. Values are as they stand, not interpreted. */
export interface HtmlReading {
  /** Every meta element with name and content: `readRobotsMeta` takes them. */
  metas: HtmlMeta[];
  /** Contents of the meta elements of TDMRep: `readTdmrep` takes them. */
  tdm: { reservation: string[]; policy: string[] };
  /** `<link rel="license">`, of whatever type. */
  licenceLinks: HtmlLink[];
  /** `<script type="application/rsl+xml">`. */
  inlineRsl: HtmlScript[];
  /** True when a limit was reached, so that something may have been missed. */
  truncated: boolean;
}

/**
 * Reads the meta, link and script elements of a page as a browser would (WHATWG HTML §13.2.5): not those in
 * comments, in the text of scripts, styles, titles and the like, in templates, or in SVG and MathML. Never throws.
 *
 * @param url of the page, for what it refers to relatively.
 */
export function readHtml(html: string, url: string): HtmlReading {
  const page: Page = {
    reading: {
      metas: [],
      tdm: { reservation: [], policy: [] },
      licenceLinks: [],
      inlineRsl: [],
      truncated: false,
    },
    place: htmlPlace(),
    base: url,
    hasBase: false,
    links: [],
    script: null,
  };
  const text = html.slice(0, htmlLengthMax);
  page.reading.truncated = text.length < html.length;
  tokenize(text, {
    open: (element) => opened(page, element),
    close: (name) => closed(page, name),
    text: (data) => {
      if (page.script) page.script.text += data();
      else if (page.place.inHead() && /[^\t\n\f\r ]/.test(data())) page.place.text();
    },
    isForeign: () => page.place.isForeign(),
  });
  // A script that is never closed is no script.
  for (const link of page.links) {
    const href = absolute(link.href, page.base);
    if (href !== null) page.reading.licenceLinks.push({ ...link, href });
  }
  return page.reading;
}

interface Page {
  reading: HtmlReading;
  place: HtmlPlace;
  base: string;
  hasBase: boolean;
  /** Their addresses are resolved at the end: the base may stand behind them. */
  links: HtmlLink[];
  script: HtmlScript | null;
}

interface OpenElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  selfClosing: boolean;
  /** The element as it stands, and its line: made only when asked for. */
  raw: () => string;
  line: () => number;
  /** True when attributes were passed over. */
  cut: boolean;
}

/** The elements that say something here; the attributes of others are not even gathered. */
const speaking = new Set(['meta', 'base', 'link', 'script']);

function opened(page: Page, element: OpenElement): void {
  const { place, reading } = page;
  place.open(element.name, element.selfClosing);
  if (element.cut) reading.truncated = true;
  if (place.isInert() || !speaking.has(element.name)) return;
  const at: Placed = { quote: cutQuote(element.raw()), line: element.line(), inHead: place.inHead() };
  if (element.name === 'meta') readMeta(page, element, at);
  else if (element.name === 'base') readBase(page, element);
  else if (element.name === 'link') readLink(page, element, at);
  else if (element.name === 'script' && typeOf(element) === 'application/rsl+xml') {
    page.script = { ...at, text: '' };
  }
}

function closed(page: Page, name: string): void {
  page.place.close(name);
  if (name === 'script' && page.script !== null) {
    keep(page.reading, page.reading.inlineRsl, page.script);
    page.script = null;
  }
}

function readMeta({ reading }: Page, { attributes }: OpenElement, at: Placed): void {
  const name = attributes.get('name');
  const content = attributes.get('content');
  if (name === undefined || content === undefined) return;
  const key = name.trim().toLowerCase();
  if (key === 'tdm-reservation') keep(reading, reading.tdm.reservation, content);
  if (key === 'tdm-policy') keep(reading, reading.tdm.policy, content);
  keep(reading, reading.metas, { ...at, name, content });
}

/** The first base with an address counts (WHATWG HTML §2.4.3). */
function readBase(page: Page, { attributes }: OpenElement): void {
  const href = attributes.get('href');
  if (page.hasBase || href === undefined) return;
  page.hasBase = true;
  page.base = absolute(href, page.base) ?? page.base;
}

function readLink({ reading, links }: Page, element: OpenElement, at: Placed): void {
  const relations = (element.attributes.get('rel') ?? '').toLowerCase().split(/[\t\n\f\r ]+/);
  const href = element.attributes.get('href');
  if (!relations.includes('license') || href === undefined) return;
  keep(reading, links, { ...at, href, type: typeOf(element) });
}

function typeOf({ attributes }: OpenElement): string {
  return (attributes.get('type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function keep<Item>(reading: HtmlReading, list: Item[], item: Item): void {
  if (list.length < htmlStatementsMax) list.push(item);
  else reading.truncated = true;
}

function absolute(href: string, base: string): string | null {
  return URL.canParse(href, base) ? new URL(href, base).href : null;
}

interface Handlers {
  open(element: OpenElement): void;
  close(name: string): void;
  /** Called with the text only when it is asked for: most of a page is text that says nothing here. */
  text(data: () => string): void;
  isForeign(): boolean;
}

/** Gathers what the tokenizer finds into elements. Attributes said twice count once, the first time (§13.2.5.33). */
function tokenize(html: string, handlers: Handlers): void {
  let element: { name: string; start: number; attributes: Map<string, string>; cut: boolean } | null = null;
  let attribute: { name: string; value: string } | null = null;
  let line = 1;
  let counted = 0;
  const lineAt = (index: number) => {
    for (; counted < index; counted++) if (html.charCodeAt(counted) === 0x0a) line++;
    return line;
  };
  const opensAt = (end: number, selfClosing: boolean) => {
    if (element === null) return;
    const { start, ...found } = element;
    element = null;
    handlers.open({
      ...found,
      selfClosing,
      line: () => lineAt(start),
      raw: () => html.slice(start, end + 1),
    });
  };
  const callbacks: TokenizerCallbacks = {
    onopentagname: (start, end) => {
      const name = html.slice(start, end).toLowerCase();
      element = { name, start: start - 1, attributes: new Map(), cut: false };
    },
    onattribname: (start, end) => {
      attribute = null;
      if (element !== null && speaking.has(element.name))
        attribute = { name: html.slice(start, end).toLowerCase(), value: '' };
    },
    onattribdata: (start, end) => {
      if (attribute) attribute.value += html.slice(start, end);
    },
    onattribentity: (codepoint) => {
      if (attribute) attribute.value += String.fromCodePoint(codepoint);
    },
    onattribend: () => {
      if (element === null || attribute === null) return;
      if (element.attributes.size >= htmlAttributesMax) element.cut = true;
      else if (!element.attributes.has(attribute.name))
        element.attributes.set(attribute.name, attribute.value);
    },
    onopentagend: (end) => opensAt(end, false),
    onselfclosingtag: (end) => opensAt(end, true),
    onclosetag: (start, end) => handlers.close(html.slice(start, end).toLowerCase()),
    ontext: (start, end) => handlers.text(() => html.slice(start, end)),
    ontextentity: (codepoint) => handlers.text(() => String.fromCodePoint(codepoint)),
    oncdata: (start, end) => handlers.text(() => html.slice(start, end)),
    oncomment: () => {},
    ondeclaration: () => {},
    onprocessinginstruction: () => {},
    onend: () => {},
    isInForeignContext: () => handlers.isForeign(),
  };
  const tokenizer = new Tokenizer({}, callbacks);
  tokenizer.write(html);
  tokenizer.end();
}
