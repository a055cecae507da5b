import { Token } from 'structured-headers';
import { retiredLabel, usageVocabulary } from './aipref-labels.ts';
import type { Slip } from './statement.ts';
import { contentUsageLengthMax, type UsageDictionary, usageDictionary } from './usage-dictionary.ts';

/** Longest statement for which the intention is guessed. */
export const guessedLengthMax = 1_000;

/** Words people write where the vocabulary has `train-ai`, `ai-use` and `search`. */
const meantLabels = new Map([
  ['train-ai', 'train-ai'],
  ['trainai', 'train-ai'],
  ['ai-train', 'train-ai'],
  ['ai-training', 'train-ai'],
  ['train', 'train-ai'],
  ['training', 'train-ai'],
  ['train-genai', 'train-ai'],
  ['genai', 'train-ai'],
  ['ai', 'train-ai'],
  ['tdm', 'train-ai'],
  ['ai-use', 'ai-use'],
  ['aiuse', 'ai-use'],
  ['use-ai', 'ai-use'],
  ['ai-input', 'ai-use'],
  ['ai-output', 'ai-use'],
  ['inference', 'ai-use'],
  ['search', 'search'],
  ['ai-search', 'search'],
]);

const meantValues = new Map<string, string>([
  ...['n', 'no', 'none', 'false', '0', '?0', 'deny', 'denied', 'disallow', 'disallowed', 'forbidden'].map(
    (word) => [word, 'n'] as const,
  ),
  ...['y', 'yes', 'true', '1', '?1', 'allow', 'allowed', 'ok', 'permit'].map((word) => [word, 'y'] as const),
]);

/** What is wrong with a preference expression and what was probably meant. Nothing here is read as a preference. */
export function contentUsageSlips(text: string): Slip[] {
  if (text.length > contentUsageLengthMax) {
    return [{ message: `this is longer than ${contentUsageLengthMax} characters and is not read` }];
  }
  const dictionary = usageDictionary(text);
  const problems = dictionary === null ? [`this says nothing: ${whyUnparsed(text)}`] : problemsIn(dictionary);
  if (problems.length === 0) return [];
  const meant = meantStatement(text);
  return problems.map((message) => ({ message, ...(meant === null ? {} : { fix: `write \`${meant}\`` }) }));
}

function problemsIn(dictionary: UsageDictionary): string[] {
  const problems: string[] = [];
  for (const [label, [value, parameters]] of dictionary) {
    const problem = problemAt(label, value);
    if (problem !== null) problems.push(problem);
    const parameter = [...parameters.keys()].find((key) => meantLabel(key) !== null);
    if (parameter === undefined) continue;
    problems.push(
      `\`${parameter}\` stands after ";", so it is a parameter and says nothing; preferences are parted by ","`,
    );
  }
  return problems;
}

function problemAt(label: string, value: unknown): string | null {
  if (usageVocabulary.labels.has(label)) {
    if (value instanceof Token && /^[yn]$/.test(value.toString())) return null;
    return `\`${label}\` says nothing here: its value must be the bare letter y or n`;
  }
  const retired = retiredLabel(label);
  if (retired !== null) {
    return `\`${label}\` says nothing: it was a label of ${retired.draft} and is none of ${usageVocabulary.draft}`;
  }
  return meantLabel(label) === null
    ? null
    : `\`${label}\` is no label of ${usageVocabulary.draft} and says nothing`;
}

function whyUnparsed(text: string): string {
  const trimmed = text.slice(0, guessedLengthMax).trim();
  if (/^\/\S*$/.test(trimmed)) return 'after the path a preference is missing';
  if (/^[^\s=]*[/*][^\s=]*\s/.test(trimmed)) return 'a path must begin with "/"';
  if (/[,;]$/.test(trimmed)) return `it ends in "${trimmed.slice(-1)}"`;
  if (/^,|,\s*,/.test(trimmed)) return 'it holds an empty member';
  if (/(?:^|[,\s])[a-z-]*[A-Z][A-Za-z-]*\s*=/.test(trimmed)) return 'labels are lower case';
  if (/\s=|=\s/.test(trimmed)) return 'no space may stand around "="';
  if (/^[a-z-]+\s*:/i.test(trimmed)) return 'a label and its value are joined by "=", not ":"';
  if (/[a-z0-9]\s+[a-z-]+\s*=/i.test(trimmed)) return 'preferences are parted by ","';
  return 'it is no Dictionary of RFC 9651';
}

/** The nearest correct statement, or null when no label can be recognised. */
export function meantStatement(text: string): string | null {
  if (text.length > guessedLengthMax) return null;
  const [, path = '', rest = ''] = /^\s*(\/\S*\s+|[^\s=,]*[/*][^\s=,]*\s+)?(.*)$/su.exec(text) ?? [];
  const pairs = new Map<string, string>();
  for (const [, word = '', given = ''] of rest.matchAll(
    /([A-Za-z][\w-]*)(?:\s*[=:]\s*["'(]?\s*(\??[\w-]+))?/gu,
  )) {
    const label = meantLabel(word);
    if (label === null) continue;
    const value = meantValues.get(given.toLowerCase()) ?? 'n';
    if (pairs.get(label) !== 'n') pairs.set(label, value);
  }
  if (pairs.size === 0) return null;
  const statement = [...pairs].map(([label, value]) => `${label}=${value}`).join(', ');
  const from = path.trim();
  return from === '' ? statement : `${from.startsWith('/') ? from : `/${from}`} ${statement}`;
}

function meantLabel(word: string): string | null {
  return meantLabels.get(word.toLowerCase().replaceAll('_', '-')) ?? null;
}
