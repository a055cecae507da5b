import { guessedLengthMax } from './content-usage-slips.ts';
import type { Slip } from './statement.ts';

const keys = new Map([
  ['ai-train', 'ai-train'],
  ['train-ai', 'ai-train'],
  ['aitrain', 'ai-train'],
  ['ai-training', 'ai-train'],
  ['train', 'ai-train'],
  ['training', 'ai-train'],
  ['ai-input', 'ai-input'],
  ['ai-use', 'ai-input'],
  ['aiinput', 'ai-input'],
  ['input-ai', 'ai-input'],
  ['search', 'search'],
]);
const refusing = /^(?:n|no|none|false|0|deny|disallow|disallowed|forbidden)$/i;
const granting = /^(?:y|yes|true|1|allow|allowed)$/i;
const uses = /^(?:immediate|reference|full)$/i;

/** What is wrong with the value of a Content-Signal line, and what was probably meant. */
export function contentSignalSlips(value: string): Slip[] {
  const meant = meantSignals(value);
  const write = meant === null || meant === value.trim() ? {} : { fix: `write \`Content-Signal: ${meant}\`` };
  if (value.trim() === '') return [{ message: 'this says nothing: no signal follows' }];
  const problems = value
    .slice(0, guessedLengthMax)
    .split(',')
    .map(problemOf)
    .filter((problem) => problem !== null);
  return [...new Set(problems)].map((message) => ({ message, ...write }));
}

function problemOf(pair: string): string | null {
  const text = pair.trim();
  if (text === '') return null;
  const parts = /^([^=\s]+)\s*=\s*(.*)$/su.exec(text);
  if (parts === null) return `"${text}" says nothing: a signal is written key=value`;
  const [, key = '', word = ''] = parts;
  if (/=|\s\S+[:=]|;/.test(word)) return `"${text}" says nothing: signals are parted by ","`;
  if (key.toLowerCase() === 'use') {
    return uses.test(word) ? null : `"${text}" says nothing: use is immediate, reference or full`;
  }
  const known = keys.get(key.toLowerCase().replaceAll('_', '-'));
  if (known === undefined) return null;
  if (known !== key.toLowerCase()) {
    const other = key === 'train-ai' || key === 'ai-use' ? ', which belongs in Content-Usage' : '';
    return `"${text}" says nothing: the key is \`${known}\`, not \`${key}\`${other}`;
  }
  if (word.toLowerCase() === 'no' && key !== known)
    return `"${text}" is read as a refusal, but keys are lower case`;
  if (word.toLowerCase() === 'no') return null;
  if (word !== 'yes') return `"${text}" says nothing: the values are yes and no`;
  return key === known ? null : `"${text}" grants nothing: keys are lower case`;
}

/** The nearest correct value, or null when nothing is recognised. Where a value is unclear, the cautious one. */
export function meantSignals(value: string): string | null {
  if (value.length > guessedLengthMax) return null;
  const meant = new Map<string, string>();
  for (const [, word = '', given = ''] of value.matchAll(/([A-Za-z][\w-]*)\s*[=:]\s*["']?([\w-]*)/gu)) {
    const key = keys.get(word.toLowerCase().replaceAll('_', '-'));
    if (key !== undefined) {
      const said = granting.test(given) && !refusing.test(given) ? 'yes' : 'no';
      if (meant.get(key) !== 'no') meant.set(key, said);
    } else if (word.toLowerCase() === 'use' && uses.test(given)) meant.set('use', given.toLowerCase());
  }
  if (meant.size === 0) return null;
  return [...meant].map(([key, said]) => `${key}=${said}`).join(', ');
}
