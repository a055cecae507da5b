import { describe, expect, test } from 'vitest';
import { decisionRow } from '../../../src/cli/filter/decision-row.ts';
import { becauseOf } from '../../../src/datasets/because.ts';
import type { DecisionView } from '../../../src/http/schemas.ts';
import { decide } from '../fake-registry.ts';

type Reason = DecisionView['reasons'][number];
const refusal: Reason = {
  source: 'registry',
  usage: 'train-ai',
  preference: 'disallow',
  effect: 'decides',
  where: 'record r-9',
  quote: '',
  observedAt: '2026-11-20T10:00:00.000Z',
};
const match = { kind: 'match', distance: 9, variant: 'trim', orientation: 'r90' } as const;
const crawl = {
  verdict: 'disallow',
  reason: 'robots.txt forbids',
  where: 'r.txt, line 2',
  quote: 'Disallow: /',
} as const;

const decision = (change: Partial<DecisionView>): DecisionView => ({ ...decide({}, 'train-ai'), ...change });

describe('becauseOf', () => {
  test.each<[string, Partial<DecisionView>, kind: string, words: string]>([
    ['nothing said', {}, 'no reason given', ''],
    [
      'a refusal',
      { act: 'stop', reasons: [refusal] },
      'registry, address',
      'registry, address refuses train-ai',
    ],
    [
      'a refusal behind an allowance',
      { act: 'stop', reasons: [{ ...refusal, preference: 'allow' }, refusal] },
      'registry, address',
      'registry, address refuses train-ai',
    ],
    [
      'the same picture',
      { act: 'stop', reasons: [{ ...refusal, match }] },
      'registry, same picture',
      'registry, same picture refuses train-ai',
    ],
    [
      'a similar picture',
      { act: 'review', reasons: [{ ...refusal, effect: 'possible', match: { ...match, kind: 'possible' } }] },
      'registry, similar picture',
      'registry, similar picture may refuse train-ai',
    ],
    [
      'a refused crawl',
      { act: 'stop', crawl },
      'crawl refused',
      'crawl refused: robots.txt forbids (r.txt, line 2): Disallow: /',
    ],
    [
      'a site that does not answer',
      { act: 'stop', crawl: { verdict: 'disallow', reason: 'unreachable' } },
      'site unreachable',
      'crawl refused: unreachable',
    ],
    [
      'a refusal before a refused crawl',
      { act: 'stop', crawl, reasons: [refusal] },
      'registry, address',
      'registry, address refuses train-ai',
    ],
    [
      'a signal that was not checked',
      { act: 'review', notChecked: [{ source: 'robots.txt', why: 'unreachable' }] },
      'robots.txt not checked',
      'robots.txt: unreachable',
    ],
    [
      'an allowance',
      { verdict: 'allow', reasons: [{ ...refusal, preference: 'allow' }] },
      'registry, address',
      'registry, address allows train-ai',
    ],
    [
      'a refusal that does not bind',
      { reasons: [{ ...refusal, effect: 'excepted' }] },
      'no reason given',
      '',
    ],
  ])('%s', (_name, change, kind, words) => {
    expect(becauseOf(decision(change))).toMatchObject({ kind, words });
  });

  test('the words of others are one short line', () => {
    const reason = { ...refusal, source: 'robots.txt', quote: `Disallow:\n${'x'.repeat(1_000)}` };
    const { words } = becauseOf(decision({ act: 'stop', reasons: [reason] }));
    expect(words).toHaveLength(300);
    expect(words).not.toContain('\n');
  });
});

describe('column', () => {
  test.each([['url'], ['page_url'], ['sha256'], ['md5'], ['pdq'], [undefined]] as const)('%s', (on) => {
    const reason = { ...refusal, ...(on === undefined ? {} : { on }) };
    const answer = decision({ verdict: 'disallow', act: 'stop', reasons: [reason] });
    const item = { url: 'https://a.example/x' };
    const entry = { row: 1, file: 'f', line: 2, id: '', url: '', raw: undefined, item };
    expect(decisionRow(entry, answer, becauseOf(answer)).column).toBe(on ?? '');
  });
});
