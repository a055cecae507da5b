import { type Preference, type Trust, trustLevels, type Usage, usages } from '../consent/evidence.ts';
import { AppError } from '../errors.ts';
import type { SubjectKind, Usages } from './record.ts';

/** What somebody says about their subjects, checked. */
export interface Preferences {
  usages: Usages;
  /** Operators who may, in spite of a refusal: trimmed, none twice. */
  except: string[];
  /** URL of terms. */
  licence: string | null;
  contact: string | null;
}

/** The same as it comes from a form or a request. `unknown` states nothing. */
export interface PreferencesInput {
  usages: Readonly<Record<string, string>>;
  except?: readonly string[] | undefined;
  licence?: string | null | undefined;
  contact?: string | null | undefined;
}

export const exceptItemsMax = 50;
export const operatorCharsMax = 100;
export const licenceCharsMax = 2048;
export const contactCharsMax = 200;

/** What the form starts with: no to training and use, nothing said about search. */
export const defaultPreferences: Readonly<Record<Usage, Preference | 'unknown'>> = {
  'train-ai': 'disallow',
  'ai-use': 'disallow',
  search: 'unknown',
  'style-imitation': 'disallow',
};

// Control characters, line and paragraph ends, and the marks that reorder text on a page.
const unprintablePattern = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** One trimmed line, null when empty. @throws AppError `invalid` with the field. */
function line(value: string, field: string, charsMax: number): string | null {
  const text = value.trim();
  if (text.length > charsMax || !text.isWellFormed() || unprintablePattern.test(text)) {
    const fix = `Give one line of plain text with at most ${charsMax} characters.`;
    throw new AppError('invalid', 'This is not one line of plain text.', { field, fix });
  }
  return text === '' ? null : text;
}

function parseUsages(input: Readonly<Record<string, string>>): Usages {
  const known: readonly string[] = usages;
  for (const name of Object.keys(input)) {
    if (known.includes(name)) continue;
    const fix = `Use one of ${usages.join(', ')}.`;
    throw new AppError('invalid', 'This usage is not known.', { field: `usages.${name.slice(0, 40)}`, fix });
  }
  const stated: Usages = {};
  for (const usage of usages) {
    const value = Object.hasOwn(input, usage) ? input[usage] : 'unknown';
    if (value === 'allow' || value === 'disallow') stated[usage] = value;
    else if (value !== 'unknown') {
      const fix = 'Say allow or disallow, or leave it out.';
      throw new AppError('invalid', 'This is not a preference.', { field: `usages.${usage}`, fix });
    }
  }
  if (Object.keys(stated).length > 0) return stated;
  const fix = `Say allow or disallow for at least one of ${usages.join(', ')}.`;
  throw new AppError('invalid', 'No preference is stated.', { field: 'usages', fix });
}

function parseExcept(input: readonly string[]): string[] {
  if (input.length > exceptItemsMax) {
    const fix = `Name at most ${exceptItemsMax} operators.`;
    throw new AppError('too-many-items', 'Too many operators are excepted.', { field: 'except', fix });
  }
  const names = new Map<string, string>();
  for (const [at, value] of input.entries()) {
    const name = line(value, `except[${at}]`, operatorCharsMax)?.replace(/\s+/g, ' ');
    if (name !== undefined && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  return [...names.values()];
}

function parseLicence(input: string): string | null {
  const text = line(input, 'licence', licenceCharsMax);
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  // Userinfo would make one host look like another to a reader.
  if (url && isWeb && url.username === '' && url.password === '' && url.href.length <= licenceCharsMax)
    return url.href;
  const fix = 'Give the whole address of the terms, for example https://example.com/terms.';
  throw new AppError('invalid', 'This is not an http or https URL.', { field: 'licence', fix });
}

/**
 * Checks what somebody says about their subjects.
 *
 * @throws AppError `invalid` or `too-many-items`, with the field relative to the input (`usages.search`, `except[3]`).
 */
export function parsePreferences(input: PreferencesInput): Preferences {
  return {
    usages: parseUsages(input.usages),
    except: parseExcept(input.except ?? []),
    licence: parseLicence(input.licence ?? ''),
    contact: line(input.contact ?? '', 'contact', contactCharsMax),
  };
}

/**
 * The stated usages that mean something for one kind of subject: `style-imitation` concerns names only.
 *
 * @throws AppError `invalid` when none is left.
 */
export function usagesFor(kind: SubjectKind, stated: Usages): Usages {
  const { 'style-imitation': _styles, ...rest } = stated;
  const kept = kind === 'name' ? { ...stated } : rest;
  if (Object.keys(kept).length > 0) return kept;
  const fix = 'State another usage as well, or give the artist name that should not be imitated.';
  throw new AppError('invalid', `style-imitation says nothing about a ${kind}.`, { field: 'usages', fix });
}

/** Whether the first trust is at least the second. */
export function trustAtLeast(trust: Trust, least: Trust): boolean {
  return trustLevels.indexOf(trust) >= trustLevels.indexOf(least);
}

/** Whether an `allow` for a subject with this trust has to wait for a proof; the kind makes no difference today. */
export function allowNeedsProof(_kind: SubjectKind, trust: Trust): boolean {
  return !trustAtLeast(trust, 'profile');
}

/**
 * Refuses an `allow` that is about to take effect without proof.
 *
 * @throws AppError `proof-required` with the field of the first such usage.
 */
export function requireAllowProof(kind: SubjectKind, trust: Trust, stated: Usages): void {
  if (!allowNeedsProof(kind, trust)) return;
  for (const usage of usages) {
    if (stated[usage] !== 'allow') continue;
    throw new AppError('proof-required', `Allowing ${usage} for a ${kind} needs proof that it is yours.`, {
      field: `usages.${usage}`,
      fix: 'Prove your domain or your public profile first, or leave this usage unstated.',
    });
  }
}
