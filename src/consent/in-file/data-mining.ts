import type { Preference, Usage } from '../evidence.ts';
import { cutQuote, type Slip } from '../statement.ts';

/** Prefix of the values of `plus:DataMining` (IPTC Photo Metadata 2023.1 and later). */
export const dataMiningVocabulary = 'http://ns.useplus.org/ldf/vocab/';

export const dataMiningKeys = [
  'DMI-UNSPECIFIED',
  'DMI-ALLOWED',
  'DMI-PROHIBITED-AIMLTRAINING',
  'DMI-PROHIBITED-GENAIMLTRAINING',
  'DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING',
  'DMI-PROHIBITED',
  'DMI-PROHIBITED-SEECONSTRAINT',
  'DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR',
  'DMI-PROHIBITED-SEELINKEDRIGHTSEXPR',
] as const;
export type DataMiningKey = (typeof dataMiningKeys)[number];

const all = (preference: Preference) => ({
  'train-ai': preference,
  'ai-use': preference,
  search: preference,
});

/** What each key says about our usages; usages that are not named are unknown. The mapping is ours. */
export const dataMiningUsages: Record<DataMiningKey, Partial<Record<Usage, Preference>>> = {
  'DMI-UNSPECIFIED': {},
  'DMI-ALLOWED': all('allow'),
  'DMI-PROHIBITED-AIMLTRAINING': { 'train-ai': 'disallow' },
  'DMI-PROHIBITED-GENAIMLTRAINING': { 'train-ai': 'disallow' },
  'DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING': { ...all('disallow'), search: 'allow' },
  'DMI-PROHIBITED': all('disallow'),
  'DMI-PROHIBITED-SEECONSTRAINT': all('disallow'),
  'DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR': all('disallow'),
  'DMI-PROHIBITED-SEELINKEDRIGHTSEXPR': all('disallow'),
};

export interface DataMiningValue {
  /** Null when the value is none of the nine. */
  key: DataMiningKey | null;
  /** False when it is written otherwise than the vocabulary writes it: what it grants is then not taken. */
  exact: boolean;
  slip: Slip | null;
}

/** Reads a value: the URI of the vocabulary, or its last part alone. A refusal is read in any case, with https too. */
export function dataMiningValue(written: string): DataMiningValue {
  const value = written.trim();
  const bare = value.replace(/^https?:\/\/ns\.useplus\.org\/ldf\/vocab\//i, '');
  const key = dataMiningKeys.find((one) => one === bare.toUpperCase()) ?? null;
  if (key === null) return { key, exact: false, slip: unknownKey(bare) };
  const exact = value === key || value === `${dataMiningVocabulary}${key}`;
  if (exact) return { key, exact, slip: null };
  const outcome = key === 'DMI-ALLOWED' ? 'so it grants nothing' : 'but what it refuses is taken';
  return {
    key,
    exact,
    slip: {
      message: `the vocabulary writes this otherwise, ${outcome}`,
      fix: `write \`${dataMiningVocabulary}${key}\``,
    },
  };
}

function unknownKey(bare: string): Slip {
  const letters = bare.toUpperCase().replaceAll(/[^A-Z]/g, '');
  const guess = guesses.find(([pattern]) => pattern.test(letters))?.[1] ?? null;
  return {
    message: `"${cutQuote(bare).slice(0, 80)}" is none of the values of plus:DataMining, so it says nothing`,
    fix:
      guess === null
        ? `write one of ${dataMiningKeys.join(', ')} after ${dataMiningVocabulary}`
        : `write \`${dataMiningVocabulary}${guess}\``,
  };
}

const guesses: readonly [RegExp, DataMiningKey][] = [
  [/GEN.*TRAIN/, 'DMI-PROHIBITED-GENAIMLTRAINING'],
  [/TRAIN/, 'DMI-PROHIBITED-AIMLTRAINING'],
  [/SEARCH|INDEXING/, 'DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING'],
  [/CONSTRAINT/, 'DMI-PROHIBITED-SEECONSTRAINT'],
  [/PROHIBIT|NOTALLOWED|DISALLOW|DENY|^NO/, 'DMI-PROHIBITED'],
  [/ALLOW|PERMIT/, 'DMI-ALLOWED'],
  [/UNSPECIFIED|UNKNOWN|NONE/, 'DMI-UNSPECIFIED'],
];
