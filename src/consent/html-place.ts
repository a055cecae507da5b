/** Open SVG, MathML and template elements that are kept in mind; deeper ones change nothing. */
export const htmlNestingMax = 64;

/** Elements that may stand in the head; every other begins the body (WHATWG HTML §13.2.6.4.4). */
const headElements = new Set([
  ...[
    'html',
    'head',
    'base',
    'basefont',
    'bgsound',
    'link',
    'meta',
    'noframes',
    'noscript',
    'script',
    'style',
  ],
  ...['template', 'title'],
]);

/** Elements of the head that hold text. */
const textElements = new Set(['title', 'script', 'style', 'noframes']);

/** HTML elements that end SVG or MathML around them (WHATWG HTML §13.2.6.5); only `meta` matters here itself. */
const breakouts = new Set([
  ...['b', 'big', 'blockquote', 'body', 'br', 'center', 'code', 'dd', 'div', 'dl', 'dt', 'em', 'embed', 'h1'],
  ...['h2', 'h3', 'h4', 'h5', 'h6', 'head', 'hr', 'i', 'img', 'li', 'listing', 'menu', 'meta', 'nobr', 'ol'],
  ...[
    'p',
    'pre',
    'ruby',
    's',
    'small',
    'span',
    'strong',
    'strike',
    'sub',
    'sup',
    'table',
    'tt',
    'u',
    'ul',
    'var',
  ],
]);

/** Elements of SVG and MathML inside which HTML goes on. */
const integrationPoints = new Set([
  ...['foreignobject', 'desc', 'title', 'annotation-xml', 'mi', 'mo', 'mn', 'ms', 'mtext'],
]);

/** Where in a page the reading is, as far as it matters to what is said there. */
export interface HtmlPlace {
  open(name: string, selfClosing: boolean): void;
  close(name: string): void;
  /** Text that is not white space was met. */
  text(): void;
  inHead(): boolean;
  /** In a template, or an element of SVG or MathML: nothing there speaks for the page. */
  isInert(): boolean;
  /** Directly in SVG or MathML. */
  isForeign(): boolean;
}

/** @returns the place at the beginning of a page. It follows only what it needs to; it builds no tree. */
export function htmlPlace(): HtmlPlace {
  // Only templates, SVG, MathML and the points where HTML goes on inside them.
  const nested: string[] = [];
  let templates = 0;
  let inBody = false;
  let textElement: string | null = null;
  const isForeign = () => nested.at(-1) === 'svg' || nested.at(-1) === 'math';
  const pop = () => {
    if (nested.pop() === 'template') templates--;
  };
  return {
    open: (name, selfClosing) => {
      if (isForeign() && breakouts.has(name)) while (isForeign()) pop();
      const foreign = isForeign();
      if (!foreign && templates === 0 && !headElements.has(name)) inBody = true;
      if (!foreign && textElements.has(name)) textElement = name;
      const matters =
        name === 'svg' || name === 'math' || (foreign ? integrationPoints.has(name) : name === 'template');
      // Self-closing means something in SVG and MathML only; `<svg/>` is one of them.
      const empty = selfClosing && name !== 'template';
      if (!matters || empty || nested.length >= htmlNestingMax) return;
      nested.push(name);
      if (name === 'template') templates++;
    },
    close: (name) => {
      if (name === textElement) textElement = null;
      if (name === 'head') inBody ||= nested.length === 0;
      const at = nested.lastIndexOf(name);
      if (at >= 0) while (nested.length > at) pop();
    },
    text: () => {
      if (nested.length === 0 && textElement === null) inBody = true;
    },
    inHead: () => !inBody,
    isInert: () => templates > 0 || isForeign(),
    isForeign,
  };
}
