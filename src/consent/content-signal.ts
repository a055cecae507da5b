import type { Verdict } from './decision.ts';
import type { Preference, Usage } from './evidence.ts';
import type { ParsedRobots, RobotsExtension } from './robots/file.ts';
import { readings } from './robots/readings.ts';

/** Pairs read from one line. */
export const contentSignalPairsMax = 100;

/** The keys of the Content Signals Policy and the usages they speak about (research map: `ai-input` is `ai-use`). */
export const contentSignalUsages = {
  'ai-train': 'train-ai',
  'ai-input': 'ai-use',
  search: 'search',
} as const satisfies Record<string, Usage>;
export type ContentSignalKey = keyof typeof contentSignalUsages;
export const contentSignalKeys = Object.keys(contentSignalUsages) as ContentSignalKey[];

/** Values of `use`, most restrictive first: store nothing; index, excerpt and link; summarise and reproduce. */
export const contentSignalUses = ['immediate', 'reference', 'full'] as const;
export type ContentSignalUse = (typeof contentSignalUses)[number];

/** What one line, or several that count together, say. */
export interface ContentSignals {
  /** Keys that are not in it are unknown. */
  preferences: ReadonlyMap<ContentSignalKey, Preference>;
  use: ContentSignalUse | null;
}

/** Any key with any value, known or not, or nothing at all between two commas. */
const pairShape = /^\s*(?:[\w-]+\s*=\s*[\w-]+\s*)?$/;

/**
 * Reads one `Content-Signal` value: `key=value` pairs parted by commas. The policy does not speak about case; a
 * refusal is read in any, a grant only as the policy writes it. Never throws.
 */
export function parseContentSignal(value: string): ContentSignals {
  const preferences = new Map<ContentSignalKey, Preference>();
  const unclear = new Set<ContentSignalKey>();
  let unread = false;
  let use: ContentSignalUse | null = null;
  const pairs = value.split(',', contentSignalPairsMax + 1);
  for (const pair of pairs.slice(0, contentSignalPairsMax)) {
    const equals = pair.indexOf('=');
    if (!pairShape.test(pair)) unread = true;
    if (equals < 0) continue;
    const key = pair.slice(0, equals).trim();
    const word = pair.slice(equals + 1).trim();
    const known = contentSignalKeys.find((name) => name === key.toLowerCase());
    if (known !== undefined) {
      const preference = preferenceOf(word, key === known);
      if (preference === null) unclear.add(known);
      else if (preferences.get(known) !== 'disallow') preferences.set(known, preference);
    } else if (key.toLowerCase() === 'use') {
      use = strictest(use, contentSignalUses.find((name) => name === word.toLowerCase()) ?? null);
    }
  }
  for (const [key, preference] of preferences) {
    // A refusal may stand in what cannot be read.
    const doubtful = unread || unclear.has(key) || pairs.length > contentSignalPairsMax;
    if (preference === 'allow' && doubtful) preferences.delete(key);
  }
  return { preferences, use };
}

function preferenceOf(word: string, keyAsWritten: boolean): Preference | null {
  if (word.toLowerCase() === 'no') return 'disallow';
  return word === 'yes' && keyAsWritten ? 'allow' : null;
}

function strictest(a: ContentSignalUse | null, b: ContentSignalUse | null): ContentSignalUse | null {
  return contentSignalUses.find((use) => use === a || use === b) ?? null;
}

/**
 * What a robots.txt file says to one agent by Content-Signal lines. The policy does not say whether a line is bound
 * to its group or to the file: `group` reads it as a line of the group that governs the agent, `origin` takes all
 * lines of the file. Keys said more than once resolve to the most restrictive.
 *
 * @param agent product token, `*` when none is named.
 */
export function contentSignals(
  parsed: ParsedRobots,
  agent: string,
  scope: 'group' | 'origin',
): Record<ContentSignalKey, Verdict> & { use: ContentSignalUse | null } {
  const groups =
    scope === 'origin'
      ? parsed.groups
      : readings(parsed, agent)
          .flat()
          .map(({ group }) => group);
  const extensions = [
    ...(scope === 'origin' ? parsed.extensions : []),
    ...groups.flatMap((group) => group.extensions),
  ];
  const lines = extensions.filter(({ key }) => key === 'content-signal').map(contentSignalOf);
  const verdict = (key: ContentSignalKey): Verdict => {
    const said = lines.map(({ preferences }) => preferences.get(key));
    if (said.includes('disallow')) return 'disallow';
    return said.includes('allow') ? 'allow' : 'unknown';
  };
  return {
    'ai-train': verdict('ai-train'),
    'ai-input': verdict('ai-input'),
    search: verdict('search'),
    use: lines.reduce<ContentSignalUse | null>((use, line) => strictest(use, line.use), null),
  };
}

// One parsed file answers many questions, and a line says the same each time.
const read = new WeakMap<RobotsExtension, ContentSignals>();

/** @returns what a Content-Signal line says, read once. */
export function contentSignalOf(extension: RobotsExtension): ContentSignals {
  const known = read.get(extension);
  if (known !== undefined) return known;
  const line = parseContentSignal(extension.value);
  read.set(extension, line);
  return line;
}
