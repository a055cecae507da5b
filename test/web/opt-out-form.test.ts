import { describe, expect, test } from 'vitest';
import { OptOutRequest } from '../../src/http/schemas.ts';
import {
  blankValues,
  draftOptOut,
  omissions,
  placeErrors,
  type WorkDraft,
} from '../../src/web/opt-out-form.ts';

const picture = { kind: 'work' as const, label: 'dusk.jpg' };
const typed = {
  ...blankValues,
  urls: 'https://example.com/a.jpg\n\n  https://example.com/b.jpg  \r\n',
  domains: '\nexample.com',
  names: 'ליאורה בן־דוד',
  except: 'Common Crawl\n',
  name: ' Karin Muster ',
  email: ' karin@example.com ',
  role: 'owner',
  affirmed: true,
};

describe('draftOptOut', () => {
  const { draft, origins } = draftOptOut<WorkDraft>(typed, [picture], '2026-11-23');

  test('reads one subject from each line and knows where it was entered', () => {
    expect(draft.subjects).toEqual([
      picture,
      { kind: 'url', value: 'https://example.com/a.jpg' },
      { kind: 'url', value: 'https://example.com/b.jpg' },
      { kind: 'domain', value: 'example.com' },
      { kind: 'name', value: 'ליאורה בן־דוד' },
    ]);
    expect(origins).toEqual([
      { field: 'picture', file: 'dusk.jpg' },
      { field: 'urls', line: 1 },
      { field: 'urls', line: 3 },
      { field: 'domains', line: 2 },
      { field: 'names', line: 1 },
    ]);
  });

  test('says nothing where nothing is said', () => {
    expect(draft.usages).toEqual({
      'train-ai': 'disallow',
      'ai-use': 'disallow',
      'style-imitation': 'disallow',
    });
    expect('licence' in draft).toBe(false);
    expect(draft.except).toEqual(['Common Crawl']);
  });

  test('is what the API takes', () => {
    const { draft: addresses } = draftOptOut(typed, [], '2026-11-23');
    expect(OptOutRequest.parse(addresses)).toMatchObject({
      name: 'Karin Muster',
      email: 'karin@example.com',
    });
  });
});

describe('omissions', () => {
  test('names everything missing, in the order of the form', () => {
    const { draft } = draftOptOut(blankValues, [], 'v');
    expect(omissions(draft).map(({ field }) => field)).toEqual([
      'picture',
      'name',
      'email',
      'role',
      'affirmed',
    ]);
  });

  test('finds nothing in a complete form', () => {
    expect(omissions(draftOptOut(typed, [], 'v').draft)).toEqual([]);
  });

  test('wants something said', () => {
    const nothing = {
      'train-ai': 'nothing',
      'ai-use': 'nothing',
      search: 'nothing',
      'style-imitation': 'nothing',
    } as const;
    const { draft } = draftOptOut({ ...typed, usages: nothing }, [], 'v');
    expect(omissions(draft).map(({ field }) => field)).toEqual(['usage-train-ai']);
  });
});

test.each([
  ['subjects[3].value', 'domains', 'Line 2: bad'],
  ['subjects[0].fingerprints', 'picture', 'dusk.jpg: bad'],
  ['subjects.1.value', 'urls', 'Line 1: bad'],
  ['subjects[99].value', 'picture', 'bad'],
  ['subjects', 'picture', 'bad'],
  ['usages.ai-use', 'usage-ai-use', 'bad'],
  ['usages.made-up', 'usage-train-ai', 'bad'],
  ['statement', 'affirmed', 'bad'],
  ['except[2]', 'except', 'bad'],
  ['email', 'email', 'bad'],
  ['<script>', 'opt-out', 'bad'],
  ['', 'opt-out', 'bad'],
])('a fault at %s is shown at %s', (field, control, detail) => {
  const { origins } = draftOptOut<WorkDraft>(typed, [picture], 'v');
  expect(placeErrors([{ field, detail: 'bad' }], origins)).toEqual([{ field: control, detail }]);
});
