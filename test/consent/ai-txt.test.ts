import { describe, expect, it } from 'vitest';
import { readAiTxt } from '../../src/consent/ai-txt.ts';
import type { Verdict } from '../../src/consent/decision.ts';
import { contextOf, verdicts } from './signal-verdicts.ts';
import { ownVectors } from './vectors.ts';

interface Input {
  status: number;
  contentType: string;
  body: string;
  path: string;
  agent: string;
}

const vectors = ownVectors<Input, { format: string; 'train-ai': Verdict }>('signals/ai-txt.json');

const read = (body: string | Uint8Array, path = '/a.jpg', agent: string | null = null) =>
  readAiTxt(
    { body },
    contextOf({ url: `https://example.com${path}`, agent, where: 'https://example.com/ai.txt' }),
  );

describe("Spawning's ai.txt, our own vectors", () => {
  it('are there', () => expect(vectors.length).toBeGreaterThan(10));

  it.each(vectors)('$id', ({ input, expect: expected }) => {
    const agent = input.agent === '*' ? null : input.agent;
    const context = contextOf({ url: `https://example.com${input.path}`, agent });
    const { format, evidence } = readAiTxt({ body: input.body, contentType: input.contentType }, context);
    expect({ format, 'train-ai': verdicts(evidence, agent)['train-ai'] }).toEqual(expected);
  });
});

it('is evidence about training only, with its line', () => {
  expect(read('# Spawning AI\nUser-Agent: *\nDisallow: *.jpg\n').evidence).toEqual([
    {
      source: 'ai.txt',
      usage: 'train-ai',
      preference: 'disallow',
      where: 'https://example.com/ai.txt, line 3',
      quote: 'User-agent: * / Disallow: *.jpg',
      observedAt: '2026-11-23T12:00:00.000Z',
    },
  ]);
});

describe('ours: what nobody specified', () => {
  it('an Allow grants nothing and lifts nothing, however long', () => {
    expect(read('User-Agent: *\nAllow: /\n').evidence).toEqual([]);
    expect(read('User-Agent: *\nDisallow: /\nAllow: /a.jpg\n').evidence).toHaveLength(1);
  });

  it('a group for a named agent binds that agent', () => {
    const body = 'User-Agent: SomeSet\nDisallow: /\n';
    expect(read(body, '/a.jpg', 'SomeSet').evidence).toMatchObject([{ operators: ['SomeSet'] }]);
    expect(read(body, '/a.jpg', 'OtherSet').evidence).toEqual([]);
  });

  it('a file too complex to read may refuse, and decides nothing', () => {
    const { evidence, warnings } = read(
      `User-Agent: *\n${'Disallow: *zq\n'.repeat(36_000)}`,
      `/${'a'.repeat(8_000)}`,
    );
    expect(evidence).toMatchObject([{ weight: 'possible' }]);
    expect(warnings[0]?.message).toContain('too complex');
  });

  it.each([
    ['# ai.txt\n\nDo not invent facts about us.', 'other'],
    ['{"training": false}', 'other'],
    ['\ufeffUser-Agent: *\nDisallow: /', 'spawning'],
    ['  \n', 'none'],
    ['<?xml version="1.0"?><a/>', 'none'],
    ['Disallow: /', 'other'],
  ])('%j is %s', (body, format) => {
    expect(read(body).format).toBe(format);
    expect(read(new TextEncoder().encode(body)).format).toBe(format);
  });
});
