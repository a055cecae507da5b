import { cutQuote } from '../statement.ts';
import { attributeOf, type XmlElement } from '../xml.ts';
import type { RslUnderway } from './document.ts';

export const rslNamespace = 'https://rslstandard.org/rsl';

/** What a machine may do with content (RSL 1.0 §3.4.1.1). */
export const rslUsages = ['ai-train', 'ai-input', 'ai-index', 'search'] as const;
export type RslUsage = (typeof rslUsages)[number];

/** Values of one list that are read. */
export const rslListMax = 100;

const groups: Record<string, readonly RslUsage[]> = {
  all: rslUsages,
  'ai-all': ['ai-train', 'ai-input', 'ai-index'],
};

/** Words seen in place of the ones RSL has, and what their authors probably meant. */
const meant: Record<string, string> = {
  ...{ 'train-ai': 'ai-train', training: 'ai-train', 'ai-training': 'ai-train', train: 'ai-train' },
  ...{ 'train-genai': 'ai-train', 'ai-use': 'ai-input', input: 'ai-input', 'ai-inference': 'ai-input' },
  ...{ rag: 'ai-input', grounding: 'ai-input', index: 'ai-index', ai: 'ai-all', 'ai-search': 'ai-index' },
  ...{ '*': 'all', any: 'all', 'search-engine': 'search', indexing: 'search' },
};

/** One `permits` or `prohibits` of type usage. */
export interface RslList {
  kind: 'permits' | 'prohibits';
  values: ReadonlySet<RslUsage>;
  /** Usages its words were probably meant to name: neither granted by them nor outside the list. */
  unclear: ReadonlySet<RslUsage>;
  quote: string;
  line: number;
}

export interface RslLicence {
  lists: RslList[];
  /** Whom or where the terms are for (§3.5: type user and geo), as they stand. */
  limits: string[];
  /** Types of payment that are asked for; `free` is none. */
  payments: string[];
  /** Types of legal statements. */
  legal: string[];
}

/** Reads one `license` element; slips go to the document. */
export function parseRslTerms(element: XmlElement, underway: RslUnderway): RslLicence {
  const licence: RslLicence = { lists: [], limits: [], payments: [], legal: [] };
  for (const child of element.children) {
    if (child.ns !== rslNamespace) continue;
    if (child.name === 'permits' || child.name === 'prohibits')
      readList(licence, child.name, child, underway);
    else if (child.name === 'payment') readPayment(licence, child, underway);
    else if (child.name === 'legal') licence.legal.push(short(attributeOf(child, '', 'type') ?? 'legal'));
  }
  return licence;
}

function readPayment(licence: RslLicence, element: XmlElement, { document }: RslUnderway): void {
  const type = attributeOf(element, '', 'type')?.trim() ?? '';
  if (type.toLowerCase() === 'free') return;
  if (licence.payments.length < rslListMax) licence.payments.push(type === '' ? 'unspecified' : short(type));
  else document.broken = true;
}

function short(text: string): string {
  return cutQuote(text.trim()).slice(0, 40);
}

function readList(
  licence: RslLicence,
  kind: RslList['kind'],
  element: XmlElement,
  { document, slips }: RslUnderway,
): void {
  const type = attributeOf(element, '', 'type')?.trim().toLowerCase() ?? null;
  const written = element.text.trim().replaceAll(/\s+/g, ' ');
  const quote = cutQuote(`<${kind}${type === null ? '' : ` type="${type}"`}>${written}</${kind}>`);
  if (type === 'user' || type === 'geo') {
    licence.limits.push(quote);
    return;
  }
  const slip = (message: string, fix: string) => slips.push({ message, fix, quote, line: element.line });
  if (type !== 'usage') {
    document.broken = true;
    const what = type === null ? 'the type is missing' : 'there is no such type';
    const outcome = kind === 'permits' ? 'so this permits nothing' : 'so only the usages it names are taken';
    slip(`${what}, ${outcome}`, `write \`<${kind} type="usage">\``);
    if (kind === 'permits') return;
  }
  const list = listOf(kind, written, slip);
  if (list.overlong) document.broken = true;
  licence.lists.push({ kind, values: list.values, unclear: list.unclear, quote, line: element.line });
}

interface ReadValues {
  values: Set<RslUsage>;
  unclear: Set<RslUsage>;
  overlong: boolean;
}

/**
 * Lists are parted by white space. A refusal is taken from a word however it is written; a permission only from a
 * word of the specification, as it writes it.
 */
function listOf(
  kind: RslList['kind'],
  written: string,
  slip: (message: string, fix: string) => void,
): ReadValues {
  const read: ReadValues = { values: new Set(), unclear: new Set(), overlong: false };
  const commas = /[,;]/.test(written);
  const words = written.split(/[\s,;]+/, rslListMax + 1).filter((word) => word !== '');
  read.overlong = words.length > rslListMax;
  for (const word of words.slice(0, rslListMax)) {
    const exact = usagesOf(word);
    if (exact !== null && !(commas && kind === 'permits')) add(read.values, exact);
    else if (exact !== null) add(read.unclear, exact);
    else readUnknown(read, kind, word, slip);
  }
  if (commas) {
    const outcome = kind === 'permits' ? 'so nothing is granted by this list' : 'but the refusal is taken';
    slip(
      `RSL 1.0 parts its lists by spaces, not commas, ${outcome}`,
      `write \`${words.slice(0, 4).join(' ')}\``,
    );
  } else if (words.length === 0) {
    slip('the list is empty', kind === 'permits' ? 'name what is permitted' : 'name what is prohibited');
  }
  return read;
}

function readUnknown(
  read: ReadValues,
  kind: RslList['kind'],
  word: string,
  slip: (message: string, fix: string) => void,
): void {
  const lower = word.toLowerCase();
  const cased = usagesOf(lower);
  const guess = cased === null ? (Object.hasOwn(meant, lower) ? meant[lower] : undefined) : lower;
  if (cased !== null && kind === 'prohibits') add(read.values, cased);
  else if (guess !== undefined) add(read.unclear, usagesOf(guess) ?? []);
  const outcome =
    cased !== null && kind === 'prohibits' ? 'but the refusal is taken' : 'so this word says nothing';
  slip(
    `"${cutQuote(word).slice(0, 40)}" is no usage of RSL 1.0, ${outcome}`,
    guess === undefined
      ? `the usages are ${[...Object.keys(groups), ...rslUsages].join(', ')}`
      : `write \`${guess}\``,
  );
}

function usagesOf(word: string): readonly RslUsage[] | null {
  if (Object.hasOwn(groups, word)) return groups[word] ?? null;
  return rslUsages.find((usage) => usage === word) ? [word as RslUsage] : null;
}

function add(set: Set<RslUsage>, usages: readonly RslUsage[]): void {
  for (const usage of usages) set.add(usage);
}
