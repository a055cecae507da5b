import { cutQuote, type Slip } from '../statement.ts';
import { attributeOf, isXml, readXml, type XmlElement } from '../xml.ts';
import { xmpBytesMax } from './carriers.ts';

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const xml = 'http://www.w3.org/XML/1998/namespace';
export const plusNamespace = 'http://ns.useplus.org/ldf/xmp/1.0/';
/** The PDF section of TDMRep writes it with a slash, the EPUB section with a hash. */
export const tdmNamespaces = ['http://www.w3.org/ns/tdmrep/', 'http://www.w3.org/ns/tdmrep#'];
const noteNamespace = 'http://ns.adobe.com/xmp/note/';

/** Properties of one name that are read. */
const valuesMax = 50;
/** Longest value that is kept; longer ones are none of ours. */
const valueLengthMax = 4_096;

export interface XmpReading {
  /** Values of plus:DataMining, as they stand. */
  dataMining: string[];
  /** Text of plus:OtherConstraints, in the default language. */
  constraints: string | null;
  /** Values of tdm:reservation and tdm:policy. */
  tdm: { reservation: string[]; policy: string[] };
  /** Digest of the packet that continues this one. */
  continuedBy: string | null;
  slips: (Slip & { quote: string })[];
  /** True when the packet cannot be read, or not all of it. */
  broken: boolean;
}

interface Property {
  ns: string;
  name: string;
  values: string[];
}

/**
 * Reads the properties of an XMP packet (ISO 16684-1) that speak about mining: those of the file itself, as elements
 * or attributes of the descriptions in rdf:RDF. Names are resolved: the namespace decides, never the prefix.
 * Never throws.
 */
export function readXmp(packet: string): XmpReading {
  const reading: XmpReading = {
    dataMining: [],
    constraints: null,
    tdm: { reservation: [], policy: [] },
    continuedBy: null,
    slips: [],
    broken: false,
  };
  const root = readXml(unpadded(packet), xmpBytesMax);
  if (!isXml(root)) {
    reading.broken = true;
    const slip: Slip = { message: `the XMP packet says nothing: ${root.problem}` };
    reading.slips.push({
      ...slip,
      ...(root.fix === undefined ? {} : { fix: root.fix }),
      quote: packet.trim(),
    });
    return reading;
  }
  for (const property of propertiesOf(root)) read(reading, property);
  return reading;
}

/** Writers pad packets with spaces, and some with zero bytes. */
function unpadded(packet: string): string {
  let end = packet.length;
  while (end > 0 && packet.charCodeAt(end - 1) === 0) end--;
  return packet.slice(0, end).replace(/^[\ufeff\0\s]+/, '');
}

function propertiesOf(root: XmlElement): Property[] {
  const holder = root.ns === rdf && root.name === 'RDF' ? [root] : root.children.filter(isRdf);
  return holder
    .flatMap(({ children }) => children)
    .filter(({ ns, name }) => ns === rdf && name === 'Description')
    .flatMap((description) => [
      ...description.attributes.map(({ ns, name, value }) => ({ ns, name, values: [value] })),
      ...description.children.map((child) => ({ ns: child.ns, name: child.name, values: valuesOf(child) })),
    ]);
}

function isRdf({ ns, name }: XmlElement): boolean {
  return ns === rdf && name === 'RDF';
}

/** A simple value, one with qualifiers (rdf:value), a URI (rdf:resource), or the items of an array. */
function valuesOf(element: XmlElement): string[] {
  const resource = attributeOf(element, rdf, 'resource') ?? attributeOf(element, rdf, 'value');
  if (resource !== null) return [resource];
  if (element.children.length === 0) return [element.text];
  const inner = element.children.flatMap((child) => (isNode(child) ? child.children : [child]));
  const value = inner.find(({ ns, name }) => ns === rdf && name === 'value');
  if (value !== undefined) return [attributeOf(value, rdf, 'resource') ?? value.text];
  const items = inner.filter(({ ns, name }) => ns === rdf && name === 'li');
  const first = items.find((item) => attributeOf(item, xml, 'lang')?.toLowerCase() === 'x-default');
  return [...(first ? [first] : []), ...items.filter((item) => item !== first)].map(
    (item) => attributeOf(item, rdf, 'resource') ?? item.text,
  );
}

function isNode({ ns, name }: XmlElement): boolean {
  return ns === rdf && ['Description', 'Alt', 'Bag', 'Seq'].includes(name);
}

function read(reading: XmpReading, { ns, name, values }: Property): void {
  if (ns === plusNamespace && name === 'DataMining') keep(reading, reading.dataMining, values);
  else if (ns === plusNamespace && name === 'OtherConstraints') {
    reading.constraints ??= cutQuote((values[0] ?? '').trim()) || null;
  } else if (tdmNamespaces.includes(ns) && name === 'reservation') {
    keep(reading, reading.tdm.reservation, values);
  } else if (tdmNamespaces.includes(ns) && name === 'policy') keep(reading, reading.tdm.policy, values);
  else if (ns === noteNamespace && name === 'HasExtendedXMP') {
    reading.continuedBy = cutQuote((values[0] ?? '').trim());
  } else mistaken(reading, { ns, name, values });
}

function keep(reading: XmpReading, list: string[], values: readonly string[]): void {
  for (const value of values) {
    if (list.length < valuesMax && value.length <= valueLengthMax) list.push(value.trim());
    else reading.broken = true;
  }
}

/** Names that were probably meant to be one of ours. */
function mistaken(reading: XmpReading, { ns, name, values }: Property): void {
  const quote = `${name}="${(values[0] ?? '').trim()}" in "${ns}"`;
  const plain = name.toLowerCase().replaceAll(/[^a-z]/g, '');
  if (plain === 'datamining') {
    const wrong = ns === plusNamespace ? 'the property is DataMining' : `"${ns}" is not the PLUS namespace`;
    reading.slips.push({
      quote,
      message: `this says nothing: ${wrong}`,
      fix: `write \`plus:DataMining\` with \`xmlns:plus="${plusNamespace}"\``,
    });
  } else if (plain === 'tdmreservation' || (plain === 'reservation' && /tdm/i.test(ns))) {
    reading.slips.push({
      quote,
      message: `this says nothing: "${ns}" with this name is not TDMRep`,
      fix: `write \`tdm:reservation\` with \`xmlns:tdm="${tdmNamespaces[0]}"\``,
    });
  }
}
