import { SaxesParser } from 'saxes';

/** Elements may be nested this deep; XMP and RSL need fewer than ten levels. */
export const xmlDepthMax = 64;
export const xmlElementsMax = 5_000;
/** Attributes of the whole document, namespace declarations included. */
export const xmlAttributesMax = 10_000;
/** Character references, which take the parser longest. */
export const xmlReferencesMax = 10_000;

export interface XmlAttribute {
  /** Namespace; empty for none. */
  ns: string;
  name: string;
  value: string;
}

export interface XmlElement {
  /** Namespace, resolved: the prefix a document happens to use plays no part. */
  ns: string;
  /** Name without its prefix. */
  name: string;
  attributes: XmlAttribute[];
  children: XmlElement[];
  /** Character data directly inside, CDATA sections included. */
  text: string;
  /** Counted from 1. */
  line: number;
}

export interface XmlFault {
  /** What is wrong, for the author: `this is no well-formed XML (line 3)`. */
  problem: string;
  fix?: string;
}

/**
 * Reads an XML document (XML 1.0 with Namespaces) into a tree. A document type is refused, so there are no entities
 * but the five of XML itself: nothing can be expanded, and nothing outside is ever referred to. Never throws.
 *
 * @param charsMax longest document that is read, in characters.
 */
export function readXml(text: string, charsMax: number): XmlElement | XmlFault {
  if (text.length > charsMax) {
    return { problem: `it is longer than ${charsMax} characters and is not read`, fix: 'shorten it' };
  }
  if (hasMore(text, '&', xmlReferencesMax)) {
    return { problem: `it has more than ${xmlReferencesMax} character references` };
  }
  const parser = new SaxesParser({ xmlns: true });
  const tree = treeBuilder(parser);
  try {
    parser.write(text).close();
  } catch (error) {
    return tree.fault ?? faultOf(error, parser.line, text);
  }
  return tree.root ?? { problem: 'it holds no element' };
}

function hasMore(text: string, character: string, countMax: number): boolean {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) {
    if (++count > countMax) return true;
  }
  return false;
}

/** @returns whether it was read. */
export function isXml(read: XmlElement | XmlFault): read is XmlElement {
  return !('problem' in read);
}

interface Tree {
  root: XmlElement | null;
  fault: XmlFault | null;
}

function treeBuilder(parser: SaxesParser<{ xmlns: true }>): Tree {
  const tree: Tree = { root: null, fault: null };
  const open: XmlElement[] = [];
  let elements = 0;
  let attributes = 0;
  let startLine = 1;
  const refuse = (problem: string, fix?: string): never => {
    tree.fault = fix === undefined ? { problem } : { problem, fix };
    throw new Error(problem);
  };
  parser.on('doctype', () =>
    refuse('it has a document type, which is not read', 'remove the `<!DOCTYPE …>`'),
  );
  parser.on('opentagstart', () => {
    startLine = parser.line;
    elements++;
    if (elements > xmlElementsMax) refuse(`it has more than ${xmlElementsMax} elements`);
    if (open.length >= xmlDepthMax) refuse(`its elements are nested more than ${xmlDepthMax} deep`);
  });
  parser.on('attribute', () => {
    attributes++;
    if (attributes > xmlAttributesMax) refuse(`it has more than ${xmlAttributesMax} attributes`);
  });
  parser.on('opentag', (tag) => {
    const element: XmlElement = {
      ns: tag.uri,
      name: tag.local,
      attributes: Object.values(tag.attributes).map(({ uri, local, value }) => ({
        ns: uri,
        name: local,
        value,
      })),
      children: [],
      text: '',
      line: startLine,
    };
    open.at(-1)?.children.push(element);
    tree.root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  const addText = (text: string) => {
    const inside = open.at(-1);
    if (inside) inside.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  return tree;
}

function faultOf(error: unknown, line: number, text: string): XmlFault {
  const message = error instanceof Error ? error.message : '';
  const problem = `it is no well-formed XML (line ${line})`;
  if (/&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(text))
    return { problem, fix: 'write `&` as `&amp;`' };
  if (/unbound namespace prefix/i.test(message)) {
    return { problem, fix: 'declare the prefix: `xmlns:prefix="…"`' };
  }
  if (/unclosed|unmatched|unexpected close/i.test(message)) return { problem, fix: 'close every element' };
  return { problem };
}

/** @returns the value of that attribute, or null; attributes without a prefix have the empty namespace. */
export function attributeOf(element: XmlElement, ns: string, name: string): string | null {
  return element.attributes.find((one) => one.ns === ns && one.name === name)?.value ?? null;
}
