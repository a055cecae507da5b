import { contentSignalSlips } from './content-signal-slips.ts';
import type { Verdict } from './decision.ts';
import type { Preference, Usage } from './evidence.ts';
import type { ParsedRobots, RobotsExtension } from './robots-file.ts';
import { readings } from './robots-match.ts';
import type { Slip } from './statement.ts';

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

export interface ContentSignalLine extends ContentSignals {
  slips: Slip[];
}

/**
 * Reads one `Content-Signal` value: `key=value` pairs parted by commas. The policy does not speak about case; a
 * refusal is read in any, a grant only as the policy writes it. Never throws.
 */
export function parseContentSignal(value: string): ContentSignalLine {
  const preferences = new Map<ContentSignalKey, Preference>();
  let use: ContentSignalUse | null = null;
  const pairs = value.split(',', contentSignalPairsMax + 1);
  for (const pair of pairs.slice(0, contentSignalPairsMax)) {
    const equals = pair.indexOf('=');
    if (equals < 0) continue;
    const key = pair.slice(0, equals).trim();
    const word = pair.slice(equals + 1).trim();
    const known = contentSignalKeys.find((name) => name === key.toLowerCase());
    if (known !== undefined) {
      const preference = preferenceOf(word, key === known);
      if (preference !== null && preferences.get(known) !== 'disallow') preferences.set(known, preference);
    } else if (key.toLowerCase() === 'use') {
      use = strictest(use, contentSignalUses.find((name) => name === word.toLowerCase()) ?? null);
    }
  }
  // A refusal may stand in the part that is not read.
  if (pairs.length > contentSignalPairsMax) dropGrants(preferences);
  return { preferences, use, slips: contentSignalSlips(value) };
}

function preferenceOf(word: string, keyAsWritten: boolean): Preference | null {
  if (word.toLowerCase() === 'no') return 'disallow';
  return word === 'yes' && keyAsWritten ? 'allow' : null;
}

function dropGrants(preferences: Map<ContentSignalKey, Preference>): void {
  for (const [key, preference] of preferences) if (preference === 'allow') preferences.delete(key);
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
  const lines = contentSignalLines(extensions).map(({ said }) => said);
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

/** @returns the Content-Signal lines among these, each with what it says. */
export function contentSignalLines(
  extensions: readonly RobotsExtension[],
): { extension: RobotsExtension; said: ContentSignalLine }[] {
  return extensions
    .filter(({ key }) => key === 'content-signal')
    .map((extension) => ({ extension, said: lineOf(extension) }));
}

// One parsed file answers many questions, and a line says the same each time.
const read = new WeakMap<RobotsExtension, ContentSignalLine>();

function lineOf(extension: RobotsExtension): ContentSignalLine {
  const known = read.get(extension);
  if (known !== undefined) return known;
  const line = parseContentSignal(extension.value);
  read.set(extension, line);
  return line;
}
