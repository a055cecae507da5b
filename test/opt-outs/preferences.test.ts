import { describe, expect, test } from 'vitest';
import { type Trust, trustLevels } from '../../src/consent/evidence.ts';
import { AppError } from '../../src/errors.ts';
import {
  allowNeedsProof,
  contactCharsMax,
  defaultPreferences,
  exceptItemsMax,
  licenceCharsMax,
  operatorCharsMax,
  type PreferencesInput,
  parsePreferences,
  requireAllowProof,
  trustAtLeast,
  usagesFor,
} from '../../src/opt-outs/preferences.ts';
import { subjectKinds } from '../../src/opt-outs/record.ts';

function refusal(act: () => unknown): AppError {
  try {
    act();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('what is stated is kept, cleaned, and the unstated stays unstated', () => {
  const input = {
    usages: { 'train-ai': 'disallow', search: 'unknown', 'ai-use': 'allow' },
    except: [' Example  AI ', 'example ai', 'Other', ''],
    licence: ' https://Example.com/terms ',
    contact: ' rights@example.com ',
  };
  expect(parsePreferences(input)).toEqual({
    usages: { 'train-ai': 'disallow', 'ai-use': 'allow' },
    except: ['Example AI', 'Other'],
    licence: 'https://example.com/terms',
    contact: 'rights@example.com',
  });
  expect(parsePreferences({ usages: { search: 'allow' }, licence: '', contact: ' ' })).toEqual({
    usages: { search: 'allow' },
    except: [],
    licence: null,
    contact: null,
  });
});

test('what the form starts with is valid', () => {
  expect(parsePreferences({ usages: defaultPreferences }).usages).toEqual({
    'train-ai': 'disallow',
    'ai-use': 'disallow',
    'style-imitation': 'disallow',
  });
});

const base = { usages: { search: 'disallow' } };
test.each<[string, PreferencesInput, string]>([
  ['nothing stated', { usages: {} }, 'usages'],
  ['only unknowns', { usages: { search: 'unknown' } }, 'usages'],
  ['an unknown usage', { usages: { 'train-genai': 'disallow' } }, 'usages.train-genai'],
  ['a usage of the prototype', { usages: { constructor: 'disallow' } }, 'usages.constructor'],
  ['no preference', { usages: { search: 'Disallow' } }, 'usages.search'],
  ['a long operator', { ...base, except: ['ok', 'x'.repeat(operatorCharsMax + 1)] }, 'except[1]'],
  ['an operator of two lines', { ...base, except: ['a\nb'] }, 'except[0]'],
  ['too many operators', { ...base, except: Array(exceptItemsMax + 1).fill('x') }, 'except'],
  ['a licence without scheme', { ...base, licence: 'example.com/terms' }, 'licence'],
  ['a script as licence', { ...base, licence: 'javascript:alert(1)' }, 'licence'],
  ['a licence with userinfo', { ...base, licence: 'https://example.com@evil.test/' }, 'licence'],
  [
    'a long licence',
    { ...base, licence: `https://example.com/${'é'.repeat(licenceCharsMax / 2)}` },
    'licence',
  ],
  ['a long contact', { ...base, contact: 'x'.repeat(contactCharsMax + 1) }, 'contact'],
  ['a contact that turns text around', { ...base, contact: 'a\u202eb' }, 'contact'],
  ['a broken contact', { ...base, contact: '\ud800' }, 'contact'],
])('%s is refused with its field and a fix', (_name, input, field) => {
  const error = refusal(() => parsePreferences(input));
  expect([error.field, error.code]).toEqual([field, field === 'except' ? 'too-many-items' : 'invalid']);
  expect(error.fix).toMatch(/\.$/);
});

test('style-imitation concerns names only', () => {
  const stated = { 'style-imitation': 'disallow', search: 'allow' } as const;
  expect(usagesFor('name', stated)).toEqual(stated);
  for (const kind of subjectKinds.filter((each) => each !== 'name')) {
    expect(usagesFor(kind, stated)).toEqual({ search: 'allow' });
    expect(refusal(() => usagesFor(kind, { 'style-imitation': 'disallow' }))).toMatchObject({
      code: 'invalid',
      field: 'usages',
    });
  }
});

describe('an allow needs proof', () => {
  test.each(subjectKinds.flatMap((kind) => trustLevels.map((trust) => [kind, trust] as const)))(
    '%s at %s',
    (kind, trust) => {
      expect(allowNeedsProof(kind, trust)).toBe(trust === 'email');
      const act = () => requireAllowProof(kind, trust, { 'train-ai': 'disallow', search: 'allow' });
      if (trust !== 'email') return expect(act()).toBeUndefined();
      return expect(refusal(act)).toMatchObject({ code: 'proof-required', field: 'usages.search' });
    },
  );

  test('a refusal needs none', () => {
    expect(requireAllowProof('work', 'email', { 'train-ai': 'disallow' })).toBeUndefined();
  });
});

test('trust is ordered', () => {
  const order: Trust[] = ['email', 'profile', 'domain', 'identity'];
  order.forEach((trust, at) => {
    order.forEach((least, leastAt) => {
      expect(trustAtLeast(trust, least)).toBe(at >= leastAt);
    });
  });
});
