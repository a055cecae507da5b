import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/consent/decision.ts';
import { readTrustTxt, trustTxtLengthMax } from '../../src/consent/trust-txt.ts';
import { contextOf, verdicts } from './signal-verdicts.ts';
import { ownVectors } from './vectors.ts';

interface Input {
  files: Record<string, { status: number; body: string }>;
}

const vectors = ownVectors<Input, { 'train-ai': Verdict; valid: boolean }>('signals/trust-txt.json');

function read(...bodies: string[]) {
  const files = bodies.map((body, at) => ({
    body,
    where: `https://example.com${at === 0 ? '/trust.txt' : '/.well-known/trust.txt'}`,
  }));
  const reading = readTrustTxt(files, contextOf());
  return { ...reading, verdict: verdicts(reading.evidence, null)['train-ai'] };
}

describe('trust.txt, our own vectors', () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(8));

  it.each(vectors)('$id', ({ input, expect: expected }) => {
    const found = Object.values(input.files).filter(({ status }) => status === 200);
    const { valid, verdict } = read(...found.map(({ body }) => body));
    expect({ 'train-ai': verdict, valid }).toEqual(expected);
  });
});

it('is evidence about training, with its line', () => {
  expect(read('# news\ndatatrainingallowed=no\n').evidence).toEqual([
    {
      source: 'trust.txt',
      usage: 'train-ai',
      preference: 'disallow',
      where: 'https://example.com/trust.txt, line 2',
      quote: 'datatrainingallowed=no',
      observedAt: '2026-11-23T12:00:00.000Z',
    },
  ]);
});

describe('ours: what the reference document leaves open', () => {
  it.each([
    ['two that differ', ['datatrainingallowed=yes\ndatatrainingallowed=no\n'], 'disallow', false],
    ['two that grant', ['datatrainingallowed=yes\ndatatrainingallowed=yes\n'], 'unknown', false],
    ['files that disagree', ['datatrainingallowed=yes', 'datatrainingallowed=no'], 'disallow', true],
    ['files that agree', ['datatrainingallowed=yes', 'datatrainingallowed=yes'], 'allow', true],
    [
      'one grants, the other is broken',
      ['datatrainingallowed=yes', 'datatrainingallowed=nope'],
      'unknown',
      false,
    ],
    ['spaces in a refusal', ['datatrainingallowed = no'], 'disallow', true],
    ['spaces in a grant', ['datatrainingallowed = yes'], 'unknown', false],
    ['letters in a grant', ['DataTrainingAllowed=YES # for all'], 'allow', true],
    ['a page in its place', ['<!doctype html>\ndatatrainingallowed=no'], 'unknown', true],
    ['a byte order mark', ['\ufeffdatatrainingallowed=no'], 'disallow', true],
    ['a commented line', ['# datatrainingallowed=no'], 'unknown', true],
    [
      'a file that is too long',
      [`datatrainingallowed=yes\n${'#'.repeat(trustTxtLengthMax)}`],
      'unknown',
      false,
    ],
  ])('%s', (_name, bodies, verdict, valid) => {
    expect(read(...bodies)).toMatchObject({ verdict, valid });
  });
});
