import { describe, expect, test } from 'vitest';
import type { RecordView } from '../../src/http/schemas.ts';
import { recordStates } from '../../src/opt-outs/states.ts';
import { isWithdrawable, recordState, told } from '../../src/web/record-state.ts';
import { record } from './samples.ts';

const plain = (more: Partial<RecordView>) => {
  const { word, heap, sentence } = recordState(record(more));
  return { word, heap, sentence: String(sentence).replaceAll(/<[^>]+>/g, '') };
};

describe('recordState', () => {
  test.each(recordStates)('has its own words for %s', (state) => {
    const { word, sentence } = plain({
      state,
      effect: state === 'active' ? 'decides' : 'none',
      needs: 'example.com',
    });
    expect(word).not.toBe('');
    expect(sentence).not.toMatch(/[{}]|undefined|null/);
  });

  test.each([
    [{}, 'In force', 'decides', 'In force since 23 November 2026, 09:14 UTC.'],
    [
      { effect: 'possible', kind: 'url', needs: 'example.com' },
      'Possible',
      'possible',
      'Shown as possible since 23 November 2026, 09:14 UTC. Crawlers that ask are told to have a person look. It decides once example.com is proven.',
    ],
    [
      { state: 'pending-proof', effect: 'none', needs: 'example.com', since: null },
      'Needs proof',
      'waiting',
      'Not in force yet: prove that example.com is yours.',
    ],
    [{ state: 'never heard of', effect: 'none' }, 'Draft', 'other', 'Not sent yet.'],
  ] as const)('%j', (more, word, heap, sentence) => expect(plain(more)).toEqual({ word, heap, sentence }));
});

test('told joins what crawlers are told', () => {
  expect(told({ 'train-ai': 'disallow' })).toBe('not to train AI on it');
  expect(told({ 'train-ai': 'disallow', search: 'allow' })).toBe(
    'not to train AI on it and that they may list it in search',
  );
  expect(told({})).toBe('nothing');
});

test('what has ended cannot be withdrawn', () => {
  expect(['active', 'suspended'].map((state) => isWithdrawable(record({ state })))).toEqual([true, true]);
  expect(['withdrawn', 'rejected', 'erased'].map((state) => isWithdrawable(record({ state })))).toEqual([
    false,
    false,
    false,
  ]);
});
